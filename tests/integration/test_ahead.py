"""What channels tell before anything is built: whose the name is, whether the version is there; nothing is written."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from msgspec.structs import replace

from tagship import plugins
from tagship.adapters.clock import SystemClock
from tagship.domain.plans.plan import ChannelPlan, Plan
from tagship.errors import RemoteRefused, TagshipError
from tagship.parts.publish import ahead
from tagship.parts.release import preflight
from tagship.ports import Ahead, Tools
from tests.integration.release_here import tools_of
from tests.tools.door import Door
from tests.tools.pypi_server import PypiServer
from tests.tools.stores import ModuleProxy
from tests.unit.samples import plan
from tests.unit.workflow_case import CALL, case

VERSION: Final = "1.2.0"
TOKEN: Final = f"{CALL}    secrets: inherit\n"
OURS: Final = "https://github.com/octo/demo"
THEIRS: Final = "https://github.com/somebody/demo"


class Registry(Door):
    """Answers a path with what is kept for it, as JSON, and with 404 all others; names of servers may be escaped."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        super().__init__()
        self.answers = answers

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        del headers, body
        assert method in {"GET", "HEAD"}
        if path not in self.answers:
            return 404, [], b"{}"
        kind = "application/vnd.pypi.simple.v1+json" if path.startswith("/simple/") else "application/json"
        return 200, [("Content-Type", kind)], json.dumps(self.answers[path]).encode()


def planned(kind: str, address: str) -> Plan:
    entry = ChannelPlan(id=kind, kind=kind, package="demo", artifacts=(), address=address, after=())
    return msgspec.structs.replace(plan(VERSION), channels=(entry,))


def ask(kind: str, address: str) -> Ahead | TagshipError:
    ((_, answer),) = ahead.look([planned(kind, address)], tools())
    return answer


def tools() -> Tools:
    return tools_of({}, SystemClock(), io.StringIO())


SERVER: Final = {"server": {"name": "io.github.octo/demo", "repository": {"url": OURS}}}
VERSIONS: Final = "/v0.1/servers/io.github.octo%2Fdemo/versions"
FILE: Final = {"filename": "demo-1.2.0.tar.gz", "url": "x", "hashes": {}}
OLDER: Final = {**FILE, "filename": "demo-1.0.0.tar.gz"}
TABLE: Final[list[tuple[str, dict[str, Any], Ahead]]] = [
    ("pypi", {}, Ahead(known=False, there=False)),
    (
        "pypi",
        {"/simple/demo/": {"files": [FILE]}, "/pypi/demo/json": {"info": {"project_urls": {"Source": OURS}}}},
        Ahead(known=True, there=True, says=OURS),
    ),
    (
        "pypi",
        {"/simple/demo/": {"files": [OLDER]}, "/pypi/demo/json": {"info": {"project_urls": 1}}},
        Ahead(known=True, there=False),
    ),
    ("npm", {}, Ahead(known=False, there=False)),
    (
        "npm",
        {"/demo": {"versions": {VERSION: {}}, "repository": {"type": "git", "url": f"git+{OURS}.git"}}},
        Ahead(known=True, there=True, says=f"git+{OURS}.git"),
    ),
    ("npm", {"/demo": {"versions": [], "repository": 7}}, Ahead(known=True, there=False, says="7")),
    ("mcp-registry", {}, Ahead(known=False, there=False)),
    (
        "mcp-registry",
        {f"{VERSIONS}/latest": SERVER, f"{VERSIONS}/{VERSION}": SERVER},
        Ahead(known=True, there=True, says=OURS),
    ),
    ("mcp-registry", {f"{VERSIONS}/latest": SERVER}, Ahead(known=True, there=False, says=OURS)),
    ("oci", {}, Ahead(known=False, there=False)),
    ("oci", {"/v2/octo/demo/tags/list?n=1000": {"tags": ["1.0.0"]}}, Ahead(known=True, there=False)),
    ("oci", {f"/v2/octo/demo/manifests/{VERSION}": {"schemaVersion": 2}}, Ahead(known=True, there=True)),
    ("artifactory", {}, Ahead(there=False)),
    ("artifactory", {f"/octo/demo/{VERSION}/": {}}, Ahead(there=True)),
    ("webhook", {}, Ahead()),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "answers", "told"), TABLE, ids=[f"{each[0]}-{n}" for n, each in enumerate(TABLE)])
def test_each_channel_tells_what_it_knows(kind: str, answers: dict[str, Any], told: Ahead) -> None:
    """In the shapes that registries document; what is of another shape says nothing."""
    with Registry(answers) as registry:
        address = registry.address + (
            "/octo" if kind in {"oci", "artifactory"} else "/legacy/" if kind == "pypi" else ""
        )
        assert ask(kind, address) == told


def test_a_real_index_tells_its_files(tmp_path: Path) -> None:
    """As pypiserver lists them, without links of projects."""
    with PypiServer(tmp_path) as index:
        assert ask("pypi", index.address) == Ahead(known=False, there=False)
        (index.packages / "demo-1.2.0.tar.gz").write_bytes(b"x")
        assert ask("pypi", index.address) == Ahead(known=True, there=True)
        assert index.uploads == 0


def test_a_module_proxy_tells_its_versions() -> None:
    """Asking for the list makes it fetch nothing."""
    with ModuleProxy("demo", {"v1.2.0": "0" * 40}) as proxy:
        assert ask("go-proxy", proxy.address) == Ahead(known=True, there=False)


def test_a_name_of_somebody_else_stops_a_first_release() -> None:
    """The registry shows another repository for it; after a release of ours it may only be a project that moved."""
    for shown, refused in ((THEIRS, True), (OURS, False), ("https://example.org", False)):
        with Registry({"/demo": {"versions": {}, "repository": shown}}) as registry:
            first = planned("npm", registry.address)
            if refused:
                with pytest.raises(
                    RemoteRefused, match="npm knows demo as a project of somebody/demo, and this is octo/demo"
                ):
                    preflight.of_channels(first, tools())
            else:
                preflight.of_channels(first, tools())
            preflight.of_channels(msgspec.structs.replace(first, previous="v1.1.0"), tools())


def test_a_registry_that_is_away_is_no_reason_not_to_build() -> None:
    """It may be back when it is published to."""
    stream = io.StringIO()
    preflight.of_channels(planned("npm", "http://127.0.0.1:9"), tools_of({}, SystemClock(), stream))
    assert "warning: npm: look at demo: it did not answer" in stream.getvalue()


@pytest.mark.parametrize(
    ("text", "known", "refused"), [(CALL, False, True), (CALL, True, False), (TOKEN, False, False)]
)
def test_npm_trusts_no_job_with_a_new_package(text: str, known: bool, refused: bool) -> None:  # noqa: FBT001
    """The first release needs a token: a workflow that hands none over would fail after all is built."""
    with Registry({"/demo": {"versions": {}}} if known else {}) as registry:
        looked = replace(case(text, (("npm", registry.address),)), tools=tools())
        found = list(plugins.load("checks", "registries").look(looked))
    said = "npm does not know the package yet, and trusts no job with a new one"
    assert [(each.severity, each.message, each.line) for each in found] == ([("error", said, 6)] if refused else [])
