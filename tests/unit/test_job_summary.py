"""The language of job summaries: what others wrote stays text, what failed comes first, what is long is cut or folded."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.adapters.console import Console
from tagship.adapters.runner import Runner
from tagship.domain.plans.artifact import Artifact, BuiltFile
from tagship.domain.plans.plan import ChannelPlan, Probe
from tagship.domain.plans.target import Target
from tagship.domain.releases import job_summary, picture
from tagship.domain.releases.picture import Stage
from tagship.domain.text import markdown
from tagship.errors import EXIT_CODES, Problem, TagshipError, UsageError
from tests.unit.samples import COMMIT, FakeClock, FakeTerminal, plan

HOSTILE = "a|b `c` <script> ```\n</details> @octo ![x](http://t.example/p) **d** \u202e\x1b[2J"
PIECES = ["`", "``", "```", "|", "\\", "\n", "<b>", "@octo", "#", "](", "*", "_", "x", " "]
hostile = st.lists(st.sampled_from(PIECES), min_size=1).map("".join)


def test_a_failure_says_what_why_and_what_next() -> None:
    """The first finding with its place, what the program said as a block, one step to take; the others folded."""
    problems = [
        Problem(
            message="uv build ended with 2\nline one\nline two", file="pyproject.toml", line=3, hint="run `uv build`"
        ),
        Problem(message="another", file="x"),
    ]
    text = job_summary.failed("build", problems, 3)
    what, said, following, *_ = text.split("\n\n")[1:]
    assert text.startswith("## ❌ build failed: the project cannot be built\n")
    assert what == "**uv build ended with 2** in `pyproject.toml:3`"
    assert said == "```text\nline one\nline two\n```"
    assert following == "**Next:** run `uv build`"
    assert "<details><summary>1 more finding</summary>\n\n- `x`: another\n" in text


@pytest.mark.parametrize("kind", [TagshipError, *TagshipError.__subclasses__()])
def test_every_kind_of_failure_has_a_next_step(kind: type[TagshipError]) -> None:
    """A problem without a hint gets the one of its exit code."""
    text = job_summary.failed("probe", [Problem(message="no")], kind.exit_code)
    assert EXIT_CODES[kind.exit_code] in text
    assert re.search(r"^\*\*Next:\*\* \w.{10,}$", text, re.MULTILINE)


@given(hostile, hostile)
def test_words_of_others_end_nothing(message: str, hint: str) -> None:
    """No fence, fold, tag, mention or picture of a message's own."""
    text = job_summary.failed("build", [Problem(message=f"m{message}", hint=f"h{hint}"), Problem(message=message)], 3)
    outside = re.sub(r"^(`{3,})text\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"`[^`\n]*`", "", outside)
    assert "`" not in outside
    assert "<b>" not in outside
    assert "@octo" not in outside
    assert not re.search(r"(?<!\\)(?:\\\\)*\]\((?!<https://github)", outside.replace("[what it means](<", ""))


def test_cells_links_and_folds_hold_hostile_names() -> None:
    """A row has as many cells as its header, whatever is in it; an address cannot leave its brackets."""
    rows = [(HOSTILE, markdown.code(HOSTILE), markdown.link(HOSTILE, "https://e.example/a b>c|d"))]
    lines = markdown.table(("a", "b", "c"), rows).splitlines()
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [4, 4, 4]
    assert "(<https://e.example/a%20b%3Ec%7Cd>)" in lines[2]
    assert markdown.link("x", "javascript:alert(1)") == "x"
    assert "<script>" not in markdown.folded(HOSTILE, "inside")


def test_a_long_table_says_how_much_is_left_out() -> None:
    """A hundred rows, and the number of the others."""
    text = markdown.long_table(("n",), [(str(number),) for number in range(1200)])
    assert len(text.splitlines()) == 2 + markdown.MOST + 2
    assert text.endswith("… and 1,100 more\n")


def test_the_picture_colours_what_happened() -> None:
    """Each stage in the colour of its state, joined to the one before; labels cannot leave their boxes."""
    text = picture.flow([Stage(name="plan", lines=('v1"]; click s0',)), Stage(name="build", state="failed")])
    assert text.splitlines()[2:4] == [
        '  s0["✓ plan<br>v1 click s0"]:::done',
        '  s0 --> s1["✗ build"]:::failed',
    ]


