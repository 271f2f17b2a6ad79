"""The documents are true: links, commands, examples, the tree, the named tests."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import pytest
import yaml

from tagship import options
from tagship.cli import COMMANDS

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGE: Final = ROOT / "src" / "tagship"
FENCE: Final = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\(<?([^)>\s]+)>?\)")
HEADING: Final = re.compile(r"^#+ +(.+)$", re.MULTILINE)
TEST: Final = re.compile(r"(tests/[\w/]+(?:\.py|/))(?:::(\w+))?")
ADR_PARTS: Final = ("- Date: ", "- Status: ", "## Context\n", "## Decision\n", "## Consequences\n")


def _pages() -> list[Path]:
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file())


PAGES: Final = [page.relative_to(ROOT).as_posix() for page in _pages()]
ADRS: Final = [name for name in PAGES if re.fullmatch(r"docs/adr/\d{4}-[a-z0-9-]+\.md", name)]


def _text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def _prose(page: str) -> str:
    return FENCE.sub("", _text(page))


def _blocks(page: str, *languages: str) -> list[str]:
    return [code for language, code in FENCE.findall(_text(page)) if language in languages]


def _anchor(heading: str) -> str:
    """Make the anchor GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings(page: str) -> None:
    """Every relative link of a page leads to a file, and its anchor to a heading."""
    broken = []
    for target in LINK.findall(_prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = ((ROOT / page).parent / name).resolve() if name else ROOT / page
        anchors = (
            {_anchor(h) for h in HEADING.findall(path.read_text(encoding="utf-8"))} if path.suffix == ".md" else set()
        )
        if not path.exists() or (anchor and anchor not in anchors):
            broken.append(target)
    assert broken == []


def _commands(page: str) -> Iterator[str]:
    lines = [line for code in _blocks(page, "", "sh", "bash", "console", "yaml", "yml") for line in code.splitlines()]
    spans = re.findall(r"`([^`\n]+)`", _prose(page))
    for text in [*lines, *spans]:
        match = re.match(r"(?:\$ )?(?:- )?(?:run: )?(?:uvx (?:--from \S+ )?|uv run )?tagship ([a-z-].*)$", text.strip())
        if match:
            yield match[1].partition(" | ")[0]


@pytest.mark.parametrize("page", PAGES)
def test_commands_parse(page: str) -> None:
    """Every tagship command that a page shows exists and takes the flags it is given."""
    for line in _commands(page):
        name, *arguments = shlex.split(line, comments=True)
        if name in {"--version", "--help", "schema"}:
            continue
        assert name in COMMANDS, line
        try:
            options.command(name, "", lambda *_: 0).make_context(name, arguments)
        except click.ClickException as error:
            pytest.fail(f"{page}: tagship {line}: {error.format_message()}")


def test_commands_are_found() -> None:
    """The check above sees the commands in blocks and in running text."""
    assert {"release"} <= {line.split()[0] for line in _commands("README.md")}
    assert any("--generate-key" in line for line in _commands("docs/keys.md"))


def _steps(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if str(node.get("uses", "")).startswith("tagship/tagship"):
            yield node
        for value in node.values():
            yield from _steps(value)
    elif isinstance(node, list):
        for value in node:
            yield from _steps(value)


@pytest.mark.parametrize("page", PAGES)
def test_yaml_parses_and_uses_real_inputs(page: str) -> None:
    """Every YAML block parses, and each step gives our actions only inputs that they have."""
    for code in _blocks(page, "yaml", "yml"):
        for step in _steps(yaml.safe_load(code)):
            path = step["uses"].partition("@")[0].removeprefix("tagship/tagship").strip("/")
            file = ROOT / path if path.endswith(".yml") else ROOT / path / "action.yml"
            action = yaml.safe_load(file.read_text(encoding="utf-8"))
            # YAML 1.1 reads the key `on` as true.
            declared = action.get("inputs") or action[True]["workflow_call"]["inputs"]
            assert set(step.get("with", {})) <= set(declared), f"{page}: {step['uses']}"


def _drawn() -> set[str]:
    """Read the tree of the architecture page: two spaces deeper is one folder deeper."""
    code = next(code for code in _blocks("docs/architecture.md", "text") if "src/tagship/" in code)
    found: set[str] = set()
    above: list[str] = []
    for line in code.splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        name, meaning = ([*line.split(maxsplit=1), ""])[:2]
        above[depth:] = [name]
        found.add("".join(above))
        assert meaning or depth < 2, f"{name} is not explained"
    return found


def _real() -> set[str]:
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / "actions").glob("*.py")}
    found |= {f"actions/{path.parent.name}/" for path in (ROOT / "actions").glob("*/action.yml")}
    for path in PACKAGE.rglob("*"):
        name = path.relative_to(ROOT).as_posix()
        if path.is_dir() and path.name != "__pycache__":
            found.add(f"{name}/")
        elif path.suffix in {".py", ".j2"} and (path.name != "__init__.py" or path.parent == PACKAGE):
            found.add(name)
    return found


