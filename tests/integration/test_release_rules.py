"""Smaller promises of release-assets, each by a run inside the test."""

from pathlib import Path

import pytest

from tests.fakes.github import GithubServer
from tests.fakes.github.client import Client
from tests.integration.release_here import Here
from tests.integration.release_run import FILES, TAG, is_publication, sha256s


@pytest.fixture
def here(tmp_path: Path, github_server: GithubServer) -> Here:
    """Give a folder with three files."""
    (tmp_path / "files").mkdir()
    for name, data in FILES.items():
        (tmp_path / "files" / name).write_bytes(data)
    return Here(root=tmp_path, server=github_server)


def test_overlapping_globs_name_a_file_once(here: Here) -> None:
    """Patterns that match the same file are no two files (wildduck2/dotfiles#5)."""
    assert here.run(files="files/*,files/one.txt,./files/*.txt").code == 0
    assert len(here.server.repository().assets) == len(FILES)


def test_one_name_in_two_folders_is_refused_before_the_first_request(here: Here) -> None:
    """Which of them is meant nobody knows (actions/download-artifact#298)."""
    (here.root / "other").mkdir()
    (here.root / "other" / "one.txt").write_bytes(b"another")

    ran = here.run(files="files/*,other/*")

    assert ran.code == 6
    assert "two files would have one name: one.txt" in str(ran.error)
    assert here.server.journal.entries == ()


def test_an_immutable_release_keeps_its_notes_and_title(here: Here) -> None:
    """Verify-only is verify-only: another title and body are not written, and all equal is exit 0."""
    object.__setattr__(here.server.repository().settings, "immutable_releases", True)
    assert here.run(body="notes", name="title").code == 0
    before = len(here.server.journal.entries)

    ran = here.run(body="other notes", name="other title")

    assert ran.outputs
    assert ran.outputs.state == "unchanged"
    assert {entry.method for entry in here.server.journal.entries[before:]} == {"GET"}


def test_a_dry_run_prints_every_operation(here: Here) -> None:
    """Of a foreign draft with another file, and a second draft of ours: all that would be done, in order."""
    client = Client(here.server)
    foreign = client.create(TAG, body="drafted")
    client.upload(foreign, "foreign.zip")
    writes = len([entry for entry in here.server.journal.entries if entry.method != "GET"])

    ran = here.run(dry_run=True, on_extra="delete")

    assert ran.said.splitlines() == [
        f"would use {foreign['html_url']}",
        f"would adopt {foreign['html_url']}, which somebody else made",
        "would delete foreign.zip",
        *(f"would upload {name}" for name in sorted(FILES)),
        "would publish it",
        f"unchanged: {foreign['html_url']}",
    ]
    assert len([entry for entry in here.server.journal.entries if entry.method != "GET"]) == writes


def test_a_prerelease_is_a_draft_first(here: Here) -> None:
    """No file is sent to what the public sees already (softprops/action-gh-release#771)."""
    assert here.run(tag="v1.0.0-rc.1").code == 0
    writes = [entry for entry in here.server.journal.entries if entry.method != "GET"]
    assert [is_publication(entry) for entry in writes] == [False] * (1 + len(FILES)) + [True]
    (release,) = here.server.repository().releases.values()
    assert (release.prerelease, release.draft) == (True, False)


def test_another_repository_can_be_named(here: Here) -> None:
    """As upload actions allow it; the job's own stays as it is."""
    assert here.run(repository="octo/nothing").code == 4
    assert here.run(repository="octo/demo").code == 0
    digests = {a.name: a.blob.sha256 for a in here.server.repository().assets.values() if a.blob}
    assert digests == sha256s()
