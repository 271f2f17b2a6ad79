"""Manifests in a repository that others install from: a tap, a bucket, a source.

Commits are made by GitHub, which signs them, on top of the very commit that was looked at
(docs.github.com/graphql/reference/mutations#createcommitonbranch); where the branch takes none, by a pull request of a
branch with a name of its own, so that every later run finds it again. What is there and is newer stays, and so does what
installs the same files in other words.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final, Self

from tagship.adapters import http
from tagship.adapters.files import proved
from tagship.channels._manifest_proposal import Proposal
from tagship.channels._manifest_text import Manifest, Relation, relation
from tagship.channels._repository_address import RepositoryAddress
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, Standing, There, Wish, decide, entry_for, variable
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.errors import RemoteRefused, UsageError
from tagship.ports import ChannelSettings, Tools
from tagship.ports.host import Host

PRERELEASES: Final = "prereleases"
FOLDER: Final = "folder"
_AS_OURS: Final[frozenset[Relation]] = frozenset({"same", "edited"})
_PRERELEASES: Final = "true: prereleases go there too; default: only final versions"


class ManifestRepository(ABC):
    """:class:`tagship.ports.Channel` for the manifests of one package; a kind of its own says where they go."""

    kind: ClassVar[str]
    address: ClassVar[str] = ""
    secrets: ClassVar[tuple[str, ...]] = ("token",)
    options: ClassVar[Mapping[str, str]] = {PRERELEASES: _PRERELEASES}
    endings: ClassVar[tuple[str, ...]]
    """How the names of its files in the release end."""
    reviewed: ClassVar[bool] = False
    """Whether nobody commits to it, and all comes by pull request."""

    def __init__(self, settings: ChannelSettings, tools: Tools) -> None:
        self.entry, self.package = settings.entry, settings.package
        self._token = settings.secrets.get("token", "")
        self._tools = tools
        self._place = RepositoryAddress.read(self.entry.address)
        self._fork = self.entry.options.get("fork", "")
        self._variable = variable(self.entry.id, "token")
        self._base = self._looked_at = self._url = ""
        self._manifests: tuple[Manifest, ...] = ()
        self._standing: Standing | None = None
        self._sent = False

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe the manifests that are among the files of the release.

        Raises:
            UsageError: an address that is no repository's, or an option that means nothing.

        """
        RepositoryAddress.read(wish.address)
        if wish.options.get(PRERELEASES, "false") not in {"true", "false"}:
            raise UsageError(
                f"the channel {wish.id}: {PRERELEASES} is true or false", hint=f"write {PRERELEASES}: true"
            )
        mine = [each for each in artifacts if each.name.endswith(cls.endings)]
        return entry_for(wish, package, mine, {"installer"}, after=("github-release",))

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        return cls(settings, tools)

    @property
    def url(self) -> str:
        """The manifest's page, or the pull request's."""
        return self._url or self.entry.address

    @property
    def standing(self) -> Standing | None:
        """Whether a person decides about it, or it is not to go there."""
        return self._standing

    @abstractmethod
    def place_of(self, file: Owed, data: bytes) -> str:
        """Say where a file goes in the repository."""

    @abstractmethod
    def version_in(self, text: str) -> str | None:
        """Read the version of a manifest."""

    def subject(self) -> str:
        """Say what the commit and the pull request are called, as is the custom there."""
        return f"{self.package.bare_name} {self.package.version}"

    def there(self, owed: Sequence[Owed]) -> There:
        """Compare with the branch that people install from, then with the pull request that waits.

        Raises:
            IntegrityError: a manifest changed after it was proved.
            RemoteRefused: no such repository, no right, or a manifest that cannot be compared.
            Transient: no answer, 5xx or a rate limit.

        """
        self._standing = None
        ours = {file.name: file.sha256 for file in owed}
        if "-" in self.package.version and self.entry.options.get(PRERELEASES) != "true":
            self._standing = Standing(state="skipped", said="prereleases do not go there unless the options say so")
            return There(files=ours)
        read = {file: proved(Path(file.path), file.sha256) for file in owed}
        made = {file.name: Manifest(self.place_of(file, data), data) for file, data in read.items()}
        self._manifests = tuple(made[name] for name in sorted(made))
        self._url = f"{self.entry.address.rstrip('/')}/blob/HEAD/{self._manifests[0].path}"
        self._base = self._base or self._upstream.default_branch()
        self._looked_at = self._upstream.branch(self._base) or ""
        if not self._looked_at:
            raise RemoteRefused(f"{self._place.repository} has no commit yet", hint="make its first one, e.g. a readme")
        found = {name: self._relation(manifest) for name, manifest in made.items()}
        return self._judged(ours, found)

    def _judged(self, ours: Mapping[str, str], found: Mapping[str, Relation]) -> There:
        relations = set(found.values())
        if "newer" in relations:
            self._standing = Standing(state="skipped", said=f"a newer version stays: {self._url}")
            return There(files=ours)
        if "different" in relations:
            return There(files={name: "" for name, each in found.items() if each == "different"})
        if relations <= _AS_OURS:
            if "edited" in relations:
                self._tools.reporter.info(f"{self._url} installs the same files in other words, and stays as it is")
            return There(files=ours)
        return There(files=ours if self._proposed() else {})

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether it is on the branch, or waits in a pull request, which the standing tells."""
        return not decide(owed, self.there(owed)).missing

    def publish(self, file: Owed) -> None:
        """Commit all manifests at once, with the first of them.

        Raises:
            UsageError: no token.
            RemoteRefused: no right to do either, or a person has declined it.
            Transient: the branch has moved, what they name is not there yet, no answer, 5xx or a rate limit.

        """
        del file
        if self._sent:
            return
        if not self._token:
            hint = f"set {self._variable} to one that may write to {self._place.repository}"
            raise UsageError(f"there is no token for {self.entry.id}", hint=hint)
        self._check_downloads()
        if self.reviewed or not self._committed():
            self._proposal().make(self._manifests, self._looked_at, self.subject(), self._body())
        self._sent = True

    @cached_property
    def _upstream(self) -> Host:
        return self._host(self._place)

    @cached_property
    def _source(self) -> Host:
        return self._host(self._place.beside(self._fork)) if self._fork else self._upstream

    def _host(self, place: RepositoryAddress) -> Host:
        from tagship.adapters.github_host import GitHubHost

        advice = (
            f"{self._variable} must be a token that may write contents and pull requests of {place.repository}; "
            "the repository must be there and have a first commit"
        )
        tools = place.tools(self._tools)
        return GitHubHost.create(place.repository, self._token, tools, advice=advice)

    def _relation(self, manifest: Manifest) -> Relation:
        return relation(manifest, self._upstream.file(self._looked_at, manifest.path), self.version_in)

    def _check_downloads(self) -> None:
        """Make sure that what the manifests name is there for everybody: a release may still be a draft."""
        for address in sorted({each for manifest in self._manifests for each in manifest.downloads}):
            doing = f"look at {address}"
            with http.send("GET", address, doing=doing, stream=True, auth=http.keep_headers) as answer:
                if answer.status_code >= 400:  # noqa: PLR2004
                    raise http.Transient(
                        f"{address} is not there for everybody ({answer.status_code}): is it published?"
                    )

    def _committed(self) -> bool:
        """Commit to the branch; say no where it takes no commits of this token."""
        files = {each.path: each.data for each in self._manifests}
        try:
            self._upstream.commit(self._base, self._looked_at, self.subject(), files)
        except RemoteRefused as error:
            if isinstance(error, http.Conflict) and self._upstream.branch(self._base) != self._looked_at:
                raise http.Transient(f"{self._base} of {self._place.repository} has moved") from None
            self._tools.reporter.info(
                f"{self._base} takes no commit, a pull request is opened: {error.problems[0].message}"
            )
            return False
        return True

    def _proposal(self) -> Proposal:
        name = f"tagship/{self.package.bare_name}-{self.package.version}"
        return Proposal(self._upstream, self._source, self._fork.partition("/")[0], name, self._base)

    def _proposed(self) -> bool:
        """Look for the open pull request with our manifests."""
        found = self._proposal().find()
        if found is None:
            return False
        in_it = {relation(each, self._source.file(found.head, each.path), self.version_in) for each in self._manifests}
        if not in_it <= _AS_OURS:
            return False
        self._url = found.url
        self._standing = Standing(state="proposed", said=f"waits to be merged: {found.url}")
        return True

    def _body(self) -> str:
        """Name the releases that the manifests install from."""
        files = [url.rpartition("/")[0] for each in self._manifests for url in each.downloads]
        pages = sorted({folder.replace("/releases/download/", "/releases/tag/") for folder in files})
        return "\n".join([f"{self.package.bare_name} {self.package.version}", "", *pages])
