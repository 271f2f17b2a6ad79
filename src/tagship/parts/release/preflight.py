"""What stands between a tag and its release, known before anything is built."""

from pathlib import Path
from typing import Final

from tagship.domain.plans.plan import Plan
from tagship.errors import RemoteRefused, RemoteUnreachable, TagshipError, UsageError
from tagship.parts.inputs import Switch
from tagship.parts.release.forge import forge_at
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


def of_channels(plan: Plan, tools: Tools) -> None:
    """Ask all channels at once, for seconds: a registry that is away now may be back when it is published to.

    Raises:
        RemoteRefused: a registry shows another repository for a name that was never released from this one.

    """
    from tagship.parts.publish import ahead

    refused = []
    for (_, entry), answer in ahead.look([plan], tools):
        if isinstance(answer, TagshipError):
            tools.reporter.warning(f"{entry.id}: {answer.problems[0].message}")
            continue
        theirs = ahead.of_others(plan, entry, answer)
        if theirs and plan.previous:
            tools.reporter.warning(theirs.advice)
        elif theirs:
            refused.append(theirs)
        elif answer.there:
            tools.reporter.info(f"{entry.id} has this version already: equal files will be left alone")
    if refused:
        raise RemoteRefused.of(refused)


def of_plan(plan: Plan, wish: Switch, root: Path, token: str, tools: Tools) -> None:
    """Look whether a planned release can be made on GitHub, with a token that need not be the one that will make it, and
    whether its channels can be reached and its names are not somebody else's.

    ``auto``: of a tag, not of a snapshot, and where there is a token; neither a GitHub that does not answer nor a repository
    that is on none is a hindrance then.

    Raises:
        RemoteRefused: it cannot, or a name belongs to somebody else.
        RemoteUnreachable: GitHub does not answer, and it was asked for.
        UsageError: it is not known which repository of GitHub this is, and it was asked for.

    """
    if wish == "false" or (wish == "auto" and (plan.snapshot or not token)):
        return
    of_channels(plan, tools)
    try:
        check(forge_at("github", root, ".", token, tools), plan.tag, plan.commit, tools, may_write=False)
    except (RemoteUnreachable, UsageError) as error:
        if wish == "true":
            raise
        tools.reporter.warning(f"it is not known whether {plan.tag} can be released: {error.problems[0].message}")
