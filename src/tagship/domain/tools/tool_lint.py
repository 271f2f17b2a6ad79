"""What clients, models and directories stumble over in the tools, prompts and instructions of a server.

Sources: tool names and annotations https://modelcontextprotocol.io/specification/2026-07-28/server/tools; names in the API of
Claude (``^[a-zA-Z0-9_-]{1,64}$``) https://docs.claude.com/en/docs/agents-and-tools/tool-use/implement-tool-use; annotations
that Anthropic's directory asks for https://support.claude.com/en/articles/12922832-local-mcp-server-submission-guide; at most
128 tools in VS Code https://code.visualstudio.com/docs/copilot/chat/chat-agent-mode; hidden instructions ("tool poisoning",
MCP03) https://owasp.org/www-project-mcp-top-10/.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from tagship.domain.files.contents import secret_in
from tagship.domain.text import invisible
from tagship.domain.tools.probe_report import Finding, Prompt, Severity, Tool

_SPECIFIED: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_EVERYWHERE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HINTS: Final = ("readOnlyHint", "destructiveHint")
_BOOLEANS: Final = (*_HINTS, "idempotentHint", "openWorldHint")
_PATH: Final = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\Users\\)(?P<who>[\w.-]+)[/\\]\w")
_ANYBODY: Final = frozenset(
    {
        "user",
        "username",
        "name",
        "you",
        "me",
        "your-name",
        "yourname",
        "your_username",
        "alice",
        "bob",
        "john",
        "jane",
        "example",
    }
    | {"public", "shared", "myuser", "youruser", "runner"}
)
_CHARACTERS_A_TOKEN: Final = 4
MOST_TOKENS: Final = 20_000
MOST_TOOLS: Final = 128


def tokens(tools: Sequence[Tool]) -> int:
    """Estimate what the list costs a model on each turn: names, descriptions and input schemas, four characters a token."""
    seen = [{"name": tool.name, "description": tool.description, "input_schema": tool.input_schema} for tool in tools]
    return len(msgspec.json.encode(seen)) // _CHARACTERS_A_TOKEN if seen else 0


def findings(
    tools: Sequence[Tool], prompts: Sequence[Prompt] = (), *, instructions: str = "", wrong_schemas: Mapping[str, str]
) -> tuple[Finding, ...]:
    """Return all findings, sorted by tool and rule; ``wrong_schemas`` is what a validator said, by tool."""
    found = [finding for tool in tools for finding in _of_tool(tool)]
    found += [_finding("input-schema", "error", problem, tool) for tool, problem in wrong_schemas.items()]
    found += _of_list(tools)
    for prompt in prompts:
        found += _texts(f"prompt {prompt.name}", [prompt.name, prompt.title, prompt.description, *prompt.arguments])
    found += _texts("", [instructions])
    return tuple(sorted(set(found), key=lambda each: (each.tool, each.rule, each.message)))


def duplicates(tools: Sequence[Tool]) -> tuple[str, ...]:
    """Return names that several tools have."""
    return tuple(sorted(name for name, count in Counter(tool.name for tool in tools).items() if count > 1))


def _of_list(tools: Sequence[Tool]) -> Iterator[Finding]:
    for name in duplicates(tools):
        yield _finding("tool-name-unique", "error", "several tools have this name: clients keep one of them", name)
    if (cost := tokens(tools)) > MOST_TOKENS:
        yield _finding("list-size", "warning", f"the list of tools costs about {cost:,} tokens of every conversation")
    if len(tools) > MOST_TOOLS:
        yield _finding(
            "list-size", "warning", f"{len(tools)} tools: some clients take {MOST_TOOLS} at most, of all servers"
        )


def _of_tool(tool: Tool) -> Iterator[Finding]:
    if not _SPECIFIED.fullmatch(tool.name):
        yield _finding("tool-name", "error", "its name is not 1 to 128 of A-Z a-z 0-9 _ - .", tool.name)
    elif not _EVERYWHERE.fullmatch(tool.name):
        yield _finding("tool-name", "warning", "some clients take only 1 to 64 of A-Z a-z 0-9 _ - as a name", tool.name)
    if not tool.description.strip():
        yield _finding(
            "tool-description", "warning", "it has no description: a model cannot know when to use it", tool.name
        )
    bare = _undescribed(tool.input_schema)
    if bare:
        shown = ", ".join(invisible.escaped(name, 40) for name in bare[:5])
        yield _finding("argument-description", "notice", f"arguments without a description: {shown}", tool.name)
    yield from _of_annotations(tool)
    yield from _texts(tool.name, [tool.name, tool.title, tool.description, *_strings(tool.input_schema)])
    yield from _texts(tool.name, [*_strings(tool.output_schema), *_strings(tool.annotations)])


def _of_annotations(tool: Tool) -> Iterator[Finding]:
    if not any(isinstance(tool.annotations.get(hint), bool) for hint in _HINTS):
        message = "neither readOnlyHint nor destructiveHint is set: Anthropic's directory asks for one"
        yield _finding("tool-annotations", "warning", message, tool.name)
    for hint in _BOOLEANS:
        if hint in tool.annotations and not isinstance(tool.annotations[hint], bool):
            yield _finding("tool-annotations", "error", f"{hint} is neither true nor false", tool.name)
    if tool.annotations.get("readOnlyHint") is True and tool.annotations.get("destructiveHint") is True:
        yield _finding("tool-annotations", "warning", "it is said to be read-only and destructive at once", tool.name)


def _texts(tool: str, texts: Iterable[str]) -> Iterator[Finding]:
    """Look at everything that a model reads: what hides, what should not be known, what only one machine has."""
    whole = "\n".join(texts)
    for kind in invisible.kinds(whole):
        yield _finding("hidden-text", "error", f"its texts have {kind}: what is hidden may instruct a model", tool)
    if secret := secret_in("", whole.encode("utf-8", "replace")):
        yield _finding("secret", "error", f"in its texts, {secret}", tool)
    paths = {match[0] for match in _PATH.finditer(whole) if match["who"].lower() not in _ANYBODY}
    if paths:
        yield _finding("absolute-path", "warning", "its texts name a path of one machine, or of one person", tool)


def _undescribed(schema: Any) -> list[str]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return []
    return [name for name, inner in properties.items() if isinstance(inner, dict) and not inner.get("description")]


def _strings(value: Any) -> Iterator[str]:
    """Yield every key and text of a JSON value, however deep."""
    left = [value]
    while left:
        match left.pop():
            case str() as text:
                yield text
            case dict() as members:
                left += [*members.keys(), *members.values()]
            case list() as items:
                left += items


def _finding(rule: str, severity: Severity, message: str, tool: str = "") -> Finding:
    return Finding(rule=rule, severity=severity, tool=tool, message=message)
