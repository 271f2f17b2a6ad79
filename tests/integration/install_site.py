"""Releases of a server that is shipped in every way, published to a site: what their pages are made from, and the site."""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.shell import SystemShell
from tagship.channels.pages import Pages
from tagship.domain.components.licence_policy import ANY
from tagship.domain.manifests.server import Server
from tagship.domain.plans import plan as plans
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed
from tagship.domain.plans.plan import ChannelPlan, Package, Plan, ToolInfo
from tagship.domain.plans.receipt import Manifest, ReleasedFile
from tagship.domain.plans.target import Target
from tagship.domain.text import structs
from tagship.domain.versions.version import Version
from tagship.parts.publish.channels import settings_of
from tagship.parts.publish.delivery import Delivery
from tagship.parts.retry import persist
from tagship.ports import Tools
from tests.fakes.github import WRITE_TOKEN, GithubServer
from tests.integration.keyless import StillClock
from tests.integration.pages_site import Site

NAME: Final = "tides-mcp"
ADDRESSES: Final = {
    "pypi": "https://upload.pypi.org/legacy/",
    "npm": "https://registry.npmjs.org",
    "oci": "https://ghcr.io/Octo",
    "homebrew": "https://github.com/octo/homebrew-tap",
}
SERVER: Final = {
    "arguments": ["--quiet"],
    "environment": [
        {"name": "TIDES_KEY", "description": "key of the tide tables", "required": True, "secret": True},
        {"name": "TIDES_UNIT", "default": "m"},
    ],
    "description": "Tells when high water comes, and how high.",
}
REPORT: Final = {
    "probes": [{"package": NAME, "tools": [{"name": "high_water", "description": "When it comes & how <high>."}]}]
}


def files(version: str, name: str = NAME) -> dict[str, tuple[str, str]]:
    """Name every file of a release: kind, and id of its package."""
    bare = name.replace("-", "_")
    linux = f"{name}-linux-packages"
    return {
        f"{bare}-{version}-py3-none-any.whl": ("wheel", name),
        f"{name}-{version}.tgz": ("npm", name),
        f"{name}-{version}.oci.tar": ("image", name),
        f"{name}-{version}.mcpb": ("mcpb", name),
        f"{name}_{version}_amd64.deb": ("deb", linux),
        f"{name}-{version}-1.x86_64.rpm": ("rpm", linux),
        "install.sh": ("installer", name),
        "install.ps1": ("installer", name),
        f"{name}.rb": ("installer", name),
        f"{name}-{version}.cdx.json": ("sbom", name),
        f"{name}-{version}.intoto.jsonl": ("attestation", ""),
        f"{name}-{version}.mcp-probe.json": ("probe", ""),
        "checksums.txt": ("checksums", ""),
        "checksums.txt.sigstore.json": ("bundle", ""),
        f"{name}-{version}.release.json": ("manifest", ""),
    }


def plan_of(version: str, address: str, day: int, name: str = NAME, tag: str = "") -> Plan:
    """Plan a release, with a channel of each kind; packages for Linux are in repositories on the site."""
    pieces = Version.parse(version)
    artifacts = tuple(
        Artifact(name=file, kind=kind, package=package, target=Target.ANY, media_type="application/x", leg="leg")  # type: ignore[arg-type]
        for file, (kind, package) in sorted(files(version, name).items())
    )
    common: dict[str, Any] = {"path": ".", "version": version, "spellings": pieces.spellings, "version_sites": ()}
    server = structs.convert(SERVER, Server)
    common |= {"license": "MIT", "entry": name, "server": server}
    packages = (
        Package(id=name, name=name, ecosystem="python", mcp_name=f"io.github.octo/{name}", **common),
        Package(
            id=f"{name}-linux-packages", name=name, ecosystem="linux-packages", mcp_name=None, wraps=name, **common
        ),
    )
    here = [ChannelPlan(id=k, kind=k, package=name, artifacts=(), address=at, after=()) for k, at in ADDRESSES.items()]
    wish: Any = {"kind": "pages", "address": address, "after": ()}
    documents = tuple(file for file, (kind, _) in sorted(files(version, name).items()) if kind in {"manifest", "probe"})
    linux = tuple(file for file, (kind, _) in sorted(files(version, name).items()) if kind in {"deb", "rpm"})
    here += [
        ChannelPlan(id="pages/page", package=name, artifacts=documents, **wish),
        ChannelPlan(id="pages/linux", package=f"{name}-linux-packages", artifacts=linux, **wish),
    ]
    return Plan(
        tool=ToolInfo(name="tagship", version="1.0.0"),
        name=name,
        repository="octo/demo",
        commit="c" * 40,
        commit_time=f"2026-01-{day:02}T12:00:00Z",
        tag=tag or f"v{version}",
        snapshot=False,
        version=version,
        prerelease=pieces.prerelease,
        packages=packages,
        legs=(),
        probes=(),
        artifacts=artifacts,
        signatures=("sigstore",),
        channels=tuple(here),
        licenses=ANY,
    )


@dataclass(frozen=True)
class InstallSite:
    """A site that pages of releases are published to; no key is at hand."""

    folder: Path
    server: GithubServer
    site: Site

    def delivery(self, version: str, day: int = 1, *, name: str = NAME, tag: str = "") -> Delivery:
        """Make ready what the step makes of a release's page, in this process."""
        plan = plan_of(version, self.site.address, day, name, tag)
        entry = next(each for each in plan.channels if each.id == "pages/page")
        tools = self.tools()
        owed = tuple(self._owed(file, plan) for file in entry.artifacts)
        return Delivery(Pages.create(settings_of(plan, entry, tools), tools), owed, tools, dry_run=False)

    def carry_out(self, delivery: Delivery, window: float = 20) -> str:
        """Publish what is not there; return how it ended."""
        return persist(delivery.attempt, delivery.progress, window=window, tools=self.tools())

    def publish(self, version: str, day: int = 1, *, name: str = NAME, tag: str = "") -> str:
        """Publish the page of a release; return how it ended."""
        return self.carry_out(self.delivery(version, day, name=name, tag=tag))

    def content(self) -> dict[str, bytes]:
        """Return every file of the site."""
        return {path: self.site.file(path) for path in self.site.tree()}

    def unpack(self, folder: Path) -> Path:
        """Lay the site out as files."""
        for path, data in self.content().items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        return folder

    def tools(self) -> Tools:
        """Give real tools whose GitHub is the stand-in; waiting takes no time."""
        clock, shell = StillClock(SystemClock()), SystemShell()
        environment = {"GITHUB_API_URL": self.server.api_url, "TAGSHIP_PAGES_TOKEN": WRITE_TOKEN}
        return Tools(
            shell=shell,
            clock=clock,
            reporter=Console({}, clock, io.StringIO()),
            environment=environment,
            open_repository=lambda folder: Git(folder, shell, environment),
        )

    def _owed(self, name: str, plan: Plan) -> Owed:
        released = tuple(
            ReleasedFile(name=each.name, kind=each.kind, size=5, sha256=hashlib.sha256(b"bytes").hexdigest())
            for each in plan.artifacts
            if each.kind != "manifest"
        )
        manifest = Manifest(plan=plan, artifacts=released, probes=(), signatures=(), published=())
        data = plans.encode(manifest) if name.endswith(".release.json") else json.dumps(REPORT).encode()
        path = self.folder / name
        path.write_bytes(data)
        return Owed(name=name, path=str(path), size=len(data), sha256=hashlib.sha256(data).hexdigest())
