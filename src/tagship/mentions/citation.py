"""``CITATION.cff``: the ``version`` of the software that is cited (citation-file-format.github.io, 1.2.0)."""

from collections.abc import Sequence
from typing import ClassVar, Final

from tagship.domain.manifests.layout import files_named
from tagship.domain.text.yaml_text import yaml_node
from tagship.domain.versions.written import yaml_site
from tagship.ports import Mentioned


class Citation:
    """:class:`tagship.ports.Mention` for citation files."""

    name: ClassVar[str] = "citation"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose every ``CITATION.cff`` that is not an example or a fixture."""
        return files_named(paths, "CITATION.cff")

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the version; those of references and of a preferred citation are of other works."""
        if yaml_node(text, ("cff-version",)) is None:
            return ()
        site = yaml_site(file, text, ("version",))
        return (Mentioned(site=site),) if site else ()


PLUGIN: Final = Citation()
