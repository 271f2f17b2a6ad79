"""What the steps need from the world, as Protocols: real objects are made in ``cli.py`` and handed down.

A plug-in of ``ecosystems/``, ``mentions/``, ``environments/``, ``formats/``, ``signers/``, ``forges/``, ``channels/`` or
``migrations/`` implements one of these and knows nothing of the others. What ``checks/`` implement is in
:mod:`tagship.parts.checking`.
"""

from tagship.domain.releases.release import ReleaseDraft
from tagship.ports.makers import (
    Attester,
    Building,
    BuildingEcosystem,
    BuildJob,
    Built,
    Ecosystem,
    FileToSign,
    Format,
    FormatJob,
    Found,
    Mention,
    Mentioned,
    Order,
    Renewing,
    Signer,
    Skip,
    Wrapper,
    attests,
)
from tagship.ports.migrating import Migration
from tagship.ports.places import (
    Ahead,
    Channel,
    ChannelSettings,
    Foreseeing,
    Forge,
    ForgeSettings,
    Judged,
    Naming,
    OwnRelease,
    Readiness,
    Watch,
    WayIn,
)
from tagship.ports.probing import Environment, Launch, ProbeJob, ToolCall, Wanted
from tagship.ports.repository import SourceTree, Vcs
from tagship.ports.world import Clock, Finished, Progress, Reporter, Shell, Tools

__all__ = [
    "Ahead",
    "Attester",
    "BuildJob",
    "Building",
    "BuildingEcosystem",
    "Built",
    "Channel",
    "ChannelSettings",
    "Clock",
    "Ecosystem",
    "Environment",
    "FileToSign",
    "Finished",
    "Foreseeing",
    "Forge",
    "ForgeSettings",
    "Format",
    "FormatJob",
    "Found",
    "Judged",
    "Launch",
    "Mention",
    "Mentioned",
    "Migration",
    "Naming",
    "Order",
    "OwnRelease",
    "ProbeJob",
    "Progress",
    "Readiness",
    "ReleaseDraft",
    "Renewing",
    "Reporter",
    "Shell",
    "Signer",
    "Skip",
    "SourceTree",
    "ToolCall",
    "Tools",
    "Vcs",
    "Wanted",
    "Watch",
    "WayIn",
    "Wrapper",
    "attests",
]
