"""Whether published releases of the repository can still be changed by whoever may write to it.

https://docs.github.com/en/code-security/concepts/supply-chain-security/immutable-releases.
"""

from collections.abc import Iterator
from typing import ClassVar, Final

from tagship.adapters import http
from tagship.checks import _github
from tagship.domain.setup.diagnosis import Diagnosis
from tagship.errors import TagshipError
from tagship.parts.checking import Case


class ImmutableReleasesCheck:
    """:class:`tagship.parts.checking.Check` for the setting of the repository."""

    name: ClassVar[str] = "immutable-releases"
    summary: ClassVar[str] = "Published releases can be changed: the repository does not make them immutable."
    online: ClassVar[bool] = True

    def look(self, case: Case) -> Iterator[Diagnosis]:
        """Ask for the setting; GitHub answers 404 where it is off, and 403 to whoever may not know."""
        api = _github.api_of(case)
        if api is None:
            return
        try:
            enabled = api.ask("look at the setting", "GET", "/immutable-releases").get("enabled")
        except http.Conflict:
            enabled = False
        except TagshipError as error:
            yield from _github.unknown(self.name, "whether releases are immutable", error.problems[0].message)
            return
        if not enabled:
            hint = (
                "Settings → General → Releases → Enable release immutability; tagship publishes only what is complete"
            )
            message = "published releases can be changed by whoever may write to the repository"
            yield Diagnosis(check=self.name, severity="warning", message=message, hint=hint)


PLUGIN: Final = ImmutableReleasesCheck()
