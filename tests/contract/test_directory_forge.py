"""The folder as a forge; GitHub's own suite runs against a stand-in of its API."""

import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from tagship import plugins
from tagship.domain.releases import release
from tagship.domain.releases.release import LocalAsset, RemoteRelease
from tagship.errors import IntegrityError, UsageError
from tagship.ports import Forge, ForgeSettings, ReleaseDraft, Tools


@pytest.fixture
def forge(tmp_path: Path, tools: Tools) -> Forge:
    """Make a forge over a new folder."""
    settings = ForgeSettings(repository="octo/demo", directory=tmp_path / "releases")
    made: Forge = plugins.load("forges", "directory").create(settings, tools)
    return made


def unwatched(sent: int) -> None:
    """Let an upload go on."""


def draft(tag: str = "v1.0.0", *, body: str = "notes", prerelease: bool = False) -> ReleaseDraft:
    return ReleaseDraft(tag=tag, commitish="0" * 40, name=tag, body=body, prerelease=prerelease)


def asset(folder: Path, name: str, content: bytes = b"content") -> LocalAsset:
    path = folder / name
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return LocalAsset(name=name, path=str(path), size=len(content), sha256=sha256, media_type="x/y")


def find(forge: Forge, tag: str = "v1.0.0") -> RemoteRelease:
    (found,) = forge.releases(tag)
    return found


def test_a_draft_becomes_a_release(forge: Forge, tmp_path: Path) -> None:
    """Made, filled, published; each state is read back from the folder."""
    assert forge.releases("v1.0.0") == ()
    assert forge.published_tags() == ()
    made = forge.create_draft(draft())
    assert find(forge) == made
    assert made.draft
    local = asset(tmp_path, "a.whl")
    uploaded = forge.upload(made, local, unwatched)
    assert forge.assets(made) == (uploaded,)
    assert release.missing((local,), forge.assets(made)) == ()
    assert forge.published_tags() == ()
    published = forge.publish(made, latest=True)
    assert not published.draft
    assert find(forge) == published
    assert forge.published_tags() == ("v1.0.0",)
    assert forge.assets(published) == (uploaded,)


def test_the_folder_holds_what_a_page_would(forge: Forge, tmp_path: Path) -> None:
    """The files, a record, the notes without hidden comments, and a page that shows names and digests, escaped."""
    made = forge.create_draft(draft(body=f"## <b>Notes</b> & `<!--`\n\n- more\n\n{release.mark('v1.0.0')}"))
    local = asset(tmp_path, "a.whl")
    forge.upload(made, local, unwatched)
    forge.publish(made, latest=True)
    folder = tmp_path / "releases" / "v1.0.0"
    assert sorted(p.name for p in folder.iterdir()) == ["RELEASE_NOTES.md", "a.whl", "index.html", "release.json"]
    assert (folder / "RELEASE_NOTES.md").read_text() == "## <b>Notes</b> & `<!--`\n\n- more\n"
    record = json.loads((folder / "release.json").read_text())
    assert record["assets"] == [{"name": "a.whl", "size": 7, "sha256": local.sha256}]
    assert (record["state"], record["latest"]) == ("published", True)
    page = (folder / "index.html").read_text()
    assert "a.whl" in page
    assert local.sha256 in page
    assert "<b>Notes</b>" not in page


def test_editing_and_taking_away(forge: Forge, tmp_path: Path) -> None:
    """Name, notes and flag change; an asset and a draft go; what is gone may go again."""
    made = forge.create_draft(draft())
    changed = forge.edit(made, msgspec.structs.replace(draft(body="new", prerelease=True), name="Other"))
    assert find(forge) == changed
    assert (changed.name, changed.body, changed.prerelease) == ("Other", "new", True)
    uploaded = forge.upload(changed, asset(tmp_path, "a.whl"), unwatched)
    forge.delete_asset(changed, uploaded)
    forge.delete_asset(changed, uploaded)
    assert forge.assets(changed) == ()
    forge.delete_draft(changed)
    assert forge.releases("v1.0.0") == ()


def test_an_upload_replaces_whole(forge: Forge, tmp_path: Path) -> None:
    """What an interrupted upload left over is no asset, and the next upload takes its place."""
    made = forge.create_draft(draft())
    (tmp_path / "releases" / "v1.0.0" / ".a.whl.part").write_bytes(b"half")
    assert forge.assets(made) == ()
    for content in (b"one", b"two"):
        local = asset(tmp_path, "a.whl", content)
        forge.upload(made, local, unwatched)
        assert release.missing((local,), forge.assets(made)) == ()
    assert len(forge.assets(made)) == 1


def test_prereleases_are_not_among_the_published(forge: Forge) -> None:
    """``latest`` is chosen among final versions; a tag that is no version does not count."""
    for tag, prerelease in (("v1.0.0", False), ("v2.0.0-rc.1", True), ("nightly", False), ("v0.9.0", False)):
        forge.publish(forge.create_draft(draft(tag, prerelease=prerelease)), latest=False)
    assert sorted(forge.published_tags()) == ["v0.9.0", "v1.0.0"]


@pytest.mark.parametrize("tag", ["", ".", "..", "../x", "a/../b", "/x", "a//b", ".hidden", "a\\b", "a/", "a/."])
def test_tags_that_lead_elsewhere_are_refused(forge: Forge, tag: str) -> None:
    """No tag names a folder outside."""
    with pytest.raises(UsageError):
        forge.create_draft(draft(tag))


def test_two_tags_never_share_a_folder(forge: Forge) -> None:
    """``pkg/v1.0.0`` and ``pkg-v1.0.0`` would lie in one folder: the second is refused, the first stays."""
    made = forge.create_draft(draft("pkg/v1.0.0"))
    with pytest.raises(UsageError, match="pkg/v1"):
        forge.create_draft(draft("pkg-v1.0.0"))
    assert forge.releases("pkg/v1.0.0") == (made,)
    assert release.choose(forge.releases("pkg-v1.0.0"), "pkg-v1.0.0") is None


def test_the_folder_of_another_tag_holds_no_release_of_this_one(forge: Forge) -> None:
    """What is found there is not taken for ours, and is told before anything is built."""
    forge.publish(forge.create_draft(draft("demo/v1.0.0")), latest=True)
    assert forge.releases("demo-v1.0.0") == ()
    (problem,) = forge.readiness("demo-v1.0.0", "0" * 40, may_write=True).problems
    assert "the folder is the one of the tag demo/v1.0.0" in problem.message


@pytest.mark.parametrize("name", ["release.json", "index.html", "RELEASE_NOTES.md"])
def test_the_records_own_names_are_taken(forge: Forge, name: str) -> None:
    """An asset cannot overwrite the record; every other name stays as it is."""
    with pytest.raises(UsageError):
        forge.asset_name(name)
    assert forge.asset_name("a b.whl") == "a b.whl"


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b'{"tag": "\xff"}', b'{"a":' + b"[" * 200_000], ids=range(5))
def test_a_broken_record_is_told(forge: Forge, tmp_path: Path, data: bytes) -> None:
    """With its file; nothing is guessed."""
    forge.create_draft(draft())
    (tmp_path / "releases" / "v1.0.0" / "release.json").write_bytes(data)
    with pytest.raises(IntegrityError, match=r"release\.json"):
        forge.releases("v1.0.0")
