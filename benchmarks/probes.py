"""What a probe takes beside the server it starts, and how well several of them share two cores."""

import json
import resource
import shutil
from pathlib import Path
from typing import Final

import packages
from clock import ROOT, Add, clean, median, once

_SERVER: Final = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    kind, answer = message["method"], dict(jsonrpc="2.0", id=message.get("id"))
    if kind == "initialize":
        about = dict(name="bench", version="1.0.0")
        answer["result"] = dict(protocolVersion="2025-11-25", capabilities=dict(tools={}), serverInfo=about)
    elif kind == "tools/list":
        answer["result"] = dict(tools=[dict(name="add", description="Add.", inputSchema=dict(type="object"))])
    else:
        answer["error"] = dict(code=-32601, message="Method not found")
    if "id" in message:
        print(json.dumps(answer), flush=True)
"""
_TALK: Final = ("server/discover", "initialize", "tools/list")
_EIGHT: Final = 4
"""Packages, each a wheel and a source distribution."""


def measure(add: Add, place: Path, tagship: Path) -> None:
    """Measure one probe beside its server alone, and eight probes beside the CPU time that they take."""
    folder = place / "probe"
    folder.mkdir()
    server, talk = folder / "server.py", folder / "talk"
    server.write_text(_SERVER, encoding="utf-8")
    lines = [json.dumps({"jsonrpc": "2.0", "id": n, "method": kind, "params": {}}) for n, kind in enumerate(_TALK)]
    talk.write_text("\n".join(lines) + "\n", encoding="utf-8")
    alone = median(["sh", "-c", f"python3 {server} < {talk}"], cwd=folder)
    whole = median([tagship, "probe", "--command", f"python3 {server}"], cwd=folder)
    add("probe of one server, our own part", whole - alone, {"the server, spoken to by a pipe": alone}, "≤ 0.15 s")

    wall, processor = _eight(place / "eight", tagship)
    add(
        "8 probes, each in a fresh environment, 2 at a time",
        wall,
        {"half of the CPU time they take": processor / 2},
        "≤ 1.3 × of it",
    )


def _eight(project: Path, tagship: Path) -> tuple[float, float]:
    """Return seconds on the wall, and of all processors, of eight probes in one run."""
    for number in range(_EIGHT):
        name = f"bench-server-{number}"
        module = project / name / "src" / name.replace("-", "_")
        module.mkdir(parents=True)
        shutil.copyfile(ROOT / "LICENSE", project / name / "LICENSE")
        code = _SERVER.strip().replace("\n", "\n    ")
        (module / "__init__.py").write_text(f"def main():\n    {code}\n", encoding="utf-8")
        (project / name / "README.md").write_text(f"mcp-name: io.github.octo/{name}\n", encoding="utf-8")
        (project / name / "pyproject.toml").write_text(
            f'[project]\nname = "{name}"\nversion = "1.0.0"\nreadme = "README.md"\nlicense = "Apache-2.0"\n'
            f'requires-python = ">=3.11,<3.12"\n[project.scripts]\n{name} = "{name.replace("-", "_")}:main"\n'
            '[build-system]\nrequires = ["uv_build>=0.9"]\nbuild-backend = "uv_build"\n',
            encoding="utf-8",
        )
    packages.commit(project, "feat: begin")
    for command in ("build-matrix", "build"):
        once([tagship, command], clean(), cwd=project)
    argv: list[str | Path] = [tagship, "probe", "--jobs", "2"]
    once(argv, clean(), cwd=project)
    shutil.rmtree(project / "dist" / "probe")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = once(argv, clean(), cwd=project)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
