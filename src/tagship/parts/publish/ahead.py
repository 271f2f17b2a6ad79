"""All channels of a plan asked at once, before anything is built: do they answer, whose is the name, is the version free?"""

from collections.abc import Sequence
from functools import partial
from typing import Final

from tagship import plugins
from tagship.domain.plans.plan import ChannelPlan, Plan
from tagship.domain.plans.planning import repository_name
from tagship.errors import Problem, RemoteUnreachable, TagshipError
from tagship.parts import side_by_side
from tagship.parts.publish import channels
from tagship.ports import Ahead, Channel, Foreseeing, Tools

PATIENCE: Final = 3.0
"""Seconds for all of them together: they are asked side by side."""
Answer = Ahead | TagshipError


def channel_of(plan: Plan, entry: ChannelPlan, tools: Tools) -> Foreseeing | None:
    """Make the channel of an entry; ``None`` for one that cannot be asked ahead."""
    kind: type[Channel] = plugins.load("channels", entry.kind)
    made = kind.create(channels.settings_of(plan, entry, tools), tools)
    return made if isinstance(made, Foreseeing) else None


def look(
    plans: Sequence[Plan], tools: Tools, patience: float = PATIENCE
) -> list[tuple[tuple[Plan, ChannelPlan], Answer]]:
    """Ask each channel once; one that does not answer in time counts as not reached."""
    entries = [(plan, entry) for plan in plans for entry in plan.channels]
    asked = [(each, channel) for each in entries if (channel := channel_of(*each, tools))]
    answers = side_by_side.within(patience, [partial(_ask, channel) for _, channel in asked], tools.clock)
    late = RemoteUnreachable(f"it did not answer within {patience:.0f} s", hint="look at the registry's status page")
    return [(each, answer or late) for (each, _), answer in zip(asked, answers, strict=True)]


def of_others(plan: Plan, entry: ChannelPlan, answer: Ahead) -> Problem | None:
    """Say that a name belongs to somebody else, where the registry shows another repository for it."""
    shown = repository_name(answer.says.removeprefix("git+"))
    if not answer.known or shown is None or not plan.repository or shown.lower() == plan.repository.lower():
        return None
    name = plan.package(entry.package).name
    message = f"{entry.id} knows {name} as a project of {shown}, and this is {plan.repository}"
    hint = "choose another name; or, if it is yours, let it name this repository in its next version"
    return Problem(message=message, hint=hint)


def _ask(channel: Foreseeing) -> Answer:
    try:
        return channel.ahead()
    except TagshipError as error:
        return error
