"""Finding the packages of a project, for the steps that plan and the steps that bump."""

from tagship import plugins
from tagship.config import Config
from tagship.errors import ProjectError
from tagship.ports import Ecosystem, Found, Skip, SourceTree


def detect(tree: SourceTree, settings: Config) -> tuple[list[tuple[Ecosystem, Found]], list[Skip]]:
    """Ask every ecosystem what it finds in a commit.

    Raises:
        ProjectError: with all broken manifests.

    """
    found: list[tuple[Ecosystem, Found]] = []
    skips: list[Skip] = []
    for name in plugins.names("ecosystems"):
        ecosystem: Ecosystem = plugins.load("ecosystems", name)
        packages, left_out = ecosystem.detect(tree, settings.exclude)
        skips += left_out
        for package in packages:
            wanted = settings.packages.get(package.name)
            if wanted and not wanted.release:
                skips.append(Skip(path=package.path, reason="the configuration says release: false"))
            else:
                found.append((ecosystem, package))
    return found, skips


def nothing(folder: str, skips: list[Skip]) -> ProjectError:
    """Say that there is nothing to publish, and why."""
    why = "; ".join(f"{skip.path}: {skip.reason}" for skip in skips[:5]) or "no manifest is committed"
    hint = "commit a pyproject.toml with a [project] table, or point working-directory at the project"
    return ProjectError(f"nothing to publish here ({why})", file=folder, hint=hint)
