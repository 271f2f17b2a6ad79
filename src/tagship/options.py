"""Flags made from a step's ``Inputs``: one declaration serves the command line, the environment and ``action.yml``."""

import importlib
import os
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import click
import msgspec

from tagship.errors import UsageError
from tagship.parts.inputs import is_argument, is_secret

Runner = Callable[[str, Mapping[str, Any], bool], int]
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One input: ``name`` as users type it (kebab-case), its environment variable, and what it takes; an ``argument`` is typed
    without a flag. Where the name is a word of Python (``from``), the field has a ``_`` behind it.
    """

    name: str
    field: str
    variable: str
    description: str
    default: Any
    type: str
    choices: tuple[str, ...]
    secret: bool
    argument: bool = False


def step_module(command: str) -> Any:
    """Import the step of a command."""
    return importlib.import_module(f"tagship.steps.{command.replace('-', '_')}")


def of(kind: type[msgspec.Struct]) -> tuple[Option, ...]:
    """List the inputs (or outputs) a struct declares, in the order they are declared."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_option(field, hints[field.name]) for field in msgspec.structs.fields(kind))


def command(name: str, summary: str, run: Runner) -> click.Command:
    """Make the click command of a step."""
    options = of(step_module(name).Inputs)
    parameters: list[click.Parameter] = [_parameter(option) for option in options if not option.secret]
    parameters.append(
        click.Option(["--json", "as_json"], is_flag=True, help="one JSON object on stdout, all else on stderr")
    )
    secrets = [f"{option.variable}: {option.description}" for option in options if option.secret]
    epilog = "Secrets, by environment only:\n\n\b\n" + "\n".join(secrets) if secrets else None

    def callback(*, as_json: bool, **values: Any) -> int:
        found = {option.field: _secret(option) for option in options if option.secret}
        return run(name, {**values, **found}, as_json)

    return click.Command(name, params=parameters, callback=callback, help=summary, epilog=epilog)


class Truth(click.ParamType[bool]):
    """``true`` or ``false``, in the spellings of YAML 1.2's core schema; nothing else."""

    name = "true|false"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> bool:
        """Read the value."""
        if isinstance(value, bool):
            return value
        if value in _TRUE | _FALSE:
            return value in _TRUE
        return self.fail(f"{value!r} is neither true nor false", param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Show it as a choice is shown."""
        return f"[{self.name}]"


class Words(click.Choice[str]):
    """A choice; the empty word, which means that nothing is chosen, is taken and not shown."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        super().__init__(choices)
        self._shown = [choice for choice in choices if choice]

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Show what can be chosen."""
        return f"[{'|'.join(self._shown)}]"

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Say what can be chosen."""
        return f"{value!r} is not one of {', '.join(self._shown)}"


class Group(click.Group):
    """The commands, each imported when it is called; the overview imports none of them."""

    def __init__(self, summaries: Mapping[str, str], run: Runner, extra: list[click.Command]) -> None:
        super().__init__(
            "tagship", help="Push a tag; your MCP server ships everywhere, verified.", no_args_is_help=True
        )
        self._summaries, self._run = {**summaries, **{c.name or "": c.help or "" for c in extra}}, run
        self._extra = {c.name: c for c in extra}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names in the order of the flow."""
        return list(self._summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make one command."""
        if cmd_name in self._extra:
            return self._extra[cmd_name]
        return command(cmd_name, self._summaries[cmd_name], self._run) if cmd_name in self._summaries else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._summaries.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for a misspelt one."""
        import difflib

        if args and args[0] not in self._summaries and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], self._summaries, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"choose among {', '.join(self._summaries)}"
            raise UsageError(f"there is no command {args[0]!r}", hint=hint)
        return super().resolve_command(ctx, args)


def _option(field: msgspec.structs.FieldInfo, hint: Any) -> Option:
    kind, *rest = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    meta = next((m for m in rest if isinstance(m, msgspec.Meta)), None)
    choices = tuple(str(choice) for choice in get_args(kind)) if get_origin(kind) is Literal else ()
    return Option(
        name=field.name.rstrip("_").replace("_", "-"),
        field=field.name,
        variable=f"TAGSHIP_{field.name.rstrip('_').upper()}",
        description=(meta.description or "") if meta else "",
        default=None if field.default is msgspec.NODEFAULT else field.default,
        type="choice" if choices else kind.__name__,
        choices=choices,
        secret=is_secret(hint),
        argument=is_argument(hint),
    )


def _parameter(option: Option) -> click.Parameter:
    if option.argument:
        return click.Argument([option.field], required=False, default=option.default, envvar=option.variable)
    common: dict[str, Any] = {"envvar": option.variable, "default": option.default, "help": option.description}
    declared = [f"--{option.name}", option.field]
    if option.type == "bool":
        shown = {**common, "default": str(option.default).lower()}
        return click.Option(declared, type=Truth(), is_flag=False, flag_value="true", show_default=True, **shown)
    if option.choices:
        return click.Option(declared, type=Words(option.choices), show_default=bool(option.default), **common)
    return click.Option(
        declared, type=int if option.type == "int" else str, show_default=bool(option.default), **common
    )


def _secret(option: Option) -> str:
    """Read a secret from its variable; the token also from where every tool finds it."""
    value = os.environ.get(option.variable, "")
    return value or (os.environ.get("GITHUB_TOKEN", "") if option.field == "token" else "")
