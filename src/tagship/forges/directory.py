"""A folder as the place that keeps releases: ``<directory>/<tag>/`` holds the assets, ``release.json`` what a server would keep.

The embedded default: the same drafts, digests and publication as on a server, without one.
"""

import contextlib
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, Self

import msgspec

from tagship.adapters import release_page
from tagship.adapters.files import sha256_of, write_whole
from tagship.domain.plans.artifact import MANIFEST_ENDING, PROBE_ENDING
from tagship.domain.plans.plan import encode
from tagship.domain.plans.planning import version_of_tag
from tagship.domain.releases.release import LocalAsset, RemoteAsset, RemoteRelease
from tagship.domain.text import structs
from tagship.domain.versions.version import Version
from tagship.errors import IntegrityError, Problem, RemoteRefused, UsageError
from tagship.ports import ForgeSettings, Readiness, ReleaseDraft, Tools, Watch

RECORD: Final = "release.json"
OWN_FILES: Final = frozenset({RECORD, "index.html", "RELEASE_NOTES.md"})


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """``release.json``."""

    schema: Literal["tagship.directory-release/1"] = "tagship.directory-release/1"
    state: Literal["draft", "published"]
    tag: str
    name: str
    prerelease: bool
    latest: bool
    commit: str
    notes: str
    assets: Annotated[tuple[dict[str, str | int], ...], msgspec.Meta(description="name, size, sha256")] = ()


def folder_of(tag: str) -> str:
    """Name the folder of a release: a tag of one package of several may have a slash."""
    return tag.replace("/", "-")