def test_a_plan_of_many_legs_is_still_a_picture() -> None:
    """Up to twelve legs are boxes, more are one; probes stand between, channels after the release or what they wait for."""
    probe = Probe(id="p", runner="r", package="demo", artifact="a", target=Target.LINUX_X86_64)
    channels = tuple(
        ChannelPlan(id=name, kind=name, package="demo", artifacts=(), address="", after=after)
        for name, after in {"npm": (), "pypi": (), "mcp-registry": ("npm", "pypi")}.items()
    )
    planned = msgspec.structs.replace(plan(), probes=(probe,), channels=channels)
    assert picture.mermaid(planned).splitlines()[3:-1] == [
        '  plan --> leg0["python-any<br>2 files"] --> probe',
        '  probe["probe<br>1 start"] --> sign',
        '  sign["sign<br>key"] --> release["release<br>3 files"]',
        '  release --> channel0["npm"]',
        '  release --> channel1["pypi"]',
        '  channel0 & channel1 --> channel2["mcp-registry"]',
    ]
    many = msgspec.structs.replace(planned, legs=planned.legs * 13)
    assert '  plan --> leg0["build on 13 legs<br>26 files"] --> probe' in picture.mermaid(many)


def test_a_later_job_draws_what_it_was_handed() -> None:
    """Files, sizes, starts and signatures of what is there, channels that wait; what it has not seen is left out."""
    probe = Probe(id="p", runner="r", package="demo", artifact="a", target=Target.LINUX_X86_64)
    channel = ChannelPlan(id="pypi", kind="pypi", package="demo", artifacts=(), address="", after=())
    base = {"package": "", "target": Target.ANY, "media_type": "", "leg": "sign-and-attest"}
    later = (Artifact(name="r.json", kind="probe", **base), Artifact(name="a.sigstore.json", kind="bundle", **base))
    planned = msgspec.structs.replace(plan(extra=later), probes=(probe,), channels=(channel,))
    sizes = {artifact.name: 500 for artifact in planned.artifacts}
    release = Stage(name="release", lines=("published", "5 files"))
    assert picture.to_release(planned, sizes, release).splitlines()[2:8] == [
        '  s0["✓ plan<br>v1.2.0-rc.1"]:::done',
        '  s0 --> s1["✓ build<br>2 files<br>1.0 kB"]:::done',
        '  s1 --> s2["✓ probe<br>1 start"]:::done',
        '  s2 --> s3["✓ sign<br>1 signature<br>key"]:::done',
        '  s3 --> s4["✓ release<br>published<br>5 files"]:::done',
        '  s4 --> s5["· publish<br>pypi"]:::waiting',
    ]
    wheel = {name: size for name, size in sizes.items() if name.endswith(".whl")}
    states = {stage.name: stage.state for stage in picture.handed_on(planned, wheel)}
    assert states == {"plan": "done", "build": "done", "probe": "left-out", "sign": "left-out"}


def test_what_was_built_has_sizes_and_digests() -> None:
    """The heading has the outcome, the table the files."""
    text = job_summary.built(["any"], {"b": BuiltFile(name="b", size=1500, sha256=COMMIT + "0" * 24)}, 61.2)
    assert text.splitlines()[0] == "### Built any – 1 file, 1.5 kB, in 1 min 1 s"
    assert f"| b | 1.5 kB | `{COMMIT[:12]}…` |" in text


def test_what_failed_comes_before_what_was_told(tmp_path: Path) -> None:
    """``first`` goes before all of this run, and behind what others wrote; too long a summary loses its end."""
    file = tmp_path / "summary.md"
    file.write_text("of an earlier step\n\n", encoding="utf-8")
    runner = Runner({"GITHUB_STEP_SUMMARY": str(file)}, FakeTerminal())
    runner.add_summary("### Built")
    runner.add_summary("## picture", first=True)
    runner.add_summary("## ❌ failed", first=True)
    assert file.read_text(encoding="utf-8").split("\n\n")[:-1] == [
        "of an earlier step",
        "## ❌ failed",
        "## picture",
        "### Built",
    ]
    runner.add_summary("long\n" * 200_000)
    runner.add_summary("## first of all" + "\nx" * 50_000, first=True)
    whole = file.read_text(encoding="utf-8")
    assert len(whole.encode()) <= 1024 * 1024
    assert whole.endswith("long\n")
    assert "## first of all" in whole


def test_an_interruption_is_told(tmp_path: Path) -> None:
    """Whoever cancelled a job is told that running it again goes on."""
    file = tmp_path / "summary.md"
    shown = Console({"GITHUB_STEP_SUMMARY": str(file)}, FakeClock(), FakeTerminal())
    shown.command = "publish"
    shown.interrupted()
    assert "publish was interrupted" in file.read_text(encoding="utf-8")


def test_a_summary_that_cannot_be_written_is_no_second_failure(tmp_path: Path) -> None:
    """The problem is told all the same."""
    stream = FakeTerminal()
    Console({"GITHUB_STEP_SUMMARY": str(tmp_path)}, FakeClock(), stream).failed(UsageError("no room"))
    assert "no room" in stream.getvalue()
