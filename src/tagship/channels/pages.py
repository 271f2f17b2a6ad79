"""A site of the project's own: how to install each release, and apt and dnf repositories, as static files on a branch of
GitHub Pages (or of whatever serves it).

https://docs.github.com/en/pages: a site has at most 1 GB. The branch is the truth about what is published, and gets one
commit per release; old versions stay. Why they are made here: docs/adr/0031-repositories-are-functions-of-releases.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Self

import msgspec

from tagship.adapters import http
from tagship.adapters.files import proved
from tagship.adapters.github_branch import LARGEST, GitHubBranch, Looked, blob_id
from tagship.domain.files import apt_repository, dnf_repository
from tagship.domain.files.apt_repository import RELEASE
from tagship.domain.files.deb_file import field
from tagship.domain.files.dnf_repository import REPOMD
from tagship.domain.files.rpm_file import RpmFile
from tagship.domain.install.package_site import MAIN, PRERELEASE, site_of
from tagship.domain.install.site_releases import LIST, is_of_page
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import EVERY, Owed, There, Wish, decide, entry_for, variable
from tagship.domain.plans.plan import ChannelPlan, Package
from tagship.domain.proofs import armor
from tagship.domain.proofs.claims import GITHUB
from tagship.errors import IntegrityError, RemoteRefused, UsageError
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn

if TYPE_CHECKING:
    from tagship.adapters.gpg_home import GpgHome
    from tagship.domain.files.dnf_repository import Entry

_BRANCH: Final = "gh-pages"
_KINDS: Final = frozenset({"deb", "rpm"})
_OF_PAGE: Final = frozenset({"manifest", "probe"})


class _Ready(NamedTuple):
    """A package that lies on the server for the commit to come: path, blob, and how the index describes it."""

    path: str
    blob: str
    described: "str | Entry"


class Pages:
    """:class:`tagship.ports.Channel` for the page of a release, and for the deb and rpm packages of a program."""

    kind: ClassVar[str] = "pages"
    address: ClassVar[str] = ""
    secrets: ClassVar[tuple[str, ...]] = ("token", "gpg-key", "gpg-passphrase")
    options: ClassVar[Mapping[str, str]] = {
        "repository": "owner/name of the repository that has the branch; default: the project's own",
        "branch": "the branch that is served; default: gh-pages",
        "name": "what the files for apt and dnf are called; default: like the project's repository",
    }

    def __init__(self, settings: ChannelSettings, tools: Tools) -> None:
        self._entry, self._package, self._tools = settings.entry, settings.package, tools
        self._secrets, options = settings.secrets, settings.entry.options
        self._site = site_of(self._entry.address, options, settings.repository)
        self._repository = options.get("repository") or settings.repository
        self._component = PRERELEASE if "-" in settings.package.version else MAIN
        self._time = settings.commit_time
        self._branch_name = options.get("branch") or _BRANCH
        self._looked = Looked("", {})
        self._read_before: dict[str, bytes] = {}
        self._owed: tuple[Owed, ...] = ()
        self._ready: dict[str, _Ready] = {}
        self._of_page: set[str] = set()
        self._sent = False

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe packages for Debian's and Fedora's families; one package of a release owes its page, after all that is on it."""
        if package.id != min((each.package for each in artifacts if each.package), default=""):
            return entry_for(wish, package, artifacts, _KINDS)
        kinds = {each.name: each.kind for each in artifacts}
        own = entry_for(wish, package, artifacts, set(kinds.values()), after=(EVERY,), of_release=_OF_PAGE)
        names = [name for name in own.artifacts if kinds[name] in _KINDS or is_of_page(name)] if own else []
        paged = any(map(is_of_page, names))
        return msgspec.structs.replace(own, artifacts=tuple(names), after=(EVERY,) * paged) if own and names else None

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        return cls(settings, tools)

    @property
    def url(self) -> str:
        """The site."""
        return f"{self._site.address}/"

    def there(self, owed: Sequence[Owed]) -> There:
        """Read indexes and list of releases on the branch; what this run committed is there when the site shows it.

        Raises:
            IntegrityError: a file is too large for a branch.

        """
        for file in owed:
            if file.size > LARGEST:
                hint = "GitHub takes files of up to 100 MB: make the program smaller, or use another channel"
                raise IntegrityError("it is too large for GitHub Pages", file=file.name, hint=hint)
        self._owed, self._looked = tuple(owed), self._branch.look()
        if self._sent and not self._is_shown():
            return There(files={})
        have = self._known()
        return There(files={file.name: have[file.name] for file in owed if file.name in have})

    def _known(self) -> dict[str, str]:
        from tagship.channels import _pages_releases, _pages_site

        return _pages_site.known(self._looked.files, self._read) | _pages_releases.known(self._looked.files, self._read)

    def ahead(self) -> Ahead:
        """Look whether the site answers at all; what is in it is told by the branch, later."""
        doing = f"look at {self.url}"
        answer = http.send("GET", f"{self.url}{RELEASE}", doing=doing, auth=http.keep_headers)
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise http.refusal(answer.status_code, answer.headers, "", doing)
        return Ahead()

    def way_in(self) -> WayIn:
        """Sign repositories with the key; for a page alone the token will do. That may be the job's own."""
        return WayIn(needs="token" if all(map(is_of_page, self._entry.artifacts)) else "gpg-key")

    def visible(self, owed: Sequence[Owed]) -> bool:
        """Whether the site shows what was committed.

        Raises:
            Transient: it does not yet.

        """
        del owed
        self._looked = self._branch.look()
        if not self._is_shown():
            where = f"the branch {self._branch_name} of {self._repository}"
            raise http.Transient(
                f"{where} has it, {self.url} does not show it yet (Settings → Pages: deploy from that branch)"
            )
        return True

    def publish(self, file: Owed) -> None:
        """Store one package; with the last file, commit all of them with new indexes, and the page.

        Raises:
            UsageError: no token, no key, or one that cannot sign.
            IntegrityError: it is no such package, or the branch was changed by somebody without the key.
            RemoteRefused: GitHub said no, by a rule of the branch or for want of a right.
            Transient: no answer, 5xx, a rate limit, or somebody else committed meanwhile.

        """
        if is_of_page(file.name):
            self._of_page.add(file.name)
        elif file.name not in self._ready:
            path, content, described = self._described(file, proved(Path(file.path), file.sha256))
            self._ready[file.name] = _Ready(path, self._branch.keep(content), described)
        missing = self._missing()
        if missing and missing <= self._ready.keys() | self._of_page:
            self._commit()

    def _missing(self) -> set[str]:
        return {each.name for each in decide(self._owed, There(files=self._known())).missing}

    def _described(self, file: Owed, data: bytes) -> tuple[str, bytes, "str | Entry"]:
        """Return where a package goes, its bytes as they are there, and how the index describes it."""
        try:
            if file.name.endswith(".deb"):
                paragraph = apt_repository.paragraph(data, file.name)
                return f"{apt_repository.FOLDER}/{field(paragraph, 'Filename')}", data, paragraph
            rpm = RpmFile(data)
            signed = rpm.signed(armor.signature(self._home.signature(rpm.header, self._when)))
            place = dnf_repository.place_of(file.name, file.sha256)
            described = dnf_repository.entry(signed, place, int(self._when.timestamp()))
        except ValueError as error:
            raise IntegrityError(f"it cannot be published: {error}", file=file.name, hint="build again") from None
        return f"{dnf_repository.FOLDER}/{self._component}/{place}", signed, described

    def _commit(self) -> None:
        from tagship.channels import _pages_releases

        paths = self._looked.files
        files, gone = self._repositories() if self._ready else ({}, frozenset())
        if self._of_page:
            of_page = [file for file in self._owed if is_of_page(file.name)]
            server = self._tools.environment.get("GITHUB_SERVER_URL") or GITHUB
            files = {**files, **_pages_releases.written(of_page, paths, self._read, server)}
        changed = {path: data for path, data in files.items() if paths.get(path) != blob_id(data)}
        kept = {each.path: each.blob for each in self._ready.values()}
        self._sent = True
        self._branch.commit(self._looked, changed, kept, gone, f"{self._package.name} {self._package.version}")
        try:
            self._branch.ask_for_build()
        except (http.Transient, RemoteRefused) as error:
            self._tools.reporter.info(f"no build of the site was asked for: {error.problems[0].message}")

    def _repositories(self) -> tuple[Mapping[str, bytes], frozenset[str]]:
        """Join the packages with what is there; return the files of it, and paths of what is there and goes."""
        from tagship.channels import _pages_site
        from tagship.channels._pages_site import Added

        paths, ready = self._looked.files, self._ready.values()
        before = _pages_site.repositories(self._site, paths, self._read, self._home)
        added = Added(
            self._component,
            self._when,
            [each.described for each in ready if isinstance(each.described, str)],
            [each.described for each in ready if not isinstance(each.described, str)],
        )
        written = _pages_site.written(self._site, before, added, paths, self._read, self._home)
        mine = {path for path in paths if path.startswith(_pages_site.OURS)}
        return written.files, frozenset(mine - written.files.keys() - written.stay)

    def _is_shown(self) -> bool:
        """Whether the site serves the indexes and the list that the branch has; not out of a cache."""
        for path in sorted(_SHOWN & self._looked.files.keys()):
            address = f"{self.url}{path}?{self._looked.files[path]}"
            answer = http.send("GET", address, doing=f"look at {self.url}", auth=http.keep_headers)
            if not answer.ok or answer.content != self._read(path):
                return False
        return True

    def _read(self, path: str) -> bytes:
        """Read a file of the branch as it was looked at, once."""
        blob = self._looked.files[path]
        if blob not in self._read_before:
            self._read_before[blob] = self._branch.read(blob)
        return self._read_before[blob]

    @property
    def _when(self) -> datetime:
        return datetime.fromisoformat(self._time)

    @cached_property
    def _branch(self) -> GitHubBranch:
        token = self._secrets.get("token", "")
        if not token:
            hint = (
                f"set {variable(self._entry.id, 'token')}; in a workflow ${{{{ github.token }}}}, with contents: write"
            )
            raise UsageError(f"there is no token for {self._entry.id}", hint=hint)
        return GitHubBranch.create(self._repository, self._branch_name, token, self._tools)

    @cached_property
    def _home(self) -> "GpgHome":
        from tagship.adapters.gpg_home import opened

        name = variable(self._entry.id, "gpg-key")
        return opened(self._secrets.get("gpg-key", ""), self._secrets.get("gpg-passphrase", ""), name, self._tools)


_SHOWN: Final = frozenset({RELEASE, *REPOMD.values(), LIST})

PLUGIN: Final = Pages
