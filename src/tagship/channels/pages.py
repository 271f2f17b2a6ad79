"""apt and dnf repositories of a project's own, as static files on a branch of GitHub Pages (or of whatever serves it).

https://docs.github.com/en/pages: a site has at most 1 GB. The branch is the truth about what is published, and gets one
commit per release; old versions stay. Why they are made here: docs/adr/0031-repositories-are-functions-of-releases.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Self

from tagship.adapters import http
from tagship.adapters.files import proved
from tagship.adapters.github_branch import LARGEST, GitHubBranch, Looked, blob_id
from tagship.domain import apt_repository, armor, dnf_repository
from tagship.domain.apt_repository import RELEASE
from tagship.domain.artifact import Artifact
from tagship.domain.channel import Owed, There, Wish, decide, entry_for, variable
from tagship.domain.deb_file import field
from tagship.domain.dnf_repository import REPOMD
from tagship.domain.package_site import MAIN, PRERELEASE, site_of
from tagship.domain.plan import ChannelPlan, Package
from tagship.domain.rpm_file import RpmFile
from tagship.errors import IntegrityError, RemoteRefused, UsageError
from tagship.ports import Ahead, ChannelSettings, Tools, WayIn

if TYPE_CHECKING:
    from tagship.adapters.gpg_home import GpgHome
    from tagship.domain.dnf_repository import Entry

_BRANCH: Final = "gh-pages"
_KINDS: Final = frozenset({"deb", "rpm"})


class _Ready(NamedTuple):
    """A package that lies on the server for the commit to come: path, blob, and how the index describes it."""

    path: str
    blob: str
    described: "str | Entry"


class Pages:
    """:class:`tagship.ports.Channel` for the deb and rpm packages of a program."""

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
        self._sent = False

    @classmethod
    def plan(cls, wish: Wish, package: Package, artifacts: Sequence[Artifact]) -> ChannelPlan | None:
        """Owe packages for Debian's and Fedora's families."""
        return entry_for(wish, package, artifacts, _KINDS)

    @classmethod
    def create(cls, settings: ChannelSettings, tools: Tools) -> Self:
        """Make one; nothing is asked yet."""
        return cls(settings, tools)

    @property
    def url(self) -> str:
        """The site."""
        return f"{self._site.address}/"

    def there(self, owed: Sequence[Owed]) -> There:
        """Read the indexes on the branch; what this run committed is there when the site shows it.

        Raises:
            IntegrityError: a file is too large for a branch.

        """
        from tagship.channels import _pages_site

        for file in owed:
            if file.size > LARGEST:
                hint = "GitHub takes files of up to 100 MB: make the program smaller, or use another channel"
                raise IntegrityError("it is too large for GitHub Pages", file=file.name, hint=hint)
        self._owed, self._looked = tuple(owed), self._branch.look()
        if self._sent and not self._is_shown():
            return There(files={})
        have = _pages_site.known(self._looked.files, self._read)
        return There(files={file.name: have[file.name] for file in owed if file.name in have})

    def ahead(self) -> Ahead:
        """Look whether the site answers at all; what is in it is told by the branch, later."""
        doing = f"look at {self.url}"
        answer = http.send("GET", f"{self.url}{RELEASE}", doing=doing, auth=http.keep_headers)
        if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise http.refusal(answer.status_code, answer.headers, "", doing)
        return Ahead()

    def way_in(self) -> WayIn:
        """Sign with the key; the token may be the job's own."""
        return WayIn(needs="gpg-key")

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
        """Store one package; with the last one, commit all of them with new indexes.

        Raises:
            UsageError: no token, no key, or one that cannot sign.
            IntegrityError: it is no such package, or the branch was changed by somebody without the key.
            RemoteRefused: GitHub said no, by a rule of the branch or for want of a right.
            Transient: no answer, 5xx, a rate limit, or somebody else committed meanwhile.

        """
        if file.name not in self._ready:
            path, content, described = self._described(file, proved(Path(file.path), file.sha256))
            self._ready[file.name] = _Ready(path, self._branch.keep(content), described)
        missing = self._missing()
        if missing and missing <= self._ready.keys():
            self._commit()

    def _missing(self) -> set[str]:
        from tagship.channels import _pages_site

        have = _pages_site.known(self._looked.files, self._read)
        return {each.name for each in decide(self._owed, There(files=have)).missing}

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
        changed = {path: data for path, data in written.files.items() if paths.get(path) != blob_id(data)}
        mine = {path for path in paths if path.startswith(_pages_site.OURS)}
        gone = mine - written.files.keys() - written.stay
        kept = {each.path: each.blob for each in ready}
        self._sent = True
        self._branch.commit(self._looked, changed, kept, gone, f"{self._package.name} {self._package.version}")
        try:
            self._branch.ask_for_build()
        except (http.Transient, RemoteRefused) as error:
            self._tools.reporter.info(f"no build of the site was asked for: {error.problems[0].message}")

    def _is_shown(self) -> bool:
        """Whether the site serves the indexes that the branch has; not out of a cache."""
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


_SHOWN: Final = frozenset({RELEASE, *REPOMD.values()})

PLUGIN: Final = Pages
