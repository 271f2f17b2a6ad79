"""What the stand-in keeps: frozen values without HTTP.

Field names are those of GitHub's REST API so that `render` stays a plain copy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

Access = Literal["none", "read", "write"]
AssetState = Literal["starter", "uploaded"]
MakeLatest = Literal["true", "false", "legacy"]
BOT: Final = "github-actions[bot]"
Permission = Literal["contents", "pull_requests", "actions", "attestations", "pages"]
PullState = Literal["open", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What a branch demands: a ruleset's rules, or those of classic branch protection.

    A merged pull request passes both; so does the first push of a branch.
    """

    pull_request: bool = False
    signed: bool = False
    classic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow of the repository by its file's name, and whether it may be dispatched."""

    file: str
    dispatch: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a test decides about a repository before it starts."""

    owner: str
    name: str
    private: bool = False
    immutable_releases: bool = False
    default_branch: str = "main"
    asset_digests: bool = True  # older Enterprise Servers tell none
    asset_limit: int = 1000  # "file_count limited to 1000 assets per release"
    git: Path | None = None  # a bare repository that then holds the branches, tags and commits
    people: Mapping[str, str] = field(default_factory=dict)  # e-mail address to login
    protected: Mapping[str, Protection] = field(default_factory=dict)  # by branch, or pattern of branches
    protected_tags: tuple[str, ...] = ()  # patterns; such tags are neither made, moved nor deleted
    workflows: tuple[str | Workflow, ...] = ()
    list_lag: int = 0  # listings that do not show a new release yet (softprops/action-gh-release#705)
    run_delay: int | timedelta = 0  # listings, or time, until a dispatched run is seen
    actions_may_create_pull_requests: bool = True
    fork_of: str = ""  # owner/name of one in memory, whose objects it shares and whose branches it begins with
    secrets: tuple[str, ...] = ()  # names of stored secrets
    environments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # environments with theirs

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that GitHub would know: whom it acts for and its permissions."""

    login: str = BOT
    contents: Access = "write"
    pull_requests: Access = "write"
    actions: Access = "write"
    attestations: Access = "write"
    pages: Access = "write"
    administration: Access = "none"
    secrets: Access = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who wrote or made a commit."""

    name: str
    email: str


OCTO_CAT: Final = Person(name="Octo Cat", email="octo@example.com")
GITHUB: Final = Person(name="GitHub", email="noreply@github.com")
ACTIONS: Final = Person(name=BOT, email="41898282+github-actions[bot]@users.noreply.github.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    sha: str
    message: str
    date: datetime
    parents: tuple[str, ...] = ()
    tree: str = ""
    author: Person = OCTO_CAT
    authored: datetime | None = None  # when not at the commit's own date
    committer: Person = OCTO_CAT
    signature: bool = False

    @property
    def subject(self) -> str:
        return self.message.partition("\n")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull request between two branches of one repository, or from a branch of the fork that `fork` owns."""

    id: int
    number: int
    title: str
    body: str | None
    head: str
    base: str
    head_sha: str
    base_sha: str
    author: str
    created_at: datetime
    updated_at: datetime
    fork: str = ""
    state: PullState = "open"
    draft: bool = False
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_commit: str | None = None
    commits: tuple[str, ...] = ()  # those that it brought into its base


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a workflow that was dispatched."""

    id: int
    number: int
    workflow: str
    ref: str
    sha: str
    actor: str
    created_at: datetime
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes on disk that were hashed while they arrived."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    id: int
    release_id: int
    name: str
    label: str | None
    state: AssetState
    content_type: str
    uploader: str
    created_at: datetime
    updated_at: datetime
    blob: Blob | None = None
    download_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    id: int
    tag_name: str
    target_commitish: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    author: str
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None = None
    immutable: bool = False
    make_latest: MakeLatest = "true"

    @property
    def slug(self) -> str:
        """Name the release in web addresses: a draft has no tag yet, so GitHub says `untagged-…`."""
        return f"untagged-{self.id:020x}" if self.draft else self.tag_name
