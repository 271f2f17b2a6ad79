"""What a PowerShell script says, read by tree-sitter's grammar: what is no PowerShell 5.1, and what nobody defined.

It reads and does not run: names of commands, their parameters, variables and members are compared with what
:mod:`tests.tools.powershell_names` lists.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from tree_sitter import Language, Node, Parser

from tests.tools import powershell_names as names

QUOTES: Final = "'\u2018\u2019\u201a\u201b"
_NEWER: Final = frozenset({"&&", "||"})
"""What PowerShell 7 added and the grammar knows; all else that is new is an error to it."""


class Word(NamedTuple):
    """An element of an array of words: a text, or the name of a variable."""

    text: str
    variable: bool


def problems(script: bytes) -> list[str]:
    """Say what is wrong with a script, with the line."""
    root = parsed(script)
    broken = [_at(node, "is no PowerShell") for node in _walk(root) if node.is_error or node.is_missing]
    if broken:
        return broken
    found = [*_syntax(root), *_commands(root), *_members(root)]
    return [*found, *_variables(root)]


def parsed(script: bytes) -> Node:
    """Return the root of the tree."""
    return _parser().parse(script).root_node


def texts(script: bytes) -> list[str]:
    """Return what the texts in single quotes say, as PowerShell reads them: of two quotes one stays."""
    literals = [_text(node)[1:-1] for node in _walk(parsed(script)) if node.type == "verbatim_string_characters"]
    return [re.sub(f"[{QUOTES}]([{QUOTES}])", r"\1", literal) for literal in literals]


def arrays(script: bytes, name: str, *, function: str = "") -> list[list[Word]]:
    """Return each ``@(…)`` that is given to a variable, or to an entry of a table, of that name (in one function)."""
    root = parsed(script)
    scopes = [node for node in _walk(root) if _defines(node, function)] if function else [root]
    return [_words(node) for scope in scopes for node in _walk(scope) if _is_given(node, name)]


def parameters(script: bytes, *, function: str = "") -> set[str]:
    """Return the parameters of the script, or of one of its functions."""
    root = parsed(script)
    scopes = [node for node in _walk(root) if _defines(node, function)] if function else [root]
    return {name for scope in scopes for name in _parameters(scope)}


def handed_on(script: bytes, command: str) -> list[set[str]]:
    """Return the parameters that each call of a command names."""
    calls = [node for node in _walk(parsed(script)) if node.type == "command"]
    named = [node for node in calls if _called(node) == command]
    return [{_text(each)[1:] for each in _given(node)} for node in named]


def _called(command: Node) -> str:
    name = command.child_by_field_name("command_name")
    return _text(name) if name is not None else ""


def _defines(node: Node, function: str) -> bool:
    return node.type == "function_statement" and _function(node) == function


def _is_given(node: Node, name: str) -> bool:
    if node.type == "hash_entry":
        return _text(node.children[0]) == name
    return node.type == "assignment_expression" and _text(node.children[0]) == f"${name}"


def _words(node: Node) -> list[Word]:
    leaves = [each for each in _walk(node.children[-1]) if each.type in {"variable", "verbatim_string_characters"}]
    return [Word(_text(each).strip("'$"), each.type == "variable") for each in leaves]


@cache
def _parser() -> Parser:
    import tree_sitter_powershell

    return Parser(Language(tree_sitter_powershell.language()))


def _walk(node: Node, leave_out: str = "") -> Iterator[Node]:
    """Go through a tree from its begin to its end; it is deep: each level of precedence is one of the tree."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += (each for each in reversed(one.children) if each.type != leave_out)


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _at(node: Node, words: str) -> str:
    return f"{node.start_point.row + 1}: {_text(node).splitlines()[0] if _text(node) else node.type} {words}"


def _syntax(root: Node) -> Iterator[str]:
    for node in _walk(root):
        if node.type in _NEWER:
            yield _at(node, "is newer than 5.1")
        if node.type == "expandable_string_literal" and re.search(r"\$\w+:(?!\w)", _text(node)):
            yield _at(node, "has a variable with a colon behind it: put it into braces")
        if node.type == "verbatim_string_characters" and re.search(
            f"[{QUOTES}]", re.sub(f"[{QUOTES}]{{2}}", "", _text(node)[1:-1])
        ):
            yield _at(node, "ends before its last quote")


