"""The command line: flags from each step's ``Inputs``, real objects made once, errors turned into exit codes.

Every flag has an environment twin (``--retry-window`` is ``TAGSHIP_RETRY_WINDOW``); secrets have only that. Each command
imports its step when it is called, so that ``tagship --version`` costs next to nothing.
"""

import sys
from typing import TYPE_CHECKING, Any, Final

import tagship

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

    from tagship.adapters.console import Console
    from tagship.ports import Tools

COMMANDS: Final[dict[str, str]] = {
    "version-bump": "Next version from the commits; write it everywhere, changelog, commit, tag.",
    "build-matrix": "Plan the release: packages, legs, file names; write plan.json.",
    "build": "Build the legs of a plan, isolated and reproducible.",
    "probe": "Start every server from the files to be shipped, and ask it: what does not answer is not shipped.",
    "sign-and-attest": "SBOM, checksums, release manifest and a signature per file.",
    "release-assets": "Put files on a release: draft, upload, prove, publish.",
    "publish": "Publish proved files to package indexes: look first, send what is missing, see it.",
    "verify": "Check checksums and signatures of a release.",
    "doctor": "Find now what would fail later: project, workflows, registries, repository; mend what is safe to mend.",
    "release": "The whole chain in one go, into a folder unless told otherwise.",
    "init": "Configuration and release workflow for this project, or a new server that releases at once.",
}
ONLY_COMMANDS: Final = frozenset({"init"})
"""What a person calls, and no workflow: there is no action of it."""
EXTRAS: Final[dict[str, str]] = {
    "cryptography": "sign",
    "cyclonedx": "sbom",
    "github": "github",
    "jsonschema_rs": "sbom",
    "requests": "github",
    "rich": "github",
    "requests_toolbelt": "publish",
    "sigstore": "sign",
    "twine": "build",
}
"""Which extra of the package brings a library that only some commands import."""
SCHEMAS: Final = ("config", "plan", "receipt", "manifest", "probe")
"""The kinds that :mod:`tagship.schemas` knows, which costs too much to import at each start."""
_BUG: Final = (
    "this is a bug of tagship; please report it with the lines above: https://github.com/tagship/tagship/issues"
)
_INTERRUPTED: Final = 130
_GARBAGE: Final = 50_000
"""So many new objects are there before any is looked at: a command is soon over, and most that it makes lives as long."""
_SHOWN: Final = 200
"""So much of a path is shown."""


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments == ["--version"]:
        return _version()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    return _start(arguments)


def carry_out(console: "Console", tools: "Tools", command: str, values: "Mapping[str, Any]", as_json: bool) -> int:  # noqa: FBT001
    """Run one step and hand its outputs to the runner or to stdout; ``as_json`` comes from click."""
    import msgspec

    from tagship import options
    from tagship.errors import CheckFailed

    console.command = command
    console.project = str(values.get("working_directory", "."))
    step = options.step_module(command)
    console.check_files()
    failed: CheckFailed | None = None
    try:
        outputs = step.run(step.Inputs(**values), tools)
    except CheckFailed as error:
        if error.outputs is None:
            raise
        outputs, failed = error.outputs, error
    texts = {option.name: _as_text(getattr(outputs, option.field)) for option in options.of(type(outputs))}
    console.outputs(texts)
    if as_json:
        _print(msgspec.json.encode(outputs).decode() + "\n")
    if failed:
        raise failed
    return 0


def _version() -> int:
    """Say the version; nothing else is imported for that, unless it cannot be said."""
    try:
        _print(f"tagship {tagship.__version__}\n")
    except Exception as error:  # noqa: BLE001  (a UsageError, without its import)
        if sys.stderr is not None:
            sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


def _print(text: str) -> None:
    """Write to standard output; a reader that has gone, as ``head`` does, is no failure."""
    if sys.stdout is None:  # closed by whoever started us
        from tagship.errors import UsageError

        raise UsageError("standard output is closed", hint="give it somewhere to go")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        _unwritten(error)


def _unwritten(error: OSError) -> None:
    """Forget what standard output does not take; other reasons than a reader that has gone are told."""
    from tagship.adapters.streams import give_up
    from tagship.errors import UsageError

    give_up(sys.stdout)
    if not isinstance(error, BrokenPipeError):
        message = f"standard output cannot be written: {error.strerror}"
        raise UsageError(message, hint="give it somewhere to go") from None


