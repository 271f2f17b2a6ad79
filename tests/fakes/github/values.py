"""What the stand-in keeps: frozen values without HTTP.

Field names are those of GitHub's REST API so that `render` stays a plain copy.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Access = Literal["none", "read", "write"]
AssetState = Literal["starter", "uploaded"]
MakeLatest = Literal["true", "false", "legacy"]


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

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that GitHub would know: whom it acts for and its `contents` permission."""

    login: str = "github-actions[bot]"
    contents: Access = "write"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    sha: str
    message: str
    date: datetime
    parents: tuple[str, ...] = ()


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
