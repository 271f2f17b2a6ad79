"""On every system: servers are started, spoken to and ended. What only Linux can is in ``tests/integration/test_probe.py``."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tagship import plugins
from tagship.adapters.shell import SystemShell
from tagship.adapters.uv import uv
from tagship.domain.plans.plan import Probe as PlannedProbe
from tagship.domain.plans.target import Target
from tagship.domain.tools.probe_report import Probe
from tagship.mcp.probe import probe_command
from tagship.ports import Finished, Launch, ProbeJob, Tools, Wanted
from tests.unit import samples

SERVERS = Path(__file__).parents[1] / "integration" / "odd_servers"


def probed(name: str, tools: Tools, folder: Path) -> Probe:
    argv = (sys.executable, "-u", str(SERVERS / f"{name}.py"))
    wanted = Wanted(timeout=60, patience=1)
    return probe_command(Launch(argv=argv, env=dict(os.environ), cwd=folder), wanted, tools).probe


@pytest.mark.parametrize(
    ("name", "verdict", "how"),
    [
        ("base", "ok", "stdin-closed"),
        ("crash", "broken", "crashed"),
        ("needs_variable", "needs-configuration", "crashed"),
        ("polluted", "broken", "stdin-closed"),
    ],
)
def test_verdicts(name: str, verdict: str, how: str, tools: Tools, tmp_path: Path) -> None:
    """The same verdicts everywhere."""
    found = probed(name, tools, tmp_path)
    assert found.exit
    assert (found.verdict, found.exit.how) == (verdict, how), found.reason


def test_who_stays_is_ended(tools: Tools, tmp_path: Path) -> None:
    """A server that does not end with its input is ended by what the system has for it."""
    found = probed("never_exits", tools, tmp_path)
    assert found.exit
    assert (found.verdict, found.exit.how) == ("ok", "terminated")


def test_an_interpreter_is_looked_for_once_in_a_run(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many files are started in it, and not in an environment that lies about: that is not what users have."""
    subprocess.run([uv(), "venv", "--quiet", "--python", sys.executable, str(tmp_path / ".venv")], check=True)
    monkeypatch.chdir(tmp_path)
    runs: list[str] = []

    class Counting(SystemShell):
        def run(self, argv: Sequence[str], **options: Any) -> Finished:
            done = super().run(argv, **options)
            runs.append(f"{' '.join(argv[1:3])}: {Path(done.stdout.strip()).is_relative_to(tmp_path)}")
            return done

    elsewhere = {name: value for name, value in tools.environment.items() if name != "GITHUB_ACTIONS"}
    counted = replace(tools, shell=Counting(), environment=elsewhere)
    line = f"python{sys.version_info.major}.{sys.version_info.minor}"
    probe = PlannedProbe(id="a", runner="", package="demo", artifact="demo.whl", target=Target.ANY, runtime=line)
    environment = plugins.load("environments", "python")
    assert [environment.hindrance(probe, samples.package(), counted) for _ in range(3)] == [""] * 3
    assert runs == ["python find: False"]


@pytest.mark.parametrize(
    ("begins", "argv"),
    [(0, ["podman", "run", "--rm"]), (125, ["buildah", "run", "--isolation=chroot"])],
)
def test_where_podman_may_start_nothing_buildah_does(
    begins: int, argv: list[str], tools: Tools, tmp_path: Path
) -> None:
    """A job that is a container itself often has podman and not what it asks for: that says nothing of the image."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("podman", "buildah"):
        (programs / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    asked: list[str] = []

    class Scripted(SystemShell):
        def run(self, argv: Sequence[str], **options: Any) -> Finished:
            del options
            asked.append(" ".join(argv[:2]))
            if argv[:2] == ["buildah", "inspect"]:
                return Finished(code=0, out=b'{"OCIv1": {"config": {"Entrypoint": ["/demo"]}}}', err=b"")
            code = begins if argv[:2] == ["podman", "init"] else 0
            return Finished(code=code, out=b"", err=b"crun: setrlimit: not permitted" if code else b"")

    scripted = replace(tools, shell=Scripted(), environment={**tools.environment, "PATH": str(programs)})
    artifact = samples.artifact("demo.oci.tar", "image")
    probe = PlannedProbe(id="a", runner="", package="demo", artifact=artifact.name, target=Target.ANY)
    file, folder = tmp_path / artifact.name, tmp_path / "place"
    job = ProbeJob(probe=probe, package=samples.package(), artifact=artifact, file=file, folder=folder)
    with plugins.load("environments", "image").installed(job, scripted) as launch:
        assert list(launch.argv[:3]) == argv
    assert asked[-1] == "podman rmi"