def _start(arguments: list[str]) -> int:
    import gc
    from functools import partial

    import click

    from tagship import options
    from tagship.errors import TagshipError, UsageError

    gc.set_threshold(_GARBAGE)
    console, tools = _objects()
    _stop_cleanly()
    group = options.Group(COMMANDS, partial(carry_out, console, tools), [_schema_command()])
    try:
        code = group.main(arguments, prog_name="tagship", standalone_mode=False)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"see `{context.command_path if context else 'tagship COMMAND'} --help`"
        console.failed(UsageError(" ".join(error.format_message().split()), hint=hint))
        return UsageError.exit_code
    except TagshipError as error:
        console.failed(error)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        console.interrupted()
        return _INTERRUPTED
    except OSError as error:
        return _refused(error, console)
    except Exception as error:  # noqa: BLE001  (the last line of defence)
        return _unforeseen(error, console)
    return code if isinstance(code, int) else 0


def _stop_cleanly() -> None:
    """Treat SIGTERM, which a cancelled job gets, like Ctrl-C: what is under way ends, temporary files go, exit 130."""
    import signal
    import threading

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)


def _refused(error: OSError, console: "Console") -> int:
    """Tell what the system says no to: a name too long, no permission, no room. What else goes wrong there is our fault."""
    import errno

    from tagship.errors import UsageError

    refusals = "EACCES EPERM EROFS ENOSPC EDQUOT ENAMETOOLONG ELOOP ENOTDIR EISDIR EMFILE ENFILE EIO EPIPE"
    if errno.errorcode.get(error.errno or 0, "") not in refusals.split():
        return _unforeseen(error, console)
    if error.filename is None:  # of our own streams; others are caught where they are used
        try:
            _unwritten(error)
        except UsageError as told:
            console.failed(told)
            return told.exit_code
        return 0
    name = str(error.filename)
    shown = f"{name[:_SHOWN]}…" if len(name) > _SHOWN else name
    hint = "look at this path, its permissions and the room there; or give another"
    console.failed(UsageError(f"the system refuses it: {error.strerror}", file=shown, hint=hint))
    return UsageError.exit_code


def _unforeseen(error: Exception, console: "Console") -> int:
    """Say which extra is missing, or that it is our fault."""
    from tagship.errors import TagshipError, UsageError

    lacking = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if lacking in EXTRAS:
        hint = f"install tagship[{EXTRAS[lacking]}], or tagship[all]"
        console.failed(UsageError(f"this command needs {lacking}, which is not installed", hint=hint))
        return UsageError.exit_code
    import traceback

    console.info("".join(traceback.format_exception(error)))
    console.failed(TagshipError(_BUG))
    return TagshipError.exit_code


def _objects() -> "tuple[Console, Tools]":
    """Make the real objects: the one place where the environment is read."""
    import os

    from tagship.adapters.clock import SystemClock
    from tagship.adapters.console import Console
    from tagship.adapters.git import Git
    from tagship.adapters.shell import SystemShell
    from tagship.adapters.streams import patient
    from tagship.ports import Tools

    clock, shell = SystemClock(), SystemShell()
    console = Console(os.environ, clock, patient(sys.stderr) if sys.stderr else None)
    tools = Tools(
        shell=shell,
        clock=clock,
        reporter=console,
        environment=dict(os.environ),
        open_repository=lambda folder: Git(folder, shell, os.environ),
        ask=_ask if _at_a_terminal() else None,
    )
    return console, tools


def _at_a_terminal() -> bool:
    """Whether a person can read a question and type an answer."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def _ask(question: str) -> str:
    """Put a question where all else is said: standard output is for ``--json``."""
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:  # the person has gone
        raise KeyboardInterrupt
    return line.strip()


def _schema_command() -> "click.Command":
    """``tagship schema config|plan|receipt|manifest|probe``: no step, it only prints."""
    import click

    def callback(kind: str) -> int:
        from tagship import schemas

        _print(schemas.text(kind))
        return 0

    argument = click.Argument(["kind"], type=click.Choice(SCHEMAS), metavar="|".join(SCHEMAS))
    return click.Command("schema", params=[argument], callback=callback, help="Print the JSON Schema of a file.")


def _as_text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
