"""What inputs of several steps have in common, and how lists and secrets are marked."""

from pathlib import Path
from typing import Annotated, Final

import msgspec

from tagship.errors import UsageError

SECRET: Final = {"secret": True}
"""Marks an input that comes by environment only: never a flag, never in a log."""


def text(description: str, *, secret: bool = False) -> msgspec.Meta:
    """Describe an input or output for help texts, ``action.yml`` and the reference."""
    return msgspec.Meta(description=description, extra=SECRET if secret else None)


class CommonInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs of every action and command."""

    working_directory: Annotated[str, text("the project's root")] = "."
    dry_run: Annotated[bool, text("read everything, change nothing, say what would change")] = False

    @property
    def root(self) -> Path:
        """The project's root as an absolute path.

        Raises:
            UsageError: it is no folder.

        """
        path = Path(self.working_directory).resolve()
        if not path.is_dir():
            raise UsageError("no such folder", file=self.working_directory, hint="mend working-directory")
        return path


class ConfiguredInputs(CommonInputs, frozen=True, kw_only=True):
    """Inputs of steps that read the configuration."""

    config: Annotated[str, text("the configuration file; found by itself: tagship.yaml, .github/tagship.yaml")] = ""


class PlannedInputs(CommonInputs, frozen=True, kw_only=True):
    """Inputs of steps that carry out a plan."""

    plan: Annotated[str, text("the plan that build-matrix wrote")] = "plan.json"
    plan_digest: Annotated[str, text("SHA-256 of the plan, from build-matrix's output; checked when given")] = ""
    dist: Annotated[str, text("the folder with one folder per leg")] = "dist"


def split_list(value: str) -> tuple[str, ...]:
    """Read a list input: comma- or newline-separated, empty entries left out."""
    return tuple(part.strip() for line in value.splitlines() for part in line.split(",") if part.strip())


def read_bytes(path: Path, hint: str) -> bytes:
    """Read a file that an input names.

    Raises:
        UsageError: it is not there or not readable.

    """
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "not readable"
        raise UsageError(f"cannot read it: {reason}", file=str(path), hint=hint) from None
