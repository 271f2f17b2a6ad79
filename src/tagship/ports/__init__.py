"""What the steps need from the world, as Protocols: real objects are made in ``cli.py`` and handed down.

A plug-in of ``ecosystems/``, ``mentions/``, ``formats/``, ``signers/``, ``forges/`` or ``channels/`` implements one of
these and knows nothing of the others.
"""

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
    Signer,
    Skip,
    Wrapper,
    attests,
)
from tagship.ports.places import Channel, ChannelSettings, Forge, ForgeSettings, ReleaseDraft
from tagship.ports.repository import SourceTree, Vcs
from tagship.ports.world import Clock, Finished, Reporter, Shell, Tools

__all__ = [
    "Attester",
    "BuildJob",
    "Building",
    "BuildingEcosystem",
    "Built",
    "Channel",
    "ChannelSettings",
    "Clock",
    "Ecosystem",
    "FileToSign",
    "Finished",
    "Forge",
    "ForgeSettings",
    "Format",
    "FormatJob",
    "Found",
    "Mention",
    "Mentioned",
    "Order",
    "ReleaseDraft",
    "Reporter",
    "Shell",
    "Signer",
    "Skip",
    "SourceTree",
    "Tools",
    "Vcs",
    "Wrapper",
    "attests",
]
