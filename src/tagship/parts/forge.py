"""The forge that a step's inputs name."""

from pathlib import Path
from typing import Protocol

from tagship import plugins
from tagship.domain.planning import repository_name
from tagship.ports import Forge, ForgeSettings, Tools


class AtForge(Protocol):
    """Inputs that name a forge."""

    @property
    def root(self) -> Path:
        """The project's root."""

    @property
    def forge(self) -> str:
        """Which kind it is."""

    @property
    def directory(self) -> str:
        """The folder of the forge ``directory``."""

    @property
    def token(self) -> str:
        """The token of the forge ``github``."""


def make_forge(inputs: AtForge, tools: Tools) -> Forge:
    """Make the forge the inputs name."""
    repository = tools.environment.get("GITHUB_REPOSITORY", "")
    if inputs.forge == "github" and not repository:
        repository = repository_name(tools.open_repository(inputs.root).remote_url()) or ""
    settings = ForgeSettings(
        repository=repository,
        directory=(inputs.root / inputs.directory).resolve(),
        token=inputs.token,
    )
    kind: type[Forge] = plugins.load("forges", inputs.forge)
    return kind.create(settings, tools)
