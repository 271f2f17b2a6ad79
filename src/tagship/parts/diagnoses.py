"""What ``doctor`` found, shown to people: grouped by severity, the gravest first."""

from collections.abc import Sequence

from tagship.domain.setup import diagnosis
from tagship.domain.setup.diagnosis import SEVERITIES, Diagnosis
from tagship.domain.text.markdown import table
from tagship.ports import Reporter


def show(found: Sequence[Diagnosis], reporter: Reporter, *, online: bool) -> None:
    """Show all of it on the log and in the summary; say what was not asked."""
    counts = diagnosis.count(found)
    for severity in SEVERITIES:
        rows = [(each.check, each.problem) for each in found if each.severity == severity]
        if rows:
            reporter.listing(_counted(counts[severity], severity), severity, rows)
    told = ", ".join(_counted(number, severity) for severity, number in counts.items() if number) or "nothing found"
    asked = "" if online else "; GitHub and the registries were not asked: set GITHUB_TOKEN, or --online true"
    reporter.info(f"{told}{asked}")
    cells = [(each.severity, each.check, each.problem.place, each.message, each.hint) for each in found]
    shown = table(("", "check", "where", "what", "what to do"), cells) if cells else ""
    reporter.summary(f"### Doctor – {told}{asked}\n\n{shown}".rstrip())


def _counted(number: int, severity: str) -> str:
    return f"{number} {severity}{'' if number == 1 else 's'}"
