"""The Containerfile that tagship writes for a project without one, and the labels of every image.

Labels: https://github.com/opencontainers/image-spec/blob/main/annotations.md; the name of the MCP server proves to the MCP
Registry whose image it is.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from tagship.domain.manifests.server import Server
from tagship.domain.plans.plan import Package, Plan

USER: Final = "65532:65532"
"""The user that "nonroot" images agreed upon: owns nothing."""
MCP_NAME: Final = "io.modelcontextprotocol.server.name"
_OCI: Final = "org.opencontainers.image."
_PROBES: Final = {
    "python": ("python3", "-c", "import socket; socket.create_connection(('127.0.0.1', {port}), 3)"),
    "npm": (
        "node",
        "-e",
        "require('net').connect({port}, '127.0.0.1').on('connect', () => process.exit(0)).on('error', () => process.exit(1))",
    ),
    "program": ("nc", "-z", "-w", "3", "127.0.0.1", "{port}"),
}
"""How an image asks its own server whether it listens, by what its base has."""


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What an image is made of: its base, the command that starts the server, variables; ``kind`` is ``python``, ``npm`` or
    ``program``.
    """

    kind: str
    base: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)


def written(contents: Contents, server: Server) -> str:
    """Write the Containerfile: files of the build's platform, one layer on a base, a user without rights."""
    lines = [
        "FROM scratch AS files",
        "ARG TARGETARCH",
        "COPY ${TARGETARCH}/ /",
        "",
        f"FROM {contents.base}",
        "COPY --from=files / /",
    ]
    lines += [f"ENV {name}={json.dumps(value)}" for name, value in sorted(contents.environment.items())]
    lines += [f"EXPOSE {server.port}"] if server.port else []
    lines += [f"USER {USER}"]
    if server.port and server.transport != "stdio":
        probe = [word.replace("{port}", str(server.port)) for word in _PROBES[contents.kind]]
        lines += [f"HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD {_list(probe)}"]
    lines += [f"ENTRYPOINT {_list(contents.command)}"]
    lines += [f"CMD {_list(server.arguments)}"] if server.arguments else []
    return "\n".join(lines) + "\n"


def labels(plan: Plan, package: Package, already: str = "") -> dict[str, str]:
    """Return the labels of an image; of what describes it, only what the text ``already`` does not say itself."""
    address = f"https://github.com/{plan.repository}" if plan.repository else ""
    facts = {
        "version": package.version,
        "revision": plan.commit,
        "created": plan.commit_time,
        "source": address,
    }
    described = {
        "title": package.bare_name,
        "description": package.details.get("description", ""),
        "licenses": package.license or "",
        "url": address,
    }
    chosen = {_OCI + key: value for key, value in facts.items() if value}
    chosen |= {_OCI + key: value for key, value in described.items() if value and _OCI + key not in already}
    return dict(sorted({**chosen, **({MCP_NAME: package.mcp_name} if package.mcp_name else {})}.items()))


def _list(words: Sequence[str]) -> str:
    return json.dumps(list(words), ensure_ascii=False)
