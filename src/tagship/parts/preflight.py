"""What stands between a tag and its release, known before anything is built."""

from pathlib import Path
from typing import Final

from tagship.domain.plan import Plan
from tagship.errors import RemoteRefused, RemoteUnreachable, UsageError
from tagship.parts.forge import forge_at
from tagship.parts.inputs import Switch
from tagship.parts.retry import persist
from tagship.ports import Forge, Tools

WINDOW: Final = 20.0
"""Seconds that a forge may keep failing before the question is given up."""


def check(forge: Forge, tag: str, commit: str, tools: Tools, *, may_write: bool) -> None:
    """Look whether the release can be made; nothing is changed.

    Raises:
        RemoteRefused: it cannot, with all reasons.
        RemoteUnreachable: the forge does not answer.

    """
    found = persist(lambda: forge.readiness(tag, commit, may_write=may_write), lambda: 0, window=WINDOW, tools=tools)
    for unknown in found.unknown:
        tools.reporter.info(f"not known before the release: {unknown}")
    if found.problems:
        raise RemoteRefused.of(list(found.problems))
    token = "" if may_write else "; whether the token of the release may write is not known here"
    tools.reporter.info(f"{tag} can be released{token}")


def of_plan(plan: Plan, wish: Switch, root: Path, token: str, tools: Tools) -> None:
    """Look whether a planned release can be made on GitHub, with a token that need not be the one that will make it.

    ``auto``: of a tag, not of a snapshot, and where there is a token; neither a GitHub that does not answer nor a repository
    that is on none is a hindrance then.

    Raises:
        RemoteRefused: it cannot.
        RemoteUnreachable: GitHub does not answer, and it was asked for.
        UsageError: it is not known which repository of GitHub this is, and it was asked for.

    """
    if wish == "false" or (wish == "auto" and (plan.snapshot or not token)):
        return
    try:
        check(forge_at("github", root, ".", token, tools), plan.tag, plan.commit, tools, may_write=False)
    except (RemoteUnreachable, UsageError) as error:
        if wish == "true":
            raise
        tools.reporter.warning(f"it is not known whether {plan.tag} can be released: {error.problems[0].message}")
