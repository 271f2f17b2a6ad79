"""Two runs at once on one tag: one release, both succeed; and what a large file costs."""

import subprocess
import sys

import pytest

from tests.fakes.github import Delay
from tests.integration.release_run import Project, program, sha256s

MEASURED = """
import resource, sys
from tagship.cli import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform != "darwin" else 1 << 20))
sys.exit(code)
"""
DELAYED = {
    "both create": ("POST", r"/releases$"),
    "both upload": ("POST", r"/assets$"),
    "both publish": ("PATCH", r"/releases/\d+$"),
    "both list": ("GET", r"/releases$"),
}


@pytest.mark.parametrize("immutable", [False, True], ids=["mutable", "immutable"])
@pytest.mark.parametrize("moment", DELAYED)
def test_two_runs_at_once_converge(project: Project, moment: str, immutable: bool) -> None:  # noqa: FBT001
    """Wherever they meet, one published release comes out with each file once, and both runs end well."""
    object.__setattr__(project.server.repository().settings, "immutable_releases", immutable)
    for tag in ("v1.0.0", "v1.0.1"):
        method, path = DELAYED[moment]
        project.server.faults.clear()
        project.server.faults.add(Delay(seconds=0.4), method=method, path=path, times=2)

        ended = _together(project, program("--files", "files/*", "--tag", tag))

        assert [code for code, _said in ended] == [0, 0], ended
        (release,) = [each for each in project.releases if each.tag_name == tag]
        assert not release.draft
        assert sha256s() == project.digests(release)


def test_a_large_file_is_streamed(project: Project) -> None:
    """50 MB more to send do not cost 50 MB more memory."""
    small = _peak_megabytes(project, "v1.0.0")
    with (project.root / "files" / "large.bin").open("wb") as stream:
        stream.truncate(50_000_000)
    large = _peak_megabytes(project, "v1.0.1")

    assert large - small < 20


def test_hashing_what_the_server_has_is_streamed(project: Project) -> None:
    """Where the server tells no digest, 50 MB are hashed in pieces too."""
    small = _peak_megabytes(project, "v1.0.0")
    with (project.root / "files" / "large.bin").open("wb") as stream:
        stream.truncate(50_000_000)
    object.__setattr__(project.server.repository().settings, "asset_digests", False)
    large = _peak_megabytes(project, "v1.0.1")

    assert large - small < 20


def _together(project: Project, command: list[str]) -> list[tuple[int, str]]:
    runs = [
        subprocess.Popen(
            command, cwd=project.root, env=project.environment(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    said = [run.communicate(timeout=60)[1].decode() for run in runs]
    return [(run.returncode, text) for run, text in zip(runs, said, strict=True)]


def _peak_megabytes(project: Project, tag: str) -> int:
    command = [sys.executable, "-c", MEASURED, *program("--files", "files/*", "--tag", tag)[3:]]
    done = project.run(command)
    assert done.code == 0, done.err
    return int(done.out.split()[-1])
