"""The Actions runner: outputs, annotations, groups, masks and the job summary, over the light modules of actions-toolkit.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands. What the toolkit lacks is added
here: escaped property values from plain mappings, LF line ends on every system, the summary file.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TextIO

from actions_toolkit.command import Command
from actions_toolkit.file_command import prepare_key_value_message

from tagship.errors import Problem, UsageError

_SUMMARY_LIMIT: Final = 1024 * 1024
"""Bytes of job summary that GitHub keeps per step."""


def inside(environment: Mapping[str, str]) -> bool:
    """Whether this process runs in a step of GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def event(environment: Mapping[str, str]) -> dict[str, Any]:
    """Read the event that started the job; nothing where there is none, or it cannot be read."""
    try:
        found = json.loads(Path(environment.get("GITHUB_EVENT_PATH", "")).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class Runner:
    """Speaks the runner's protocol: commands on ``stream``, values to the files the environment names."""

    def __init__(self, environment: Mapping[str, str], stream: TextIO | None = None) -> None:
        self._environment = environment
        self._stream = stream or sys.stdout
        self._ours: int | None = None

    def command(self, name: str, message: str = "", properties: Mapping[str, str] | None = None) -> None:
        """Write one workflow command, escaped."""
        self._stream.write(f"{Command(name, dict(properties or {}), message)}\n")
        self._stream.flush()

    def annotate(self, level: str, problem: Problem) -> None:
        """Write an annotation (``error``, ``warning``, ``notice``) with its place."""
        place = {"file": problem.file or "", "line": str(problem.line or ""), "col": str(problem.column or "")}
        message = f"{problem.message}\n→ {problem.hint}" if problem.hint else problem.message
        self.command(level, message, {key: value for key, value in place.items() if value})

    def check_files(self) -> None:
        """Find out whether later steps can be told anything, before there is anything to tell.

        Raises:
            UsageError: a file that the environment names cannot be written.

        """
        for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
            path = self._environment.get(name)
            if path:
                _append(Path(path), b"")

    def set_outputs(self, values: Mapping[str, str]) -> None:
        """Hand values to later steps; the delimiter is random, so that no value can forge another output."""
        path = self._environment.get("GITHUB_OUTPUT")
        if not path:
            return
        text = "".join(
            prepare_key_value_message(key, value).replace("\r\n", "\n") + "\n" for key, value in values.items()
        )
        _append(Path(path), text.encode())

    @property
    def has_summary(self) -> bool:
        """Whether anybody reads a summary."""
        return bool(self._environment.get("GITHUB_STEP_SUMMARY"))

    def add_summary(self, markdown: str, *, first: bool = False) -> None:
        """Append Markdown to the job summary, unless it would pass GitHub's limit.

        ``first`` puts it before all that came from here; what no longer fits at the end goes.
        """
        path = self._environment.get("GITHUB_STEP_SUMMARY")
        if not path:
            return
        data = (markdown.rstrip("\n") + "\n\n").encode()
        file = Path(path)
        size = file.stat().st_size if file.exists() else 0
        if self._ours is None:
            self._ours = size
        if first and size > self._ours:
            _insert(file, self._ours, data)
        elif size + len(data) <= _SUMMARY_LIMIT:
            _append(file, data)


def _insert(file: Path, offset: int, data: bytes) -> None:
    """Put data into a file, and cut its end at a line where it is too long then."""
    before = file.read_bytes()
    whole = before[:offset] + data + before[offset:]
    if len(whole) > _SUMMARY_LIMIT:
        whole = whole[: whole.rfind(b"\n", 0, _SUMMARY_LIMIT) + 1]
    try:
        file.write_bytes(whole)
    except OSError as error:
        raise _unwritable(file, error) from None


def _append(file: Path, data: bytes) -> None:
    try:
        with file.open("ab") as stream:
            stream.write(data)
    except OSError as error:
        raise _unwritable(file, error) from None


def _unwritable(file: Path, error: OSError) -> UsageError:
    hint = "the runner names this file; check GITHUB_OUTPUT and GITHUB_STEP_SUMMARY"
    return UsageError(f"cannot write it: {error.strerror}", file=str(file), hint=hint)
