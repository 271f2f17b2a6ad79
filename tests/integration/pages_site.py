"""A project that publishes to GitHub Pages: releases with real deb and rpm packages, and the site that people see."""

import hashlib
import io
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.shell import SystemShell
from tagship.channels.pages import Pages
from tagship.domain.plans import plan as plans
from tagship.domain.plans.channel import Owed
from tagship.domain.plans.target import Target
from tagship.parts.publish.channels import settings_of
from tagship.parts.publish.delivery import Delivery
from tagship.parts.retry import persist
from tagship.ports import Tools
from tests.fakes.github import WRITE_TOKEN, GithubServer
from tests.integration import publish_run
from tests.integration.keyless import StillClock
from tests.integration.publish_run import File, Publisher
from tests.tools.door import Door

NAME: Final = "dice-mcp"
_MADE: dict[tuple[str, str, str], bytes] = {}


class Site(Door):
    """The branch as Pages serves it. ``shown`` is the commit that is served in place of the newest, ``other`` files instead."""

    def __init__(self, server: GithubServer, branch: str = "gh-pages", repository: str = "octo/demo") -> None:
        super().__init__()
        self._server, self._branch, self._repository = server, branch, repository
        self.shown = ""
        self.other: dict[str, bytes] = {}

    @property
    def head(self) -> str:
        """The commit of the branch, empty when there is none."""
        return self._server.repository(self._repository).branches.get(self._branch, "")

    def tree(self) -> dict[str, str]:
        """Return the blob of each file."""
        repository = self._server.repository(self._repository)
        tree = repository.commits[self.shown or self.head].tree
        return {path: sha for path, (sha, _) in repository.objects.listing(tree).items()}

    def file(self, path: str) -> bytes:
        """Return a file."""
        data = self._server.repository(self._repository).objects.blob(self.tree()[path])
        assert data is not None
        return data

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        del headers, body
        name = path.partition("?")[0].lstrip("/").replace("%7E", "~").replace("%7e", "~")
        if name in self.other:
            return 200, [], self.other[name]
        if not (self.shown or self.head) or name not in self.tree():
            return 404, [], b"not here"
        return 200, [], b"" if method == "HEAD" else self.file(name)


@dataclass(frozen=True)
class Releases:
    """Where releases of one project are made, to be published to one site with one key."""

    folder: Path
    server: GithubServer
    site: Site
    key: str = field(repr=False)
    options: dict[str, str] = field(default_factory=dict)

    def release(
        self, version: str, day: int = 1, kinds: tuple[str, ...] = ("deb", "rpm"), *, name: str = NAME
    ) -> Publisher:
        """Lay out a release of a day of January, ready to be published."""
        files = {
            file_name(name, version, kind): File(kind, package(name, version, kind), Target.LINUX_X86_64)
            for kind in kinds
        }
        folder = self.folder / f"{name}-{len(list(self.folder.iterdir()))}"
        return publish_run.by_hand(
            folder,
            files,
            [publish_run.channel("pages", self.site.address, options=self.options, package=name)],
            {"GITHUB_API_URL": self.server.api_url, **self.secrets},
            WRITE_TOKEN,
            self.key,
            version=version,
            name=name,
            commit_time=f"2026-01-{day:02}T00:00:00Z",
        )

    @property
    def secrets(self) -> dict[str, str]:
        """What the channel needs."""
        return {"TAGSHIP_PAGES_TOKEN": WRITE_TOKEN, "TAGSHIP_PAGES_GPG_KEY": self.key}

    def delivery(
        self, version: str, day: int = 1, kinds: tuple[str, ...] = ("deb", "rpm"), *, name: str = NAME
    ) -> Delivery:
        """Make ready what the step makes of a release, in this process."""
        laid = self.release(version, day, kinds, name=name)
        made = plans.decode((laid.project / "plan.json").read_bytes(), file="plan.json")
        (entry,) = made.channels
        tools = self.tools()
        owed = tuple(_owed(laid.file(artifact)) for artifact in entry.artifacts)
        target = Pages.create(settings_of(made, entry, tools), tools)
        return Delivery(target, owed, tools, dry_run=False)

    def carry_out(self, delivery: Delivery, window: float = 20) -> str:
        """Publish what is not there, and return the commit."""
        assert persist(delivery.attempt, delivery.progress, window=window, tools=self.tools()) != "skipped"
        return self.site.head

    def publish(self, version: str, day: int = 1, kinds: tuple[str, ...] = ("deb", "rpm"), *, name: str = NAME) -> str:
        """Publish a release, and return the commit."""
        return self.carry_out(self.delivery(version, day, kinds, name=name))

    def tools(self) -> Tools:
        """Give real tools whose GitHub is the stand-in; waiting takes no time."""
        clock, shell = StillClock(SystemClock()), SystemShell()
        environment = {"PATH": os.environ["PATH"], "GITHUB_API_URL": self.server.api_url, **self.secrets}
        return Tools(
            shell=shell,
            clock=clock,
            reporter=Console({}, clock, io.StringIO()),
            environment=environment,
            open_repository=lambda folder: Git(folder, shell, environment),
        )


def _owed(path: Path) -> Owed:
    data = path.read_bytes()
    return Owed(name=path.name, path=str(path), size=len(data), sha256=hashlib.sha256(data).hexdigest())


def file_name(name: str, version: str, kind: str) -> str:
    """Name a package as releases do."""
    return f"{name}_{version}_amd64.deb" if kind == "deb" else f"{name}-{version}-1.x86_64.rpm"


def package(name: str, version: str, kind: str) -> bytes:
    """Make a package by nfpm, once: it installs a program that says its version."""
    if (name, version, kind) not in _MADE:
        with tempfile.TemporaryDirectory() as scratch:
            _MADE[name, version, kind] = _made(Path(scratch), name, version, kind)
    return _MADE[name, version, kind]


def _made(folder: Path, name: str, version: str, kind: str) -> bytes:
    nfpm = shutil.which("nfpm")
    assert nfpm, "nfpm is locked with tagship"
    time = "2026-01-01T00:00:00Z"
    (folder / "program").write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
    described = {
        "name": name,
        "arch": "amd64",
        "platform": "linux",
        "version": version.replace("-", "~"),
        "version_schema": "none",
        "release": "1" if kind == "rpm" else "",
        "maintainer": "Octo Cat <octo@example.org>",
        "description": "Rolls <dice> & coins\nWith more than one side.",
        "license": "MIT",
        "section": "utils",
        "priority": "optional",
        "mtime": time,
        "contents": [
            {"src": "program", "dst": f"/usr/bin/{name}", "file_info": {"mode": 0o755, "mtime": time}},
        ],
    }
    (folder / "nfpm.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    argv = [nfpm, "package", "-p", kind, "-t", f"made.{kind}"]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)
    return (folder / f"made.{kind}").read_bytes()