class DirectoryForge:
    """:class:`tagship.ports.Forge` over a folder."""

    name: ClassVar[str] = "directory"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    @classmethod
    def create(cls, settings: ForgeSettings, tools: Tools) -> Self:
        """Use the folder of the settings; it is made when the first draft is."""
        del tools
        return cls(settings.directory)

    def releases(self, tag: str) -> tuple[RemoteRelease, ...]:
        """Return the one release of a tag, if its record is there; another tag may have the same folder."""
        folder = self._place(tag)
        record = self._read(folder) if (folder / RECORD).is_file() else None
        return (self._release(folder, record),) if record and record.tag == tag else ()

    def create_draft(self, draft: ReleaseDraft) -> RemoteRelease:
        """Make the folder and its record.

        Raises:
            UsageError: the folder belongs to another tag.

        """
        folder = self._place(draft.tag)
        if (folder / RECORD).is_file() and (there := self._read(folder)).tag != draft.tag:
            raise _of_another(folder, there)
        record = Record(
            state="draft",
            tag=draft.tag,
            name=draft.name,
            prerelease=draft.prerelease,
            latest=False,
            commit=draft.commitish,
            notes=draft.body,
        )
        return self._write(record)

    def edit(self, release: RemoteRelease, draft: ReleaseDraft) -> RemoteRelease:
        """Change name, notes and prerelease flag, and of a draft also the commit."""
        record = self._read(self._place(release.tag))
        changed = msgspec.structs.replace(record, name=draft.name, notes=draft.body, prerelease=draft.prerelease)
        if release.draft and draft.commitish:
            changed = msgspec.structs.replace(changed, commit=draft.commitish)
        edited = self._write(changed)
        self._refresh(release)
        return edited

    def assets(self, release: RemoteRelease) -> tuple[RemoteAsset, ...]:
        """Return the files of the folder, hashed; one that somebody takes away meanwhile is not there."""
        folder = self._place(release.tag)
        files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        found = []
        for path in files:
            with contextlib.suppress(FileNotFoundError):
                found += [self._asset(path)] if path.is_file() and path.name not in OWN_FILES else []
        return tuple(found)

    def upload(self, release: RemoteRelease, asset: LocalAsset, watch: Watch) -> RemoteAsset:
        """Copy a file under a temporary name and put it in place by one rename."""
        target = self._place(release.tag) / asset.name
        part = target.with_name(f".{asset.name}.part")
        watch(0)
        shutil.copyfile(asset.path, part)
        watch(asset.size)
        part.replace(target)
        self._refresh(release)
        return self._asset(target)

    def rename_asset(self, release: RemoteRelease, asset: RemoteAsset, name: str) -> RemoteAsset:
        """Rename a file.

        Raises:
            RemoteRefused: there is another one of that name.

        """
        folder = self._place(release.tag)
        if (folder / name).exists():
            raise RemoteRefused(f"the name {name} is taken", hint="look at the folder")
        renamed = (folder / asset.name).rename(folder / name)
        self._refresh(release)
        return self._asset(renamed)

    def download(self, release: RemoteRelease, asset: RemoteAsset, to: Path) -> None:
        """Copy a file out."""
        shutil.copyfile(self._place(release.tag) / asset.name, to)

    def delete_asset(self, release: RemoteRelease, asset: RemoteAsset) -> None:
        """Remove a file."""
        (self._place(release.tag) / asset.name).unlink(missing_ok=True)
        self._refresh(release)

    def publish(self, release: RemoteRelease, *, latest: bool) -> RemoteRelease:
        """Mark it published and write the page and the notes beside the files."""
        record = self._read(self._place(release.tag))
        shown = self._show(release, msgspec.structs.replace(record, state="published", latest=latest))
        for other in self._published():
            if other.tag != release.tag:
                self._write_page(other)
        return shown

    def asset_name(self, file_name: str) -> str:
        """Keep the file's name; the record's own names are taken.

        Raises:
            UsageError: the name is one of the record's files.

        """
        if file_name in OWN_FILES:
            raise UsageError(
                "a release folder keeps its own record under this name", file=file_name, hint="rename the file"
            )
        return file_name

    def delete_draft(self, release: RemoteRelease) -> None:
        """Remove the folder of a draft."""
        shutil.rmtree(self._place(release.tag), ignore_errors=True)

    def published_tags(self) -> tuple[str, ...]:
        """Return the tags of published, final releases."""
        return tuple(r.tag for r in self._published() if not r.prerelease and version_of_tag(r.tag))

    def readiness(self, tag: str, commit: str, *, may_write: bool) -> Readiness:
        """Look whether the folder can be made, and whether the tag was released from another commit."""
        del may_write
        folder = self._place(tag)
        if (folder / RECORD).is_file():
            record = self._read(folder)
            if record.tag != tag:
                return Readiness(problems=_of_another(folder, record).problems)
            if record.state == "published" and record.commit not in {"", commit} and commit:
                hint = "release a new version, or remove the folder"
                said = f"{tag} was released from the commit {record.commit[:12]}, this is {commit[:12]}"
                return Readiness(problems=(Problem(message=said, file=str(folder), hint=hint),))
            return Readiness()
        nearest = next(parent for parent in folder.parents if parent.exists())
        if os.access(nearest, os.W_OK) and nearest.is_dir():
            return Readiness()
        hint = "choose another `directory`"
        return Readiness(problems=(Problem(message="no release can be written there", file=str(nearest), hint=hint),))

    def _published(self) -> list[Record]:
        records = [self._read(path.parent) for path in self._folder.glob(f"*/{RECORD}")]
        return [record for record in records if record.state == "published"]

    def _refresh(self, release: RemoteRelease) -> None:
        """Keep record and page of a published release true when its files change."""
        with self._lock:
            record = self._read(self._place(release.tag))
            if record.state == "published":
                self._show(release, record)

    def _show(self, release: RemoteRelease, record: Record) -> RemoteRelease:
        """Write the page and the notes beside the files, and last the record."""
        folder = self._place(release.tag)
        listed = tuple({"name": a.name, "size": a.size, "sha256": a.sha256} for a in self.assets(release))
        record = msgspec.structs.replace(record, assets=listed)
        write_whole(folder / "RELEASE_NOTES.md", release_page.visible(record.notes).encode())
        self._write_page(record)
        return self._write(record)

    def _write_page(self, record: Record) -> None:
        """Write the page of a release, with links to all others."""
        folder = self._place(record.tag)
        manifest, report = (_json(folder, ending) for ending in (MANIFEST_ENDING, PROBE_ENDING))
        tags = {each.tag for each in (*self._published(), record) if version_of_tag(each.tag)}
        ordered = sorted(tags, key=lambda tag: version_of_tag(tag) or Version.parse("0.0.0"), reverse=True)
        versions = [{"tag": tag, "folder": self._place(tag).name} for tag in ordered]
        page = release_page.render(msgspec.to_builtins(record), manifest, report, versions)
        write_whole(folder / "index.html", page.encode())

    def _place(self, tag: str) -> Path:
        if not tag or tag.startswith(".") or "\\" in tag or any(part in {"", ".", ".."} for part in tag.split("/")):
            raise UsageError(f"the tag {tag!r} cannot name a folder", hint="use a tag such as v1.2.3")
        return self._folder / folder_of(tag)

    def _read(self, folder: Path) -> Record:
        try:
            return structs.decode((folder / RECORD).read_bytes(), Record)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            hint = "remove the folder and release again; the files come from dist/"
            raise IntegrityError(
                f"the record of the release is broken: {error}", file=str(folder / RECORD), hint=hint
            ) from None

    def _write(self, record: Record) -> RemoteRelease:
        folder = self._place(record.tag)
        write_whole(folder / RECORD, encode(record))
        return self._release(folder, record)

    @staticmethod
    def _release(folder: Path, record: Record) -> RemoteRelease:
        return RemoteRelease(
            id=record.tag,
            tag=record.tag,
            draft=record.state == "draft",
            prerelease=record.prerelease,
            immutable=False,
            name=record.name,
            body=record.notes,
            url=str(folder),
            upload_url=str(folder),
            commitish=record.commit,
        )

    @staticmethod
    def _asset(path: Path) -> RemoteAsset:
        return RemoteAsset(
            id=path.name,
            name=path.name,
            state="uploaded",
            size=path.stat().st_size,
            sha256=sha256_of(path),
            url=str(path),
        )


def _of_another(folder: Path, record: Record) -> UsageError:
    hint = "release into another directory"
    return UsageError(f"the folder is the one of the tag {record.tag}", file=str(folder), hint=hint)


def _json(folder: Path, ending: str) -> dict[str, object]:
    """Read the first file that ends so; empty when there is none."""
    found = sorted(folder.glob(f"*{ending}"))
    data: dict[str, object] = json.loads(found[0].read_text(encoding="utf-8")) if found else {}
    return data


PLUGIN: Final = DirectoryForge
