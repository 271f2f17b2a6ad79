"""How the channels and signers of a plan get in, and what a job hands over for them."""

from collections.abc import Iterator

import msgspec

from tagship.domain.plans import channel
from tagship.domain.plans.plan import ChannelPlan
from tagship.domain.setup.workflow import WORKFLOW, Job, Step
from tagship.parts.checking import Case
from tagship.parts.inputs import split_list
from tagship.parts.publish import ahead
from tagship.ports import WayIn

SIGNERS = {"key": "TAGSHIP_KEY", "gpg": "TAGSHIP_GPG_KEY"}
"""What signers need that have no identity to sign with."""
CARRIED = frozenset(
    {
        "TAGSHIP_CRATES_TOKEN", "TAGSHIP_GPG_KEY", "TAGSHIP_GPG_PASSPHRASE", "TAGSHIP_HOMEBREW_TOKEN", "TAGSHIP_KEY",
        "TAGSHIP_KEY_PASSWORD", "TAGSHIP_MCP_REGISTRY_KEY", "TAGSHIP_NPM_TOKEN", "TAGSHIP_OCI_TOKEN", "TAGSHIP_OCI_USERNAME",
        "TAGSHIP_PAGES_GPG_KEY", "TAGSHIP_PAGES_GPG_PASSPHRASE", "TAGSHIP_PAGES_TOKEN", "TAGSHIP_PYPI_TOKEN",
        "TAGSHIP_SCOOP_TOKEN", "TAGSHIP_WINGET_TOKEN",
    }
)  # fmt: skip
"""The secrets that our workflow takes; for others a job of one's own is needed."""
SIGNING = frozenset({"sign-and-attest", "release", WORKFLOW})
"""Who signs."""
PUBLISHING = frozenset({"publish", WORKFLOW})
"""Who publishes to channels."""
_PREFIX = "TAGSHIP_"
_OUR_ENVIRONMENT = "release"
"""The environment of the jobs of our workflow that sign and publish."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One channel of the plan and how it gets in; ``variable`` names its secret, empty for none."""

    entry: ChannelPlan
    way: WayIn
    variable: str


def ways(case: Case) -> Iterator[Way]:
    """Give the channels of the plan that say how they get in."""
    for plan, entry in ((each, entry) for each in case.plans for entry in each.channels):
        made = ahead.channel_of(plan, entry, case.tools)
        if made is not None:
            way = made.way_in()
            yield Way(entry=entry, way=way, variable=channel.variable(entry.id, way.needs) if way.needs else "")


def served(case: Case, step: Step | None, name: str) -> Iterator[Way]:
    """Give those that a use of tagship serves: all, unless it is told which."""
    told = step.given["channels"].value if step and name == "publish" and "channels" in step.given else ""
    wanted = [part.strip() for part in told.replace("\n", ",").split(",") if part.strip()]
    for way in ways(case):
        if not wanted or "${{" in told or way.entry.id in wanted or channel.entry_of(way.entry.id) in wanted:
            yield way


def by_identity(case: Case, job: Job, step: Step | None, name: str) -> Iterator[Way]:
    """Give those for which a job is to prove who it is, since nothing else is handed over."""
    for way in served(case, step, name):
        if way.way.identity and not (way.variable and hands_over(job, step, way.variable)):
            yield way


def hands_over(job: Job, step: Step | None, variable: str) -> bool:
    """Whether a use of tagship gets a secret: as an input, or in the environment of step, job or workflow."""
    if step is None:
        return variable in CARRIED and (job.inherits or variable in job.secrets)
    return input_of(variable) in step.given or variable in step.environment or variable in job.variables


def input_of(variable: str) -> str:
    """Return the input of an action that is a secret's other name."""
    return variable.removeprefix(_PREFIX).lower().replace("_", "-")


def environment_of(job: Job, name: str) -> str:
    """Return the environment that a use of tagship runs in; empty for none."""
    return job.environment or (_OUR_ENVIRONMENT if is_called(job, name) else "")


def signers(case: Case, job: Job, step: Step | None, name: str) -> list[str]:
    """Return the signers of a use of tagship that need a secret: those that are asked for there, else the plan's."""
    word = (step.given if step else job.given).get("signers")
    asked = split_list(word.value) if word else ()
    if name not in SIGNING or any("${{" in each for each in asked):
        return []
    return [signer for signer in (asked or case.signers) if signer in SIGNERS]


def is_called(job: Job, name: str) -> bool:
    """Whether the job calls our workflow, instead of having steps of its own."""
    return name == WORKFLOW and job.uses is not None
