"""What people and the Actions runner are told."""

import io
import posixpath
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.adapters import runner
from tagship.adapters.console import Console, visible
from tagship.errors import Problem, UsageError
from tests.unit.samples import FakeClock, FakeTerminal

ACTIONS = {"GITHUB_ACTIONS": "true"}


def console(environment: dict[str, str], stream: io.StringIO) -> Console:
    return Console(environment, FakeClock(), stream)


def runner_lines(text: str) -> list[str]:
    """Split as the runner does: CR, LF and both together end a line."""
    return re.split(r"\r\n|\r|\n", text)


def commands(text: str) -> list[str]:
    """List what the runner would take as a command: ``::`` first on a line, ``##[`` anywhere."""
    return [line for line in runner_lines(text) if line.lstrip().startswith("::") or "##[" in line]


PIECES = [
    "::error::x",
    "::add-mask::x",
    "##[error]x",
    "##[stop-commands]x",
    "\r",
    "\n",
    "\r\n",
    " ",
    "\t",
    "a",
    "\x85",
    "%0A",
]
texts = st.text() | st.lists(st.sampled_from(PIECES)).map("".join)


@given(texts)
def test_plain_lines_never_become_commands(message: str) -> None:
    """Neither a build's output nor a commit message can set masks, stop commands or forge errors."""
    stream = io.StringIO()
    shown = console(ACTIONS, stream)
    shown.info(message)
    with shown.step("outer"), shown.step(message):
        pass
    assert [line for line in commands(stream.getvalue()) if line not in {"::group::outer", "::endgroup::"}] == []


@given(texts, texts)
def test_one_problem_is_one_annotation(message: str, file: str) -> None:
    """Whatever is in it, the runner reads one command, with message and place as they are."""
    stream = io.StringIO()
    console(ACTIONS, stream).failed(UsageError(message, file=file, line=3, column=4, hint="do that"))
    (line,) = stream.getvalue().removesuffix("\n").split("\n")
    assert len(runner_lines(line)) == 1
    match = re.fullmatch(r"::error (?P<place>[^\r\n]*?)::(?P<message>.*)", line, re.DOTALL)
    assert match
    place = dict(part.split("=", 1) for part in match["place"].split(","))
    assert unescape(place.get("file", "")) == (posixpath.normpath(visible(file)) if visible(file) else "")
    assert (place["line"], place["col"]) == ("3", "4")
    assert unescape(match["message"]) == f"{visible(message)}\n→ do that"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\ttext\nof two lines", "plain\ttext\nof two lines"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]0;title\x07", "]0;title"),
        ("over\rwritten\r\n", "over\nwritten\n"),
        ("\u202eturned\u2066", "turned"),
        ("\x9b1m\x7f\x08", "1m"),
    ],
)
def test_nobody_steers_the_terminal(text: str, expected: str) -> None:
    """Escape sequences and directions of writing that others wrote are not printed."""
    assert visible(text) == expected
    stream = io.StringIO()
    console({}, stream).info(text)
    assert stream.getvalue() == f"{expected}\n"


def unescape(text: str) -> str:
    for escaped, character in [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]:
        text = text.replace(escaped, character)
    return text


def test_a_terminal_sees_lines_with_places_and_hints() -> None:
    """Without a runner, errors read as compilers write them; all problems of an error are told."""
    stream = io.StringIO()
    error = UsageError.of([Problem(message="one", file="f", line=2), Problem(message="two", hint="mend it")])
    console({}, stream).failed(error)
    assert stream.getvalue() == "error: f:2: one\nerror: two\n  → mend it\n"


def test_steps_are_nested_and_timed() -> None:
    """Inner steps are indented; what fails gets a cross, and the failure goes on."""
    stream, clock = io.StringIO(), FakeClock()
    shown = Console({}, clock, stream)

    def work() -> None:
        with shown.step("outer"):
            with shown.step("inner"):
                clock.sleep(1.5)
                shown.info("said")
            raise UsageError("no")

    with pytest.raises(UsageError):
        work()
    lines = stream.getvalue().splitlines()
    assert [line.split() for line in lines] == [["said"], ["✓", "inner", "1.50", "s"], ["✗", "outer", "1.50", "s"]]
    assert [len(line) - len(line.lstrip()) for line in lines] == [4, 2, 0]


def test_the_runner_folds_the_outermost_step_only() -> None:
    """GitHub's log does not nest groups."""
    stream = io.StringIO()
    shown = console(ACTIONS, stream)
    with shown.step("outer"), shown.step("inner"):
        shown.notice("n")
        shown.warning("w", file="a,b:c", line=1)
    assert commands(stream.getvalue()) == [
        "::group::outer", "::notice::n", "::warning file=a%2Cb%3Ac,line=1::w", "::endgroup::",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "stream", "coloured"),
    [
        ({}, FakeTerminal(), True),
        ({"NO_COLOR": "1"}, FakeTerminal(), False),
        (ACTIONS, FakeTerminal(), False),
        ({}, io.StringIO(), False),
    ],
)
def test_colours_only_on_a_terminal(environment: dict[str, str], stream: io.StringIO, *, coloured: bool) -> None:
    """NO_COLOR and log files get none."""
    console(environment, stream).failed(UsageError("x"))
    assert ("\x1b[" in stream.getvalue()) is coloured


