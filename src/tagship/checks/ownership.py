"""Whether what is published says whose server it is, which the MCP Registry asks for when everything is out."""

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain.manifests.dockerfile import is_dockerfile
from tagship.domain.manifests.layout import reason_to_skip
from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import Diagnosis, Severity
from tagship.domain.versions.version_site import line_of
from tagship.parts.checking import Case
from tagship.parts.plan import server_documents

_LABEL: Final = re.compile(r"""io\.modelcontextprotocol\.server\.name["']?\s*=\s*["']?(?P<name>[^\s"'\\]+)""")


class OwnershipCheck:
    """:class:`tagship.parts.checking.Check` for the marks in readmes, manifests and images."""

    name: ClassVar[str] = "ownership"
    summary: ClassVar[str] = "A package does not say whose MCP server it is (mcp-name, mcpName, image label)."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Look at the packages that a ``server.json`` lists, and at labels in Dockerfiles."""
        severity: Severity = "error" if case.registered else "warning"
        judged = server_documents.judge(case.project.tree, case.project.found)
        yield from (diagnosis.of(self.name, severity, each) for each in judged.unmarked)
        names = {found.mcp_name for found in case.project.found if found.mcp_name}
        files = [path for path in case.project.tree.paths if is_dockerfile(path) and not reason_to_skip(path)]
        for file, text in case.project.tree.read(files).items() if names else ():
            for match in _LABEL.finditer(text):
                if match["name"] not in names and "$" not in match["name"]:
                    message = f"the image says that it is the server {match['name']}, which is none of this project's"
                    hint = f"write {', '.join(sorted(names))}, or leave the label out: tagship sets it"
                    line = line_of(text, match.start())
                    yield Diagnosis(
                        check=self.name, severity=severity, message=message, file=file, line=line, hint=hint
                    )


PLUGIN: Final = OwnershipCheck()
