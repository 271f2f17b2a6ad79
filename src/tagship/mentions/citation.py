"""``CITATION.cff``: the ``version`` of the software that is cited (citation-file-format.github.io, 1.2.0)."""

from collections.abc import Sequence
from typing import ClassVar, Final

from tagship.domain.layout import file_name, reason_to_skip
from tagship.domain.written import yaml_site
from tagship.domain.yaml_text import yaml_node
from tagship.ports import Mentioned


class Citation:
    """:class:`tagship.ports.Mention` for citation files."""

    name: ClassVar[str] = "citation"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose every ``CITATION.cff`` that is not an example or a fixture."""
        return [path for path in paths if file_name(path) == "CITATION.cff" and not reason_to_skip(path)]

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the version; those of references and of a preferred citation are of other works."""
        if yaml_node(text, ("cff-version",)) is None:
            return ()
        site = yaml_site(file, text, ("version",))
        return (Mentioned(site=site),) if site else ()


PLUGIN: Final = Citation()
