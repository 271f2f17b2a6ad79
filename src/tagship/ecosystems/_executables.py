"""Whether programs are for the target that they are shipped for: one look for all who build or wrap them."""

from collections.abc import Iterable
from pathlib import Path

from tagship.domain.files.executable import HEAD, problems, read_executable
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.target import Target
from tagship.errors import Problem, ProjectError


def misfit(program: Path, target: Target) -> list[str]:
    """Say what keeps a file from being a program for a target: an incomplete sentence each, beginning with ``is``."""
    with program.open("rb") as stream:
        return problems(read_executable(stream.read(HEAD)), target)


def require_fit(programs: Iterable[Path], artifact: Artifact, hint: str) -> None:
    """Take nothing but programs for an artifact's target; ``hint`` says how its language makes them.

    Raises:
        ProjectError: with all that is wrong with any of them.

    """
    wrong = [f"{program.name} {each}" for program in programs for each in misfit(program, artifact.target)]
    if wrong:
        raise ProjectError.of([Problem(message=each, file=artifact.name, hint=hint) for each in wrong])
