"""A bundle around compiled wheels: a project of uv's that installs them, so that no host needs a compiler.

Sources: MCPB's ``uv`` servers (the host runs ``uv``), https://docs.astral.sh/uv/concepts/projects/dependencies/ (sources by
path, one per marker).
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tagship.adapters import archive
from tagship.domain.files import wheel_contents, wheel_tags
from tagship.domain.files.wheel_tags import WheelName
from tagship.domain.plans.plan import Package
from tagship.ecosystems._container_files import launcher

ENTRY: Final = "server/main.py"


def put(wheels: Sequence[Path], package: Package, to: Path) -> list[str]:
    """Put the wheels of one platform into a bundle's folder, with what installs and starts them; say what is wrong."""
    names = {path.name: name for path in wheels if (name := wheel_tags.parse(path.name))}
    names = {file: name for file, name in names.items() if not name.platforms[0].startswith("musl")}
    script = package.entry or ""
    commands = wheel_contents.scripts(archive.read_member(wheels[0], ".dist-info/entry_points.txt"))
    if not names or script not in commands:
        return [f"it has no command {script!r} to start: set `entry` of the package to one of its `[project.scripts]`"]
    (to / "wheels").mkdir(parents=True)
    for path in wheels:
        if path.name in names:
            shutil.copyfile(path, to / "wheels" / path.name)
    launcher(to / ENTRY, *commands[script])
    (to / "pyproject.toml").write_text(project(package, names), encoding="utf-8")
    return []


def started(server: Mapping[str, Any], committed: Any) -> dict[str, Any]:
    """Return how the server is started, with the variables that the committed manifest gives it."""
    config = committed.get("mcp_config") if isinstance(committed, dict) else None
    variables = config.get("env") if isinstance(config, dict) else None
    own = server["mcp_config"]
    return {**server, "mcp_config": {**own, **({"env": {**own.get("env", {}), **variables}} if variables else {})}}


def project(package: Package, names: dict[str, WheelName]) -> str:
    """Write the ``pyproject.toml``: the package from the wheels beside it, everything else from the index."""
    exact = not any(name.python.endswith("-abi3") or name.python.startswith("py") for name in names.values())
    served = sorted({_minor(name) for name in names.values()})
    requires = (f">=3.{served[0]}" if served[0] else ">=3") + (f",<3.{served[-1] + 1}" if exact else "")
    sources = [
        {"path": f"wheels/{file}", **({"marker": _marker(name)} if len(names) > 1 else {})}
        for file, name in sorted(names.items(), key=lambda each: _minor(each[1]))
    ]
    tables = ", ".join(
        "{" + ", ".join(f"{key} = {json.dumps(value)}" for key, value in one.items()) + "}" for one in sources
    )
    return (
        f"[project]\nname = {json.dumps(f'{package.name}-bundle')}\nversion = {json.dumps(package.spellings.pep440)}\n"
        f"requires-python = {json.dumps(requires)}\ndependencies = [{json.dumps(package.name)}]\n\n"
        f"[tool.uv]\npackage = false\n\n[tool.uv.sources]\n{json.dumps(package.name)} = [{tables}]\n"
    )


def _marker(name: WheelName) -> str:
    comparison = ">=" if name.python.endswith("-abi3") else "=="
    return f"python_version {comparison} '3.{_minor(name)}'"


def _minor(name: WheelName) -> int:
    interpreter = name.python.partition("-")[0]
    return int(interpreter.removeprefix("cp3")) if interpreter.startswith("cp3") else 0
