"""MCP bundles: unpacked and started by their own ``mcp_config``, as a host does it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import msgspec

from tagship.adapters import machine
from tagship.adapters.uv import uv
from tagship.domain.files import mcpb_manifest
from tagship.domain.plans.artifact import Kind
from tagship.domain.plans.plan import Package, Probe
from tagship.domain.plans.probing import Probing
from tagship.environments import _clean, _node
from tagship.environments._unpack import unpack
from tagship.errors import CheckFailed
from tagship.ports import Launch, ProbeJob, Tools

_HINT: Final = "open the bundle in a host that takes MCPB: that is what every new user does"


class McpbEnvironment:
    """:class:`tagship.ports.Environment` for MCP bundles."""

    name: ClassVar[str] = "mcpb"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"mcpb"})

    def hindrance(self, probe: Probe, package: Package, tools: Tools) -> str:
        """Compare its platform with this one, and look for what its type needs."""
        if package.details.get("language") == "npm" and (reason := _node.hindrance("", tools)):
            return reason
        return machine.hindrance(probe.target)

    @contextmanager
    def installed(self, job: ProbeJob, tools: Tools) -> Iterator[Launch]:
        """Unpack it and read its manifest; uv bundles are installed before the clock starts."""
        place = job.folder / "installed"
        place.mkdir()
        unpack(job.file, place)
        manifest: dict[str, Any] = msgspec.json.decode((place / "manifest.json").read_bytes())
        values = (job.package.probing or Probing()).environment
        argv, variables = mcpb_manifest.started(manifest, str(place), values, job.probe.target)
        env = _clean.for_installing(job, tools)
        if argv[0] == "uv":
            argv = (uv(), *argv[1:])
            # the environment is made in the bundle's folder, like a host does; its caches are this machine's
            _clean.install([uv(), "sync", "--quiet", "--directory", str(place), "--no-dev"], job, env, tools, _HINT)
            variables |= {name: env[name] for name in ("UV_CACHE_DIR",)} | {"UV_NO_SYNC": "1"}
        elif argv[0] == "node":
            argv = (str(_node.find("", env, tools)), *argv[1:])
        elif not argv[0]:
            raise CheckFailed(f"{job.file.name}: its manifest names no command", file="manifest.json", hint=_HINT)
        yield Launch(argv=argv, env=_clean.for_running(job, tools, variables), cwd=job.folder / "home")


PLUGIN: Final = McpbEnvironment()
