"""SIGKILL at any request of release-assets, then a re-run: one release, the planned bytes, published once, at the end."""

from typing import Final, get_args

import pytest

from tests.fakes.github.faults import When
from tests.fakes.github.killing import run_and_die
from tests.integration.release_run import Project, is_publication, program, sha256s, write_plan

FILES: Final = {"a.whl": b"a" * 300, "b.tar.gz": b"b" * 2000, "c.txt": b"c\n"}
# One run: releases, create, releases, assets, three uploads, the manifest's, assets, releases (latest), publish, assets.
WRITES: Final = (2, 5, 6, 7, 8, 11)
READS: Final = (1, 3, 4, 9, 10, 12)
AT_A_WRITE: Final = [(number, when) for number in WRITES for when in get_args(When)]
AT_A_READ: Final = [(number, when) for number in READS for when in ("before", "after")]
# In parallel the uploads, requests 5 to 7, are under way together.
IN_PARALLEL: Final = [(number, when) for number in (5, 6, 7) for when in get_args(When)]

Planned = tuple[Project, list[str]]


@pytest.fixture
def planned(project: Project) -> Planned:
    """Give a project with a plan of four files, and the command that releases it."""
    digests = write_plan(project.root, project.server.repository().branches["main"], FILES)
    command = program("--working-directory", str(project.root), "--digests", digests)
    return project, command


def test_the_requests_are_those_that_are_killed(planned: Planned) -> None:
    """The kill points below are all there are."""
    project, command = planned

    assert project.run([*command, "--parallel", "1"]).code == 0

    entries = project.server.journal.entries
    assert sorted(WRITES + READS) == [entry.number for entry in entries]
    assert list(WRITES) == [entry.number for entry in entries if entry.method != "GET"]


@pytest.mark.parametrize(("number", "when"), AT_A_WRITE + AT_A_READ)
def test_killed_and_run_again(planned: Planned, number: int, when: When) -> None:
    """One upload at a time."""
    project, command = planned
    _kill_and_converge(project, [*command, "--parallel", "1"], number, when)


@pytest.mark.parametrize(("number", "when"), IN_PARALLEL)
def test_killed_while_uploads_run_together_and_run_again(planned: Planned, number: int, when: When) -> None:
    """Four uploads at a time."""
    project, command = planned
    _kill_and_converge(project, [*command, "--parallel", "4"], number, when)


def _kill_and_converge(project: Project, command: list[str], number: int, when: When) -> None:
    run_and_die(command, project.server, number, when)
    good = {asset.id for asset in project.server.repository().assets.values() if asset.state == "uploaded"}

    done = project.run(command)

    assert done.code == 0, done.err
    repository = project.server.repository()
    assert not project.only.draft
    assert _planned(project) == project.digests()
    assert good <= set(repository.assets), "no good asset was deleted or sent again"
    _assert_published_once_at_the_end(project)


def _assert_published_once_at_the_end(project: Project) -> None:
    publications = [entry.number for entry in project.writes if is_publication(entry)]
    others = [entry.number for entry in project.writes if not is_publication(entry)]
    assert publications
    assert min(publications) > max(others)


def _planned(project: Project) -> dict[str, str]:
    return sha256s({path.name: path.read_bytes() for path in (project.root / "dist").glob("*/*")})
