"""Whether the MCP Registry would take every ``server.json``: its schema, the registry's rules, the owner's name."""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.domain.manifests.server_json import read
from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.domain.text.json_text import JsonPlaces
from tagship.domain.versions.version_site import line_of
from tagship.parts.checking import Case
from tagship.parts.plan import server_documents
from tagship.parts.plan.servers import texts

_GITHUB: Final = "io.github."


class ServerJsonCheck:
    """:class:`tagship.parts.checking.Check` for ``server.json``."""

    name: ClassVar[str] = "server-json"
    summary: ClassVar[str] = "The MCP Registry would refuse server.json, or warns of it."
    online: ClassVar[bool] = False

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Judge each by its schema and the registry's rules, and look whose name it takes."""
        judged = server_documents.judge(case.project.tree, case.project.found)
        yield from (diagnosis.of(self.name, "error", each) for each in judged.refused)
        yield from (diagnosis.of(self.name, "warning", each) for each in judged.advice)
        owner = case.repository.partition("/")[0]
        for file, text in texts(case.project.tree).items() if owner else ():
            name = str((read(text) or {}).get("name", ""))
            if name.startswith(_GITHUB) and (found := self._name_of_others(name, owner, case)):
                span = JsonPlaces(text).span(("name",))
                line = line_of(text, span.start) if span else 1
                yield Diagnosis(
                    check=self.name,
                    severity=found.severity,
                    message=found.message,
                    file=file,
                    line=line,
                    hint=found.hint,
                )

    def _name_of_others(self, name: str, owner: str, case: Case) -> Diagnosis | None:
        """Compare with the repository's owner: the login by a job's identity opens only that namespace, and case counts."""
        named = name.removeprefix(_GITHUB).partition("/")[0]
        if named == owner:
            return None
        severity: diagnosis.Severity = "error" if case.registered else "warning"
        if named.lower() == owner.lower():
            message = f"the server is called {name}, the repository's owner {owner}: case counts"
            hint = f"write it {_GITHUB}{owner}/… here and in every mark (mcp-name, mcpName, label)"
        else:
            message = f"the server is called {name}, but a job of {owner} may publish only {_GITHUB}{owner}/…"
            hint = (
                f"call it {_GITHUB}{owner}/…, or log in as a domain: options {{login: dns, domain: …}} of the channel"
            )
        return Diagnosis(check=self.name, severity=severity, message=message, hint=hint)


PLUGIN: Final = ServerJsonCheck()
