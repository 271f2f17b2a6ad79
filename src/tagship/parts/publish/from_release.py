"""The files of a published release, fetched again: a channel goes on from it later, without a build."""

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import TypeVar

from tagship.domain.plans.artifact import MANIFEST_ENDING
from tagship.domain.plans.receipt import Manifest, decode_manifest
from tagship.domain.releases.release import RemoteRelease
from tagship.errors import IntegrityError, UsageError
from tagship.parts.release.files import signature_endings
from tagship.parts.release.released import check_names
from tagship.parts.retry import persist
from tagship.ports import Forge, Tools

T = TypeVar("T")


class Released:
    """One published release on a forge, and a folder that its files are fetched into."""

    def __init__(self, forge: Forge, tag: str, folder: Path, tools: Tools, *, window: float) -> None:
        self._forge, self._tag, self._folder, self._tools, self._window = forge, tag, folder, tools, window
        self._release = self._find()
        found = self._persist(lambda: self._forge.assets(self._release))
        self._assets = {asset.name: asset for asset in found}

    def manifest(self) -> tuple[Manifest, Path]:
        """Fetch the manifest with its signatures; nothing in it is believed before they are checked.

        Raises:
            UsageError: the release has none.
            IntegrityError: it is none, or of another tag.

        """
        names = sorted(name for name in self._assets if name.endswith(MANIFEST_ENDING))
        if len(names) != 1:
            hint = "publish from the plan and the files of the build instead"
            raise UsageError(f"the release {self._tag} has {len(names)} manifests, not one", hint=hint)
        (path, *_) = self.fetch(names)
        manifest = decode_manifest(path.read_bytes(), file=path.name)
        if manifest.plan.tag != self._tag:
            hint = "do not use this release: its manifest was put there by somebody"
            raise IntegrityError(f"it is the manifest of {manifest.plan.tag}", file=path.name, hint=hint)
        return manifest, path

    def fetch(self, names: Collection[str]) -> list[Path]:
        """Fetch files, each with the signatures that lie beside it; return the files.

        Raises:
            IntegrityError: one is not there, or has a name that is no file's.

        """
        lacking = sorted(name for name in names if self._forge.asset_name(name) not in self._assets)
        if lacking:
            hint = "complete the release first: run release-assets again"
            raise IntegrityError(f"the release {self._tag} has not: {', '.join(lacking)}", hint=hint)
        beside = (f"{name}{ending}" for name in names for ending in signature_endings())
        signatures = [name for name in beside if self._forge.asset_name(name) in self._assets]
        wanted = sorted({*names, *signatures})
        check_names(wanted)
        for name in wanted:
            asset = self._assets[self._forge.asset_name(name)]
            self._persist(partial(self._forge.download, self._release, asset, self._folder / name))
        return [self._folder / name for name in sorted(names)]

    def _find(self) -> RemoteRelease:
        found = self._persist(lambda: self._forge.releases(self._tag))
        published = [release for release in found if not release.draft]
        if len(published) != 1:
            hint = "release it first, or mend from-release"
            raise UsageError(f"there is no published release of {self._tag}", hint=hint)
        return published[0]

    def _persist(self, attempt: Callable[[], T]) -> T:
        return persist(attempt, lambda: 0, window=self._window, tools=self._tools)
