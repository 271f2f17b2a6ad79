"""A release of thirty files, and at each of its requests a death or a fault: the next run, or the same one, ends it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.github import Answer, Cut, Drop, GithubServer, Reset, Settings, Starter, secondary_limit
from tests.fakes.github.faults import Effect, When
from tests.fakes.github.killing import run_and_die
from tests.integration.release_here import Here
from tests.integration.release_run import Project, is_publication, program, sha256s, write_plan
from tests.tools.node import openapi_description

FILES: Final = {f"{number:02}.bin": bytes([number]) * (number * 700 + 1) for number in range(29)}
# Releases, create, releases, assets, 29 uploads, the manifest's, assets, releases (for latest), publish, assets.
TOTAL: Final = 38
MOMENTS: Final[tuple[When, ...]] = ("before", "during", "after")
FAULTS: Final[dict[str, Callable[[], Effect]]] = {
    "500": lambda: Answer(status=500),
    "429": lambda: secondary_limit(status=429),
    "403 with Retry-After": secondary_limit,
    "reset before": Reset,
    "reset inside": Cut,
    "reset after": Drop,
    "starter": Starter,
}
SMALL: Final = {"a.whl": b"a" * 300, "b.tar.gz": b"b" * 2000, "c.txt": b"c\n"}
# Of the small release: create, four uploads, publish; of its repair: delete, upload, notes.
WRITES: Final = range(6)
REPAIRS: Final = range(3)


@pytest.fixture
def thirty(project: Project) -> tuple[Project, list[str]]:
    """Give a project with a plan of thirty files, and the command that releases it."""
    digests = write_plan(project.root, project.server.repository().branches["main"], FILES)
    arguments = ("--working-directory", str(project.root), "--digests", digests, "--parallel", "1", "--body", "notes")
    return project, program(*arguments)


def test_the_requests_are_those_that_are_killed(thirty: tuple[Project, list[str]]) -> None:
    """The kill points below are all there are."""
    project, command = thirty
    assert project.run(command).code == 0
    assert len(project.server.journal.entries) == TOTAL


@pytest.mark.parametrize("number", range(1, TOTAL + 1))
def test_killed_at_each_request_of_thirty_files(thirty: tuple[Project, list[str]], number: int) -> None:
    """One release, exact bytes, published once and last; nothing good deleted, nothing that arrived sent again.

    The moment of the death goes round: before the effect, in the body, after the effect and before the answer.
    """
    project, command = thirty
    run_and_die(command, project.server, number, MOMENTS[number % 3])
    repository = project.server.repository()
    good = {asset.id: asset.name for asset in repository.assets.values() if asset.state == "uploaded"}
    begun = len(project.writes)

    done = project.run(command)

    assert done.code == 0, done.err
    assert not project.only.draft
    planned = {path.name: path.read_bytes() for path in (project.root / "dist").glob("*/*")}
    assert sha256s(planned) == project.digests()
    assert set(good) <= set(repository.assets)
    again = [entry.query["name"] for entry in project.writes[begun:] if entry.host == "uploads"]
    assert sorted(again) == sorted(set(planned) - set(good.values())), "exactly what is missing is sent"
    publications = [entry.number for entry in project.writes if is_publication(entry)]
    assert min(publications) > max(entry.number for entry in project.writes if not is_publication(entry))


@pytest.fixture
def here(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Here]:
    """Give a planned release, run in this process; listings of GitHub lag or do not."""
    kind = Settings(owner="octo", name="demo", list_lag=getattr(request, "param", 0))
    with GithubServer([kind], description=openapi_description()) as server:
        yield Here(root=tmp_path, server=server)


def released(here: Here, **inputs: object) -> dict[str, str]:
    """Run, see that it ended well, and give what is on the release."""
    ran = here.run(files="", digests=here_digests(here), body="notes", parallel=1, **inputs)
    assert ran.code == 0, ran.said
    assert here.server.violations == []
    (release,) = here.server.repository().releases.values()
    assert release.draft == bool(inputs.get("draft"))
    assets = here.server.repository().assets_of(release.id)
    return {asset.name: asset.blob.sha256 if asset.blob else asset.state for asset in assets}


def here_digests(here: Here, files: dict[str, bytes] = SMALL) -> str:
    return write_plan(here.root, here.server.repository().branches["main"], files)


@pytest.mark.parametrize("here", [0, 2], indirect=True, ids=["", "lagging lists"])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", WRITES)
def test_every_fault_at_every_write(here: Here, number: int, fault: str) -> None:
    """The same run ends it: one release, all files once, published last, nothing sent again that had arrived."""
    before = len(here.server.journal.entries)
    here.server.faults.add(FAULTS[fault](), method="POST" if number < 5 else "PATCH", skip=number if number < 5 else 0)

    there = released(here)

    assert len(there) == len(SMALL) + 1
    writes = [entry for entry in here.server.journal.entries[before:] if entry.method != "GET"]
    arrived = [e.query["name"] for e in writes if e.host == "uploads" and (e.status == 201 or e.fault == "drop")]
    assert sorted(set(arrived)) == sorted(arrived)
    order = [is_publication(entry) for entry in writes]
    assert sorted(order) == order
    assert [entry.fault for entry in here.server.journal.entries if entry.fault], "the fault was met"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", REPAIRS)
def test_every_fault_at_every_write_of_a_repair(here: Here, number: int, fault: str) -> None:
    """A draft with one other file and other notes: taken off, sent, edited."""
    released(here, draft=True)
    files = {**SMALL, "a.whl": b"another"}
    method, path = (("DELETE", ""), ("POST", "/assets$"), ("PATCH", r"/releases/\d+$"))[number]
    here.server.faults.add(FAULTS[fault](), method=method, path=path)

    ran = here.run(files="", digests=here_digests(here, files), body="other notes", draft=True)

    assert ran.code == 0, ran.said
    (release,) = here.server.repository().releases.values()
    assert release.draft
    assert (release.body or "").startswith("other notes")
    assert {a.blob.sha256 for a in here.server.repository().assets.values() if a.blob} >= set(sha256s(files).values())


def test_a_re_run_asks_three_times_and_once_per_hundred_files(tmp_path: Path) -> None:
    """250 files that are there: one listing of releases, three of assets; not one byte is sent."""
    with GithubServer(description=openapi_description()) as server:
        here = Here(root=tmp_path, server=server)
        (tmp_path / "files").mkdir()
        for number in range(250):
            (tmp_path / "files" / f"{number}.txt").write_bytes(b"%d" % number)
        assert here.run().code == 0
        before = len(server.journal.entries)

        ran = here.run()

        assert ran.outputs
        assert ran.outputs.state == "unchanged"
        asked = [entry.method for entry in server.journal.entries[before:]]
        assert set(asked) == {"GET"}
        assert len(asked) <= 3 + 250 // 100