@pytest.mark.parametrize("environment", [{}, ACTIONS])
def test_secrets_are_masked_everywhere(environment: dict[str, str], tmp_path: Path) -> None:
    """Whole and line by line, the longer one first, in lines, errors, hints, steps and the summary."""
    summary = tmp_path / "summary.md"
    stream = io.StringIO()
    shown = console({**environment, "GITHUB_STEP_SUMMARY": str(summary)}, stream)
    for secret in ("tok", "token-1234", "first line\nsecond line\n", "", "  \n"):
        shown.mask(secret)
    masks = stream.getvalue()
    stream.truncate(0)
    shown.info("a token-1234 b second line c tok")
    with shown.step("with token-1234"):
        shown.warning("first line")
    shown.failed(UsageError("token-1234", hint="not second line"))
    shown.summary("tok token-1234")
    said = stream.getvalue() + summary.read_text()
    assert not re.search(r"tok|1234|first line|second line", said)
    assert said.count("***") >= 7
    if environment:
        assert set(commands(masks)) >= {f"::add-mask::{s}" for s in ("tok", "token-1234", "first line", "second line")}
    else:
        assert not masks


@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z-]{0,9}", fullmatch=True),
        st.text(st.characters(exclude_categories=["Cs"])),
        max_size=4,
    )
)
def test_outputs_cannot_forge_one_another(tmp_path_factory: pytest.TempPathFactory, values: dict[str, str]) -> None:
    """Each value is framed by a delimiter of its own, in the file GITHUB_OUTPUT names."""
    file = tmp_path_factory.mktemp("outputs") / "out"
    runner.Runner({"GITHUB_OUTPUT": str(file)}, io.StringIO()).set_outputs(values)
    assert read_outputs(file.read_bytes().decode() if file.exists() else "") == {
        key: f"{value}\n".replace("\r\n", "\n")[:-1] for key, value in values.items()
    }


def read_outputs(text: str) -> dict[str, str]:
    """Read ``name<<delimiter`` blocks as the runner does, with LF as the only line end."""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if line:
            name, _, delimiter = line.partition("<<")
            value = []
            while (inner := next(lines)) != delimiter:
                value.append(inner)
            found[name] = "\n".join(value)
    return found


def test_outside_a_runner_outputs_are_not_shown() -> None:
    """No variable names a file: nothing is written, and nothing reaches the stream."""
    stream = io.StringIO()
    shown = console({}, stream)
    shown.outputs({"a": "b"})
    shown.summary("x")
    assert stream.getvalue() == ""


def test_the_summary_never_passes_its_limit(tmp_path: Path) -> None:
    """GitHub drops a summary that is too long: the part that does not fit is left out."""
    file = tmp_path / "summary.md"
    talker = runner.Runner({"GITHUB_STEP_SUMMARY": str(file)}, io.StringIO())
    talker.add_summary("# One\n\n\n")
    talker.add_summary("x" * 1024 * 1024)
    talker.add_summary("two")
    assert file.read_bytes() == b"# One\n\ntwo\n\n"


def test_a_terminal_shows_the_newest_line_of_a_build_and_then_forgets_it() -> None:
    """It is cut to the width, and the next real line takes its place; nothing steers the terminal."""
    stream = FakeTerminal()
    shown = console({"NO_COLOR": "1"}, stream)
    shown.output("compiling one\x1b[2J")
    shown.output("x" * 500)
    shown.output("   ")
    shown.info("done")
    first, second, last = stream.getvalue().split("\r\x1b[K")[1:]
    assert (first, last) == ("compiling one[2J", "done\n")
    assert set(second) == {"x"}
    assert len(second) < 400
    assert "\n" not in second


def test_a_log_keeps_every_line_of_a_build() -> None:
    """None of which the runner takes for a command, and no secret in them."""
    stream = io.StringIO()
    shown = console(ACTIONS, stream)
    shown.mask("hunter2")
    with shown.step("build"):
        shown.output("::error::forged by hunter2")
    lines = runner_lines(stream.getvalue())
    assert "  :\u200b:error::forged by ***" in lines
    assert [line for line in commands(stream.getvalue()) if "forged" in line] == []


def test_work_that_goes_on_side_by_side_says_whose_each_line_is() -> None:
    """No folds, which would swallow the lines of others; secrets learnt later stay out of both."""
    stream = io.StringIO()
    shown = console(ACTIONS, stream)
    one, other = shown.labelled("linux"), shown.labelled("mac\x1b")
    with one.step("build linux"):
        one.output("compiling")
        shown.mask("hunter2")
        other.info("two\nlines of hunter2")
    lines = [line for line in runner_lines(stream.getvalue()) if line and not line.startswith("::add-mask")]
    assert [line.split()[0] for line in lines] == ["linux:", "mac:", "mac:", "linux:"]
    assert "hunter2" not in "".join(lines)
    assert "::group" not in stream.getvalue()


FOUND = [
    ("licence", Problem(message="it is not known", hint="name it")),
    ("server-json", Problem(message="it is\n::error::no JSON", file="a/server.json", line=3, column=7)),
]


def test_findings_are_aligned_and_the_runner_marks_their_places() -> None:
    """Names first, then place and message below each other; nothing in them becomes a command."""
    stream = io.StringIO()
    console({}, stream).listing("2 errors", "error", FOUND)
    assert stream.getvalue().splitlines() == [
        "2 errors",
        "  licence      it is not known",
        "               → name it",
        "  server-json  a/server.json:3:7",
        "               it is",
        "               ::error::no JSON",
    ]
    stream = io.StringIO()
    console(ACTIONS, stream).listing("2 notes", "note", FOUND)
    assert commands(stream.getvalue()) == [
        "::notice::it is not known%0A→ name it",
        "::notice file=a/server.json,line=3,col=7::it is%0A::error::no JSON",
    ]


def test_findings_are_coloured_on_a_terminal_only() -> None:
    """By their severity."""
    stream = FakeTerminal()
    console({}, stream).listing("1 warning", "warning", FOUND[:1])
    assert "\x1b[33m1 warning\x1b[0m" in stream.getvalue()