def test_the_drawn_tree_is_the_tree() -> None:
    """The architecture page names every module of the package and every action, and nothing that is not there."""
    drawn = _drawn()
    assert set() == _real() - drawn
    assert set() == {name for name in drawn if not (ROOT / name).exists()}


def test_rules_live_where_the_page_says() -> None:
    """Each module and name in the table of rules is there."""
    table = _prose("docs/architecture.md").partition("## Where each rule lives")[2].partition("\n## ")[0]
    places = re.findall(r"`([\w/]+\.py)`(?: `(\w+)`)?", table)
    assert len(places) > 10
    for module, name in places:
        code = (PACKAGE / module).read_text(encoding="utf-8")
        assert not name or re.search(rf"^\s*(?:def |class )?{name}\b", code, re.MULTILINE), f"{module}: {name}"


@pytest.mark.parametrize("adr", ADRS)
def test_decisions_have_their_form(adr: str) -> None:
    """A decision has date, status, context, decision and consequences, at most 40 lines, and is in the index."""
    text = _text(adr)
    assert [part for part in ADR_PARTS if part not in text] == []
    assert len(text.splitlines()) <= 40
    title = text.splitlines()[0].removeprefix(f"# {Path(adr).name[:4]}: ")
    assert f"]({Path(adr).name}) | {title} |" in _text("docs/adr/README.md")


@pytest.mark.parametrize("page", [name for name in PAGES if name.startswith("docs/") or "/" not in name])
def test_named_tests_exist(page: str) -> None:
    """A page that names a test or a folder of tests as proof names one that is there."""
    for file, function in TEST.findall(_text(page)):
        path = ROOT / file
        assert path.exists(), file
        assert not function or f"def {function}(" in path.read_text(encoding="utf-8"), f"{file}::{function}"


def test_every_proof_of_the_threat_model_exists() -> None:
    """A test that the threat model names without its file is in test_threats.py, and each test there is named."""
    code = (ROOT / "tests" / "integration" / "test_threats.py").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|test_threats\.py::)(test_\w+)`", _prose("docs/threat-model.md")))
    assert named == set(re.findall(r"^def (test_\w+)\(", code, re.MULTILINE))


def test_the_comparison_of_the_readme_is_that_of_its_page() -> None:
    """Seven tools in both; every cell of the README's table says what the page with sources and versions says."""
    readme = _rows(_prose("README.md"), "| next version")
    page = {row[0]: row[1:] for row in _rows(_prose("docs/comparison.md"), "| ")}
    assert all(len(row) == 8 for row in readme)
    shared = [row for row in readme if row[0] in page]
    assert len(shared) >= 6
    assert [row for row in shared if row[1:] != page[row[0]]] == []


def _rows(text: str, start: str) -> list[list[str]]:
    """Read the rows of the tables that follow a start, with as many cells as there are tools."""
    lines = text[text.index(start) :].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in rows if len(row) == 8]
