"""Dockerfiles: the label ``org.opencontainers.image.version``, and the ``ARG`` whose default that label shows.

Any other ``ARG`` or ``ENV`` may be the version of anything, so it is left alone; ``ARG VERSION=1.2.0`` follows if
``LABEL org.opencontainers.image.version=$VERSION`` (or ``"${VERSION}"``) is in the same file.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final

from tagship.domain.manifests.dockerfile import instructions, is_dockerfile
from tagship.domain.manifests.layout import reason_to_skip
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.versions.version_site import VersionSite
from tagship.domain.versions.written import NUMBER, matched_sites
from tagship.ports import Mentioned

_LABEL: Final = r"[\"']?org\.opencontainers\.image\.version[\"']?[ \t]{0,9}[= \t][ \t]{0,9}"
_VALUE: Final = rf"[\"']?v?(?P<version>{NUMBER})(?=[\"'\s\\]|$)"
_SHOWN: Final = lazy(rf"{_LABEL}[\"']?v?\$\{{?(?P<name>\w+)")


class Dockerfile:
    """:class:`tagship.ports.Mention` for Dockerfiles."""

    name: ClassVar[str] = "dockerfile"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose every Dockerfile and Containerfile that is not an example or a fixture, under any of their names."""
        return [path for path in paths if is_dockerfile(path) and not reason_to_skip(path)]

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the label, and the argument it shows."""
        return tuple(Mentioned(site=site) for site in _sites(file, text))


def _sites(file: str, text: str) -> Iterator[VersionSite]:
    lines = instructions(text)

    def is_in(instruction: str, position: int) -> bool:
        return any(name == instruction and start <= position < end for start, end, name in lines)

    yield from matched_sites(file, text, _LABEL + _VALUE, lambda match: is_in("LABEL", match.start()))
    shown = sorted({match["name"] for match in _SHOWN.finditer(text) if is_in("LABEL", match.start())})
    argument = rf"(?<![\w$])(?:{'|'.join(shown)})={_VALUE}"
    if shown:
        yield from matched_sites(file, text, argument, lambda match: is_in("ARG", match.start()))


PLUGIN: Final = Dockerfile()
