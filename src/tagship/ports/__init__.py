"""What the steps need from the world, as Protocols: real objects are made in ``cli.py`` and handed down.

A plug-in of ``ecosystems/``, ``formats/``, ``signers/``, ``forges/`` or ``channels/`` implements one of these and knows
nothing of the others.
"""

from tagship.ports.makers import BuildJob, Built, Ecosystem, FileToSign, Format, FormatJob, Found, Signer, Skip
from tagship.ports.places import Channel, ChannelSettings, Forge, ForgeSettings, ReleaseDraft
from tagship.ports.repository import SourceTree, Vcs
from tagship.ports.world import Clock, Finished, Reporter, Shell, Tools

__all__ = [
    "BuildJob",
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
    "ReleaseDraft",
    "Reporter",
    "Shell",
    "Signer",
    "Skip",
    "SourceTree",
    "Tools",
    "Vcs",
]
