"""The tools that a bundle's server lists, for its manifest: it is started once, right after it was built.

Hosts show them before the bundle is installed (MANIFEST.md of github.com/modelcontextprotocol/mcpb: ``tools``).
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from tagship.adapters import machine
from tagship.adapters.shell import scrubbed
from tagship.adapters.uv import cache_folder, uv
from tagship.ecosystems._wrapping import member
from tagship.mcp.probe import probe_command
from tagship.ports import BuildJob, Launch, Tools, Wanted

_SECONDS: Final = 60


def listed(job: BuildJob, bundle: Path, tools: Tools) -> list[dict[str, Any]] | None:
    """Return name and description of each tool; ``None`` where the server cannot be asked, here or at all.

    ``bundle`` is the unpacked bundle of an npm package. A server that needs configuration is started with the dummy values of
    the configuration; what it is worth is the probe's business, later.
    """
    probing = job.package.probing
    if probing is None:
        return None
    with tempfile.TemporaryDirectory(dir=job.out) as folder:
        argv = _command(job, bundle, Path(folder))
        if not argv:
            return None
        home = dict.fromkeys(("HOME", "USERPROFILE"), folder)
        seen = scrubbed(job.environment)
        env = {**seen, **home, "UV_CACHE_DIR": str(cache_folder(seen)), **probing.environment}
        found = probe_command(
            Launch(argv=(*argv, *probing.arguments), env=env, cwd=Path(folder)), Wanted(timeout=_SECONDS), tools
        ).probe
    if found.verdict not in {"ok", "wrong-version"}:
        tools.reporter.info(f"{job.package.name}: no tools in the bundle's manifest: {found.reason}")
        return None
    return [{"name": tool.name, "description": tool.description} for tool in found.tools]


def _command(job: BuildJob, bundle: Path, folder: Path) -> Sequence[str]:
    """Return how the server is started from what this leg made; empty where that is not for this machine."""
    entry = job.package.program
    mine = {each.name: each for each in job.plan.built if each.package == job.package.wraps and each.name in job.made}
    language = job.package.details.get("language")
    if language == "python":
        wheel = next((job.made[name] for name, each in mine.items() if each.kind == "wheel"), None)
        return (uv(), "tool", "run", "--quiet", "--no-config", "--from", str(wheel), entry) if wheel else ()
    if language == "npm":
        return _script(bundle, job)
    archive = next((job.made[n] for n, a in mine.items() if a.kind == "archive" and a.target == machine.target()), None)
    if archive is None:
        return ()
    name = f"{entry}.exe" if os.name == "nt" else entry
    program = folder / name
    program.write_bytes(member(archive, name))
    program.chmod(0o755)
    return (str(program),)


def _script(bundle: Path, job: BuildJob) -> Sequence[str]:
    manifest = msgspec.json.decode((bundle / "manifest.json").read_bytes(), type=dict[str, Any])
    node = shutil.which("node", path=job.environment.get("PATH"))
    return (node, str(bundle / str(manifest["server"]["entry_point"]))) if node else ()
