"""A Scoop bucket: the manifest of the release as ``bucket/<name>.json``, https://github.com/ScoopInstaller/Scoop/wiki/Buckets."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import msgspec

from tagship.channels._manifest_repository import FOLDER, ManifestRepository
from tagship.domain.plans.channel import Owed

_ENDING: Final = ".scoop.json"


class Scoop(ManifestRepository):
    """:class:`tagship.ports.Channel` for the manifest of one package."""

    kind: ClassVar[str] = "scoop"
    options: ClassVar[Mapping[str, str]] = {
        **ManifestRepository.options,
        FOLDER: "folder of manifests in the bucket; default: bucket",
    }
    endings: ClassVar[tuple[str, ...]] = (_ENDING,)

    def place_of(self, file: Owed, data: bytes) -> str:
        """``bucket/<name>.json``."""
        del data
        return f"{self.entry.options.get(FOLDER, 'bucket').strip('/')}/{file.name.removesuffix(_ENDING)}.json"

    def version_in(self, text: str) -> str | None:
        """Read ``version``."""
        try:
            said = msgspec.json.decode(text, type=dict[str, Any]).get("version")
        except msgspec.DecodeError:
            return None
        return said if isinstance(said, str) else None

    def subject(self) -> str:
        """Call it ``<name>: Update to version <version>``, as Scoop's own tools do."""
        return f"{self.package.bare_name}: Update to version {self.package.version}"


PLUGIN: Final = Scoop
