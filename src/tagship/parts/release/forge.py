"""The forge that a step's inputs name, made from what the run knows of its repository."""

from pathlib import Path
from typing import Protocol

from tagship import plugins
from tagship.domain.plans.planning import repository_name
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
    def repository(self) -> str:
        """``owner/name``; empty: the job's, else that of ``origin``."""

    @property
    def token(self) -> str:
        """The token of the forge ``github``."""


def make_forge(inputs: AtForge, tools: Tools) -> Forge:
    """Make the forge the inputs name; no request is made yet."""
    return forge_at(inputs.forge, inputs.root, inputs.directory, inputs.token, tools, inputs.repository)


def forge_at(name: str, root: Path, directory: str, token: str, tools: Tools, repository: str = "") -> Forge:
    """Make a forge by its name; no request is made yet. The repository is the given one, else the job's, else ``origin``'s."""
    if name == "github":
        repository = known_repository(repository, root, tools)
    repository = repository or tools.environment.get("GITHUB_REPOSITORY", "")
    settings = ForgeSettings(repository=repository, directory=(root / directory).resolve(), token=token)
    kind: type[Forge] = plugins.load("forges", name)
    return kind.create(settings, tools)


def known_repository(given: str, root: Path, tools: Tools) -> str:
    """Return ``owner/name``: as given, else the job's, else that of ``origin``; empty where none is known."""
    known = given or tools.environment.get("GITHUB_REPOSITORY", "")
    return known or repository_name(tools.open_repository(root).remote_url()) or ""
