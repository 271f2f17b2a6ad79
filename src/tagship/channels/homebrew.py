"""A Homebrew tap: the formula of the release as ``Formula/<name>.rb``, https://docs.brew.sh/Taps."""

import re
from collections.abc import Mapping
from typing import ClassVar, Final

from tagship.channels._manifest_repository import FOLDER, ManifestRepository
from tagship.domain.plans.channel import Owed

_VERSION: Final = re.compile(r'^\s*version\s+"([^"]+)"', re.MULTILINE)
_TAG: Final = re.compile(r"/releases/download/v?([^/\"]+)/|/archive/(?:refs/tags/)?v?([^/\"]+?)\.(?:tar|zip)")


class Homebrew(ManifestRepository):
    """:class:`tagship.ports.Channel` for the formula of one package."""

    kind: ClassVar[str] = "homebrew"
    options: ClassVar[Mapping[str, str]] = {
        **ManifestRepository.options,
        FOLDER: "folder of formulas in the tap; default: Formula",
    }
    endings: ClassVar[tuple[str, ...]] = (".rb",)

    def place_of(self, file: Owed, data: bytes) -> str:
        """``Formula/<name>.rb``."""
        del data
        return f"{self.entry.options.get(FOLDER, 'Formula').strip('/')}/{file.name}"

    def version_in(self, text: str) -> str | None:
        """Read ``version``; without it Homebrew takes the version from the address."""
        found = _VERSION.search(text) or _TAG.search(text)
        return next(filter(None, found.groups()), None) if found else None


PLUGIN: Final = Homebrew
