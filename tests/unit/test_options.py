"""Flags, their environment twins, and secrets."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import click
import msgspec
import pytest

from tagship import cli, options, schemas
from tagship.cli import COMMANDS, SCHEMAS
from tagship.errors import UsageError
from tagship.parts.inputs import CommonInputs, split_list, text


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs of a made-up step."""

    retry_window: Annotated[int, text("how long")] = 120
    draft: Annotated[bool, text("keep it a draft")] = False
    mode: Annotated[Literal["auto", "files"], text("what to do")] = "auto"
    name: Annotated[str, text("a name")] = ""
    token: Annotated[str, text("a token", secret=True)] = ""
    key: Annotated[str, text("a key", secret=True)] = ""


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, Any]:
    """Run the made-up step's command and return what its inputs became."""
    seen: dict[str, Any] = {}

    def run(name: str, values: Mapping[str, Any], as_json: bool) -> int:  # noqa: FBT001
        seen.update(values, command=name, as_json=as_json)
        return 0

    monkeypatch.setattr(options, "step_module", lambda _: type("step", (), {"Inputs": Inputs}))
    group = options.Group({"do-it": "Do it."}, run, [])
    assert group.main(list(arguments), standalone_mode=False) == 0
    return seen


def test_flags_are_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, yes/no with and without a value, choices."""
    seen = call(monkeypatch, "do-it", "--retry-window", "5", "--draft", "--mode", "files", "--name", "n", "--json")
    expected = {"retry_window": 5, "draft": True, "mode": "files", "name": "n", "as_json": True, "command": "do-it"}
    assert seen.items() >= expected.items()
    assert call(monkeypatch, "do-it", "--draft", "false")["draft"] is False
    assert call(monkeypatch, "do-it", "--draft", "TRUE")["draft"] is True


def test_every_flag_has_an_environment_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flag wins; an empty variable, which an action sets for an input left out, means the default."""
    monkeypatch.setenv("TAGSHIP_RETRY_WINDOW", "7")
    monkeypatch.setenv("TAGSHIP_DRAFT", "true")
    monkeypatch.setenv("TAGSHIP_MODE", "")
    seen = call(monkeypatch, "do-it")
    assert (seen["retry_window"], seen["draft"], seen["mode"]) == (7, True, "auto")
    assert call(monkeypatch, "do-it", "--retry-window", "8")["retry_window"] == 8
    monkeypatch.setenv("TAGSHIP_RETRY_WINDOW", "")
    monkeypatch.setenv("TAGSHIP_DRAFT", "")
    seen = call(monkeypatch, "do-it")
    assert (seen["retry_window"], seen["draft"]) == (120, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--draft=yes"],
        ["--draft=1"],
        ["--retry-window=soon"],
        ["--mode=other"],
        ["--token=x"],
        ["--nothing"],
        ["extra"],
    ],
)
def test_wrong_flags_are_refused(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """A secret has no flag: it would be seen in the list of processes."""
    with pytest.raises(click.UsageError):
        call(monkeypatch, "do-it", *arguments)


def test_secrets_come_by_environment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token also from the variable that every tool knows; no other secret does."""
    monkeypatch.delenv("TAGSHIP_TOKEN", raising=False)
    monkeypatch.setenv("TAGSHIP_KEY", "pem")
    monkeypatch.setenv("GITHUB_TOKEN", "general")
    seen = call(monkeypatch, "do-it")
    assert (seen["key"], seen["token"]) == ("pem", "general")
    monkeypatch.setenv("TAGSHIP_TOKEN", "own")
    assert call(monkeypatch, "do-it")["token"] == "own"
    monkeypatch.delenv("TAGSHIP_KEY")
    assert call(monkeypatch, "do-it")["key"] == ""


def test_a_misspelt_command_gets_a_suggestion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the list of all."""
    for argument, hint in (("do-is", "did you mean 'do-it'?"), ("zzz", "choose among do-it")):
        with pytest.raises(UsageError) as caught:
            call(monkeypatch, argument)
        assert caught.value.problems[0].hint == hint


def test_every_schema_can_be_printed() -> None:
    """The command line knows each kind of file that has one."""
    assert SCHEMAS == schemas.KINDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_declares_its_inputs(command: str) -> None:
    """Each input has a description, a variable and a default, so that actions and the reference can be made from it."""
    step = options.step_module(command)
    declared = options.of(step.Inputs)
    assert declared
    for option in declared:
        assert option.description, option.name
        assert option.default is not None, option.name
        assert option.variable == "TAGSHIP_" + option.name.upper().replace("-", "_")
        assert not option.choices or str(option.default) in option.choices, option.name
    assert all(option.description for option in options.of(step.Outputs))
    assert {"token", "key", "key-password"} & {option.name for option in declared if not option.secret} <= {"key"}


@pytest.mark.parametrize(
    ("value", "expected"), [("", ()), (" , \n,", ()), ("a", ("a",)), ("a, b\nc\r\n d ,", ("a", "b", "c", "d"))]
)
def test_lists(value: str, expected: tuple[str, ...]) -> None:
    """Comma- or newline-separated, empty entries left out."""
    assert split_list(value) == expected


class SecretInputs(CommonInputs, frozen=True, kw_only=True):
    """Inputs of a made-up step that has a secret."""

    name: Annotated[str, text("a name")] = ""
    token: Annotated[str, text("a token", secret=True)] = ""


def test_inputs_show_no_secret() -> None:
    """What a message or a traceback shows of a step's inputs has everything but the secrets."""
    shown = repr(SecretInputs(name="weather", token="s3cret"))
    assert shown == "SecretInputs(working_directory='.', dry_run=False, name='weather')"


@pytest.mark.parametrize("command", list(COMMANDS))
def test_inputs_of_every_step_show_no_secret(command: str) -> None:
    """No step's inputs lose that: each secret of each command stays out."""
    kind = options.step_module(command).Inputs
    secrets = {option.field: f"s3cret-{option.field}" for option in options.of(kind) if option.secret}
    assert "s3cret" not in repr(kind(**secrets))


def test_help_shows_what_can_be_typed(capsys: pytest.CaptureFixture[str]) -> None:
    """Choices in one form, without the empty word, and defaults as they are typed."""
    assert cli.main(["init", "--help"]) == 0
    said = capsys.readouterr().out
    assert "--new [python|npm|go|rust]" in said
    assert "--yes [true|false]" in said
    assert "False]" not in said
    assert cli.main(["init", "--new", "cobol"]) == 2
    said = capsys.readouterr().err
    assert "'cobol' is not one of python, npm, go, rust" in said
    assert "see `tagship init --help`" in said
