"""Run ``release-assets`` as people do, as a program, against the GitHub stand-in, and look at what came of it."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tagship.domain.components.licence_policy import ANY
from tagship.domain.plans import plan as plans
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Leg, Plan, ToolInfo
from tagship.domain.plans.target import Target
from tests.fakes.github import Entry, GithubServer
from tests.fakes.github.values import Release

TAG: Final = "v1.0.0"
FILES: Final[Mapping[str, bytes]] = {"one.txt": b"one\n", "two.tar.gz": b"two" * 1000, "three.whl": b"three" * 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def outputs(self) -> dict[str, Any]:
        """What it printed with ``--json``."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with files to release, and the server they go to."""

    root: Path
    server: GithubServer

    def put(self, files: Mapping[str, bytes] = FILES) -> None:
        """Write files below ``files/``."""
        for name, data in files.items():
            path = self.root / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def release(self, *arguments: str, tag: str = TAG, **environment: str) -> Finished:
        """Release the files and say how it ended."""
        command = [*program("--files", "files/*", "--tag", tag, "--json"), *arguments]
        return self.run(command, **environment)

    def run(self, command: list[str], **environment: str) -> Finished:
        """Run a command in the folder."""
        env = self.environment(**environment)
        done = subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False, timeout=100)
        return Finished(code=done.returncode, out=done.stdout, err=done.stderr)

    def environment(self, **more: str) -> dict[str, str]:
        """Give what the program needs and nothing of the machine's own."""
        own = {"PATH": os.environ["PATH"], "HOME": str(self.root / "home"), "NO_COLOR": "1"}
        given = own | self.server.environment() | more
        return {name: value for name, value in given.items() if value}

    @property
    def writes(self) -> list[Entry]:
        """The requests so far that were to change something."""
        return [entry for entry in self.server.journal.entries if entry.method != "GET"]

    @property
    def releases(self) -> list[Release]:
        """All releases and drafts there are."""
        return list(self.server.repository().releases.values())

    @property
    def only(self) -> Release:
        """The one release there is."""
        (release,) = self.releases
        return release

    def digests(self, release: Release | None = None) -> dict[str, str]:
        """Say what is attached: name → SHA-256, or the state of what has no bytes."""
        chosen = release or self.only
        assets = self.server.repository().assets_of(chosen.id)
        return {asset.name: asset.blob.sha256 if asset.blob else asset.state for asset in assets}


def program(*arguments: str) -> list[str]:
    """Return the command line of ``release-assets``."""
    return [sys.executable, "-m", "tagship", "release-assets", *arguments]


def sha256s(files: Mapping[str, bytes] = FILES) -> dict[str, str]:
    """Hash what is to be on the release."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def is_publication(entry: Entry) -> bool:
    """Whether a request publishes: the PATCH of a release that comes after the uploads."""
    return entry.method == "PATCH" and "/assets/" not in entry.path


def write_plan(root: Path, commit: str, files: Mapping[str, bytes], *, tag: str = TAG) -> str:
    """Write ``plan.json`` and ``dist/``; return the digests input."""
    manifest = f"demo-{tag[1:]}.release.json"
    everything = {**files, manifest: b'{"schema": "tagship.release/1"}\n'}
    artifacts = tuple(_artifact(name, "sign-and-attest" if name == manifest else "any") for name in sorted(everything))
    leg = Leg(id="any", runner="ubuntu-latest", targets=(Target.ANY,), packages=(), artifacts=tuple(sorted(files)))
    plan = Plan(
        tool=ToolInfo(name="tagship", version="0"),
        name="demo",
        repository="octo/demo",
        commit=commit,
        commit_time="2026-01-01T00:00:00Z",
        tag=tag,
        snapshot=False,
        version=tag[1:],
        prerelease="-" in tag,
        packages=(),
        legs=(leg,),
        probes=(),
        artifacts=artifacts,
        signatures=(),
        channels=(),
        licenses=ANY,
    )
    (root / "plan.json").write_bytes(plans.encode(plan))
    for artifact in artifacts:
        path = root / "dist" / artifact.leg / artifact.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(everything[artifact.name])
    return json.dumps(sha256s(everything))


def _artifact(name: str, leg: str) -> Artifact:
    return Artifact(name=name, kind="sbom", package="demo", target=Target.ANY, media_type="application/zip", leg=leg)
