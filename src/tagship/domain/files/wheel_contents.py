"""What a wheel must hold so that its commands start: its modules, what its entry points name, no tests beside them.

Sources: https://packaging.python.org/en/latest/specifications/entry-points/ and
https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
"""

import ast
import configparser
import re
from collections.abc import Collection, Mapping
from pathlib import PurePosixPath
from typing import Final

_SCRIPTS: Final = ("console_scripts", "gui_scripts")
_STRAY: Final = frozenset({"test", "tests", "testing", "examples", "docs", "benchmarks", "node_modules"})
_COMPILED: Final = (".so", ".pyd")
_MODULES: Final = (".py", *_COMPILED)
_DATA: Final = re.compile(r"[^/]+\.data/(?:purelib|platlib)/")
_POINT: Final = re.compile(r"(?P<module>[\w.]+)\s*:\s*(?P<attribute>[\w.]+)\s*(?:\[.*\])?")


def scripts(entry_points: str) -> dict[str, tuple[str, str]]:
    """Read ``entry_points.txt``: command → module and attribute; what is no such line is left out."""
    parser = configparser.ConfigParser(delimiters=("=",), interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(entry_points)
    except configparser.Error:
        return {}
    found = {name: value for kind in _SCRIPTS if parser.has_section(kind) for name, value in parser.items(kind)}
    matches = {name: _POINT.fullmatch(value.strip()) for name, value in found.items()}
    return {name: (match["module"], match["attribute"]) for name, match in matches.items() if match}


def module_file(module: str, names: Collection[str]) -> str:
    """Find the member that a module is imported from; empty when there is none."""
    path = module.replace(".", "/")
    installed = {_DATA.sub("", name): name for name in names}
    for wanted in (f"{path}/__init__.py", f"{path}.py"):
        if wanted in installed:
            return installed[wanted]
    compiled = re.compile(rf"{re.escape(path)}(?:/__init__)?(?:\.[\w-]+)?(?:{'|'.join(map(re.escape, _COMPILED))})")
    return next((name for short, name in sorted(installed.items()) if compiled.fullmatch(short)), "")


def problems(
    names: Collection[str], commands: Mapping[str, tuple[str, str]], sources: Mapping[str, str], name: str
) -> list[str]:
    """Say all that is wrong with a wheel of these members.

    ``sources`` are the texts of the modules of its commands, ``name`` that of the distribution.
    """
    installed = [_DATA.sub("", member) for member in names if ".dist-info/" not in member]
    wrong = [] if any(each.endswith(_MODULES) for each in installed) else ["there is no Python module in it"]
    tops = {PurePosixPath(each).parts[0] for each in installed if "/" in each and each.endswith(_MODULES)}
    wrong += [
        f"{top}/ is in it: it would be installed as a package of that name, for everybody"
        for top in sorted(tops & _STRAY - {name.lower().replace("-", "_")})
    ]
    for command, (module, attribute) in sorted(commands.items()):
        file = module_file(module, names)
        if not file:
            wrong.append(f"the command {command!r} needs the module {module}, which is not in it")
        elif file in sources and not _defines(sources[file], attribute.partition(".")[0]):
            wrong.append(f"the command {command!r} calls {attribute} of {module}, which defines no such name")
    return wrong


def _defines(source: str, wanted: str) -> bool:
    """Say whether a module binds a name, as far as can be seen without running it."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return True  # of another Python, perhaps
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return bool(bound & {wanted, "*", "__getattr__"})
