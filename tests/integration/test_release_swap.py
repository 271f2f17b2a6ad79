"""Replacing files of a published release: at no moment are the bytes away that people download."""

from typing import Final, get_args

import pytest

from tests.fakes.github.client import Client
from tests.fakes.github.faults import When
from tests.fakes.github.killing import run_and_die
from tests.integration.release_run import FILES, TAG, Project, program, sha256s

NEW: Final = b"another\n"
REPLACE: Final = ("--on-different", "replace", "--parallel", "1")
# Of a run that replaces one file: releases, assets, upload, rename aside, rename, delete aside, assets.
REQUESTS: Final = 7
WRITES: Final = (3, 4, 5, 6)
MOMENTS: Final = [(number, when) for number in WRITES for when in get_args(When) if number == 3 or when != "during"]


@pytest.fixture
def published(project: Project) -> Project:
    """Give a published release of which one file was built anew since."""
    assert project.release().code == 0
    project.put({"one.txt": NEW})
    return project


def holdings(project: Project) -> set[str]:
    """Return the digests of everything that is whole on the release."""
    return {each.blob.sha256 for each in project.server.repository().assets.values() if each.blob}


def test_new_bytes_are_there_before_old_ones_go(published: Project) -> None:
    """Uploaded under a temporary name, then the names are exchanged, then the old one goes; equal files are not touched."""
    before = len(published.writes)
    equal = {a.id for a in published.server.repository().assets.values() if a.name != "one.txt"}

    done = published.release(*REPLACE)

    assert (done.code, done.outputs["state"]) == (0, "updated"), done.err
    wrote = [(entry.method, entry.host) for entry in published.writes[before:]]
    assert wrote == [("POST", "uploads"), ("PATCH", "api"), ("PATCH", "api"), ("DELETE", "api")]
    assert published.writes[before].query["name"].endswith(".tagship-new")
    assert sha256s({**FILES, "one.txt": NEW}) == published.digests()
    assert equal <= set(published.server.repository().assets)


@pytest.mark.parametrize(("number", "when"), MOMENTS)
def test_killed_in_a_swap_the_bytes_are_there_and_the_next_run_ends_it(
    published: Project, number: int, when: When
) -> None:
    """The old bytes until the new ones are whole, the new ones from then on; nothing that arrived is sent again."""
    begun = len(published.server.journal.entries)
    command = program("--working-directory", str(published.root), "--files", "files/*", "--tag", TAG, *REPLACE)

    run_and_die(command, published.server, begun + number, when)

    old, new = sha256s()["one.txt"], sha256s({"one.txt": NEW})["one.txt"]
    held = holdings(published)
    assert {old, new} & held
    sent = [e for e in published.writes if e.host == "uploads" and e.query["name"].startswith("one.txt.")]
    assert old in held or len(sent) == 1

    done = published.run(command)

    assert done.code == 0, done.err
    assert sha256s({**FILES, "one.txt": NEW}) == published.digests()
    uploads = [e for e in published.writes if e.query.get("name", "").startswith("one.txt.") and e.status == 201]
    assert len(uploads) == 1 or (number, when) == (3, "after"), "what arrived is not sent again"


def test_the_requests_are_those_that_are_killed(published: Project) -> None:
    """The kill points above are all there are."""
    begun = len(published.server.journal.entries)
    published.release(*REPLACE)
    assert len(published.server.journal.entries) - begun == REQUESTS
    writes = [e.number - begun for e in published.server.journal.entries[begun:] if e.method != "GET"]
    assert list(WRITES) == writes


def test_a_missing_file_takes_its_own_name(published: Project) -> None:
    """Where nothing is in the way nothing is exchanged."""
    client = Client(published.server)
    (asset,) = [a for a in published.server.repository().assets.values() if a.name == "one.txt"]
    client.call("DELETE", f"/releases/assets/{asset.id}")
    before = len(published.writes)

    assert published.release().code == 0
    assert [entry.query["name"] for entry in published.writes[before:]] == ["one.txt"]
