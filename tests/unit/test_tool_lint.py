"""What clients, models and directories stumble over, and what they do not."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tagship.domain.tools import tool_lint
from tagship.domain.tools.probe_report import Prompt, Tool
from tests.unit.samples import listed_tool

TEXT = {"type": "string", "description": "A text."}


def tool(**changes: Any) -> Tool:
    return msgspec.structs.replace(listed_tool(a=TEXT), **changes)


def rules(*tools: Tool, **more: Any) -> set[tuple[str, str]]:
    found = tool_lint.findings(tools, wrong_schemas=more.pop("wrong_schemas", {}), **more)
    return {(finding.rule, finding.severity) for finding in found}


def test_a_good_tool_has_no_finding() -> None:
    """Described, annotated, with a plain name: nothing to say."""
    assert rules(tool()) == set()
    assert rules(tool(annotations={"destructiveHint": False})) == set()


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("a" * 64, None),
        ("a" * 65, "warning"),
        ("admin.list", "warning"),
        ("a" * 129, "error"),
        ("two words", "error"),
        ("é", "error"),
    ],
)
def test_names(name: str, severity: str | None) -> None:
    """The specification lets more through than some clients do; what neither lets through is an error."""
    assert rules(tool(name=name)) == ({("tool-name", severity)} if severity else set())


@pytest.mark.parametrize(
    ("changes", "rule", "severity"),
    [
        ({"description": " "}, "tool-description", "warning"),
        ({"input_schema": {"properties": {"a": {"type": "string"}}}}, "argument-description", "notice"),
        ({"annotations": {}}, "tool-annotations", "warning"),
        ({"annotations": {"title": "A"}}, "tool-annotations", "warning"),
        ({"annotations": {"readOnlyHint": True, "openWorldHint": "no"}}, "tool-annotations", "error"),
        ({"annotations": {"readOnlyHint": True, "destructiveHint": True}}, "tool-annotations", "warning"),
        ({"description": "Reads /home/mallory/project/x.json."}, "absolute-path", "warning"),
        ({"description": r"Reads C:\Users\mallory\x.json."}, "absolute-path", "warning"),
        ({"input_schema": {"properties": {"a": {"description": "In /Users/eve/x."}}}}, "absolute-path", "warning"),
        ({"description": "Uses AKIA" + "ABCDEFGHIJKLMNOP."}, "secret", "error"),
    ],
)
def test_findings(changes: dict[str, Any], rule: str, severity: str) -> None:
    """Each rule finds what it is for, and nothing else does."""
    assert rules(tool(**changes)) == {(rule, severity)}


@pytest.mark.parametrize("path", ["/home/user/x", "/Users/you/x", r"C:\Users\username\x", "/etc/hosts", "~/x"])
def test_paths_of_nobody(path: str) -> None:
    """Examples with nobody's name are no paths of one machine."""
    assert rules(tool(description=f"Reads {path}.")) == set()


HIDDEN = [
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u202e",
    "\u2066",
    "\u200e",
    "\U000e0041",
    "󠄁",
    "\x1b[8m",
    "\x07",
    "\x9b",
    "ㅤ",
    "a\u200d",
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_text_is_found_wherever_it_is(hidden: str) -> None:
    """In descriptions, titles, names of arguments, defaults, results and annotations, prompts and instructions."""
    text = f"Adds.{hidden}"
    places = [
        {"description": text},
        {"title": text},
        {"input_schema": {"properties": {text: TEXT}}},
        {"input_schema": {"properties": {"a": {**TEXT, "default": [{"x": text}]}}}},
        {"output_schema": {"description": text}},
        {"annotations": {"readOnlyHint": True, "title": text}},
    ]
    for changes in places:
        assert rules(tool(**changes)) == {("hidden-text", "error")}, changes
    assert rules(instructions=text) == {("hidden-text", "error")}
    assert rules(prompts=[Prompt(name="p", description=text)]) == {("hidden-text", "error")}


@pytest.mark.parametrize("text", ["Größe – 大きさ", "می‌خواهم", "👩‍💻 ❤️", "a\n\tb", "עברית العربية"])
def test_scripts_and_emoji_hide_nothing(text: str) -> None:
    """Joiners between characters that need them, line ends and other scripts are text."""
    assert rules(tool(description=text)) == set()


def test_hidden_text_is_found_at_any_depth() -> None:
    """Nesting is no hiding place."""
    schema: Any = "x\u200b"
    for _ in range(5000):
        schema = [schema]
    assert ("hidden-text", "error") in {
        (finding.rule, finding.severity) for finding in tool_lint._texts("a", tool_lint._strings(schema))
    }


def test_the_list_as_a_whole() -> None:
    """Names that occur twice, and lists that cost too much."""
    assert rules(tool(), tool()) == {("tool-name-unique", "error")}
    many = [tool(name=f"t{number}") for number in range(129)]
    assert rules(*many) == {("list-size", "warning")}
    assert rules(tool(description="x" * 4 * tool_lint.MOST_TOKENS)) == {("list-size", "warning")}
    assert tool_lint.tokens([]) == 0
    assert 30 < tool_lint.tokens([tool()]) < 60


def test_what_the_validator_said_is_a_finding() -> None:
    """Schemas are checked by a validator outside; its words are kept with the tool."""
    found = tool_lint.findings([tool()], wrong_schemas={"add": "inputSchema is missing"})
    assert [(each.rule, each.tool, each.message) for each in found] == [
        ("input-schema", "add", "inputSchema is missing")
    ]


def test_every_rule_is_documented() -> None:
    """The page about probes has a line for each rule, and for none that there is not."""
    root = Path(__file__).parents[2]
    code = "".join((root / "src" / "tagship" / file).read_text(encoding="utf-8")
                   for file in ("domain/tools/tool_lint.py", "mcp/judge.py", "mcp/probe.py"))  # fmt: skip
    found = re.findall(r'"([a-z]+(?:-[a-z]+)*)",\s+"(?:error|warning|notice)"', code)
    found += re.findall(r'Finding\(rule="([a-z-]+)"', code)
    rules_ = {rule for rule in found if rule}
    page = (root / "docs" / "probe.md").read_text(encoding="utf-8").partition("## Findings")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE)
    assert {rule for line in lines for rule in re.findall(r"`([a-z-]+)`", line)} == rules_