def _commands(root: Node) -> Iterator[str]:
    own = {_function(node): _parameters(node) for node in _walk(root) if node.type == "function_statement"}
    known = {name.lower(): frozenset(map(str.lower, given)) for name, given in {**names.CMDLETS, **own}.items()}
    called = set()
    for node in _walk(root):
        name = node.child_by_field_name("command_name") if node.type == "command" else None
        if name is None or name.type != "command_name":
            continue
        called.add(_text(name).lower())
        if _text(name).lower() not in known:
            yield _at(name, "is no command")
            continue
        for each in _given(node):
            if _text(each)[1:].lower() not in known[_text(name).lower()]:
                yield _at(each, f"is no parameter of {_text(name)}")
    yield from (f"{name} is called by nobody" for name in own if name.lower() not in called)


def _given(command: Node) -> Iterator[Node]:
    for elements in command.children:
        yield from (each for each in elements.children if each.type == "command_parameter")


def _function(node: Node) -> str:
    return next(_text(each) for each in node.children if each.type == "function_name")


def _parameters(scope: Node) -> set[str]:
    return {_text(node)[1:] for node in _declared(scope)}


def _declared(scope: Node) -> Iterator[Node]:
    for node in _inside(scope):
        if node.type == "script_parameter":
            yield from (each for each in node.children if each.type == "variable")


def _inside(scope: Node) -> Iterator[Node]:
    """Walk through a function, or the script, without the functions in it."""
    return _walk(scope, leave_out="function_statement")


def _members(root: Node) -> Iterator[str]:
    keys = {_text(node.children[0]).lower() for node in _walk(root) if node.type == "hash_entry"}
    for node in _walk(root):
        if node.type == "type_spec" and _text(node).lower() not in names.TYPES:
            yield _at(node, "is no type")
        member = next((each for each in node.children if each.type == "member_name"), None)
        if member is None:
            continue
        of_type = node.children[0].type == "type_literal"
        called = f"{_text(node.children[0])}::{_text(member)}" if of_type else _text(member)
        if called.lower() not in names.MEMBERS | (set() if of_type else keys):
            yield _at(member, f"is no member of {_text(node.children[0])}" if of_type else "is no member")


def _variables(scope: Node, around: frozenset[str] = frozenset()) -> Iterator[str]:
    """Say what is read and was never set here, in a function around or by PowerShell; and what is set and never read."""
    targets = list(_targets(scope))
    made = frozenset(_name(node) for node in targets)
    visible = around | made | names.VARIABLES
    set_here = {node.start_byte for node in targets}
    for node in _inside(scope):
        if node.type == "variable" and node.start_byte not in set_here and _name(node) not in visible:
            yield _at(node, "is never set")
    read = {_name(node) for node in _walk(scope) if node.type == "variable" and node.start_byte not in set_here}
    yield from (f"${name} is never read" for name in sorted(made - read - names.VARIABLES))
    functions = [each for node in _inside(scope) for each in node.children if each.type == "function_statement"]
    for function in functions:
        yield from _variables(function, around | made)


def _targets(scope: Node) -> Iterator[Node]:
    """Find the variables that are given a value: parameters, left sides of ``=``, those of ``foreach``."""
    yield from _declared(scope)
    for node in _inside(scope):
        if node.type == "left_assignment_expression":
            yield from (each for each in _walk(node) if each.type == "variable" and _is_whole(each, node))
        if node.type == "foreach_statement":
            yield from (each for each in node.children if each.type == "variable")


def _is_whole(variable: Node, left: Node) -> bool:
    """Whether it is set itself, not a member or an element of it."""
    above = variable.parent
    while above is not None and above != left:
        if above.type in {"member_access", "element_access", "invokation_expression"}:
            return False
        above = above.parent
    return True


def _name(variable: Node) -> str:
    return _text(variable).lower().lstrip("$@").strip("{}")
