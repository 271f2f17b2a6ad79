"""The forge that the inputs name, made from what the run knows of its repository."""

from pathlib import Path

from tagship import plugins
from tagship.domain.planning import repository_name
from tagship.ports import Forge, ForgeSettings, Tools


def make_forge(name: str, root: Path, directory: str, token: str, tools: Tools, repository: str = "") -> Forge:
    """Make it; no request is made yet. The repository is the given one, else the job's, else that of ``origin``."""
    repository = repository or tools.environment.get("GITHUB_REPOSITORY", "")
    if name == "github" and not repository:
        repository = repository_name(tools.open_repository(root).remote_url()) or ""
    settings = ForgeSettings(repository=repository, directory=(root / directory).resolve(), token=token)
    kind: type[Forge] = plugins.load("forges", name)
    return kind.create(settings, tools)
