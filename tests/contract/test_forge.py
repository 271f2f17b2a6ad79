"""Every forge keeps the same promises, found by discovery: the folder, and GitHub by way of its stand-in."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagship import plugins
from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.http import Transient
from tagship.adapters.shell import SystemShell
from tagship.adapters.step_clock import Stopped
from tagship.domain.releases.release import LocalAsset, RemoteRelease, mark
from tagship.errors import RemoteRefused, UsageError
from tagship.ports import Forge, ForgeSettings, ReleaseDraft, Tools
from tests.fakes.github import WRITE_TOKEN, GithubServer
from tests.fakes.github.client import Client
from tests.tools.node import openapi_description

TAG = "v1.2.0"
NAMES = (
    "demo-1.2.0-py3-none-any.whl", "demo_1.2.0.tar.gz", "demo@1.2.0+build.tgz", "checksums.txt", "demo-1.2.0.cdx.json",
    "with space.txt", "two  spaces.txt", "umlaut-ä.txt", "日本.txt", "emoji-🎉.zip", "(1).txt", "a&b=c?.txt", "per%20cent.txt",
    "demo_1.2.0~rc1_amd64.deb", "dots...many.txt", "trailing.", ".hidden", "..two", "a,b;c.txt", "quote'd\".txt", "x" * 200,
)  # fmt: skip


def tools(**environment: str) -> Tools:
    """Give a forge the real objects."""
    clock, shell = SystemClock(), SystemShell()
    return Tools(
        shell=shell,
        clock=clock,
        reporter=Console(environment, clock),
        environment=environment,
        open_repository=lambda folder: Git(folder, shell, environment),
    )


@pytest.fixture(params=plugins.names("forges"))
def forge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Forge]:
    """Make each forge there is; a new one needs nothing but a stand-in here when it talks to a server."""
    kind = plugins.load("forges", request.param)
    settings = ForgeSettings(repository="octo/demo", directory=tmp_path / "releases", token=WRITE_TOKEN)
    with GithubServer(description=openapi_description() if request.param == "github" else None) as server:
        yield kind.create(settings, tools(GITHUB_API_URL=server.api_url))
        assert server.violations == []


def unwatched(sent: int) -> None:
    """Let an upload go on."""


def draft(tag: str = TAG, **more: object) -> ReleaseDraft:
    """Describe a release."""
    values: dict[str, object] = {"name": f"demo {tag}", "body": f"Notes\n\n{mark(tag)}", "prerelease": False, **more}
    return ReleaseDraft(tag=tag, commitish="", **values)  # type: ignore[arg-type]


def local(folder: Path, name: str = "one.txt", data: bytes = b"one\n") -> LocalAsset:
    """Write a file to be attached."""
    path = folder / "files" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    return LocalAsset(name=name, path=str(path), size=len(data), sha256=digest, media_type="text/plain")


def only(forge: Forge, tag: str = TAG) -> RemoteRelease:
    """Return the one release of a tag."""
    (found,) = forge.releases(tag)
    return found


def test_a_new_draft_is_listed_as_it_was_made(forge: Forge) -> None:
    """It is found by its tag, private, empty, with the notes it was given."""
    made = forge.create_draft(draft())

    found = only(forge)
    assert made.id == found.id
    assert (TAG, True, False, "demo v1.2.0", f"Notes\n\n{mark(TAG)}") == (
        found.tag, found.draft, found.prerelease, found.name, found.body
    )  # fmt: skip
    assert forge.assets(found) == ()


def test_only_the_releases_of_the_tag_are_listed(forge: Forge) -> None:
    """Another tag's release, also one that begins alike, is not this tag's."""
    for tag in (TAG, "v1.2.0-rc.1", "v1.2"):
        forge.create_draft(draft(tag))

    assert [release.tag for release in forge.releases(TAG)] == [TAG]
    assert forge.releases("v9.9.9") == ()


def test_an_asset_is_there_with_its_digest(forge: Forge, tmp_path: Path) -> None:
    """What comes back from the upload is what the listing says: size and SHA-256 of the file."""
    release = forge.create_draft(draft())
    asset = local(tmp_path)

    sent = forge.upload(release, asset, unwatched)

    (listed,) = forge.assets(only(forge))
    assert sent == listed
    assert ("one.txt", "uploaded", asset.size, asset.sha256) == (listed.name, listed.state, listed.size, listed.sha256)


def test_an_asset_is_taken_off_and_can_be_put_there_again(forge: Forge, tmp_path: Path) -> None:
    """The others stay."""
    release = forge.create_draft(draft())
    one, _two = (forge.upload(release, local(tmp_path, name), unwatched) for name in ("one.txt", "two.txt"))

    forge.delete_asset(release, one)
    assert [asset.name for asset in forge.assets(only(forge))] == ["two.txt"]

    forge.upload(release, local(tmp_path, "one.txt", b"other"), unwatched)
    assert sorted(asset.name for asset in forge.assets(only(forge))) == ["one.txt", "two.txt"]


def test_an_asset_is_renamed_and_keeps_its_bytes(forge: Forge, tmp_path: Path) -> None:
    """Under a name that is free; one that is taken is refused, and both stay."""
    release = forge.create_draft(draft())
    one, two = (forge.upload(release, local(tmp_path, name), unwatched) for name in ("one.txt", "two.txt"))

    renamed = forge.rename_asset(release, one, "three.txt")
    assert ("three.txt", one.sha256, "uploaded") == (renamed.name, renamed.sha256, renamed.state)

    with pytest.raises((RemoteRefused, Transient)):
        forge.rename_asset(release, two, "three.txt")
    assert sorted(asset.name for asset in forge.assets(only(forge))) == ["three.txt", "two.txt"]


def test_uploads_are_watched_and_can_be_broken_off(forge: Forge, tmp_path: Path) -> None:
    """Told before the first byte and after the last; what the watcher raises ends the upload, and nothing good is there."""
    release, told = forge.create_draft(draft()), list[int]()
    asset = local(tmp_path, data=b"x" * 1_000_000)
    forge.upload(release, asset, told.append)
    assert (told[0], told[-1]) == (0, asset.size)
    assert told == sorted(told)

    def enough(sent: int) -> None:
        raise Stopped

    other = local(tmp_path, "other.txt", b"y" * 1_000_000)
    with pytest.raises(Stopped):
        forge.upload(release, other, enough)
    assert not [a for a in forge.assets(only(forge)) if a.name == "other.txt" and a.state == "uploaded"]


def test_what_is_changed_after_publication_is_told(forge: Forge, tmp_path: Path) -> None:
    """Another file, another name: the listing of a published release follows."""
    release = forge.publish(forge.create_draft(draft()), latest=True)
    one = forge.upload(release, local(tmp_path), unwatched)
    forge.rename_asset(release, one, "two.txt")
    assert [asset.name for asset in forge.assets(only(forge))] == ["two.txt"]


def test_nothing_stands_in_the_way_of_a_new_release(forge: Forge) -> None:
    """Ready, and asking made nothing."""
    assert forge.readiness(TAG, "", may_write=True).problems == ()
    assert forge.releases(TAG) == ()


def test_title_notes_and_flag_can_be_changed(forge: Forge, tmp_path: Path) -> None:
    """Nothing else is: it stays a draft with its files."""
    release = forge.create_draft(draft())
    forge.upload(release, local(tmp_path), unwatched)

    edited = forge.edit(release, draft(name="Other", body="Other notes", prerelease=True))

    found = only(forge)
    assert edited == found
    assert (found.name, found.body, found.prerelease, found.draft) == ("Other", "Other notes", True, True)
    assert len(forge.assets(found)) == 1


def test_a_published_release_is_public_and_keeps_its_files(forge: Forge, tmp_path: Path) -> None:
    """Publishing changes the state and nothing of the content."""
    release = forge.create_draft(draft())
    asset = local(tmp_path)
    forge.upload(release, asset, unwatched)

    published = forge.publish(release, latest=True)

    found = only(forge)
    assert published == found
    assert (False, release.name, release.body) == (found.draft, found.name, found.body)
    assert [asset.sha256] == [there.sha256 for there in forge.assets(found)]


def test_published_tags_are_those_of_final_releases(forge: Forge) -> None:
    """No draft, no prerelease, nothing that is not a version."""
    for tag in ("v1.0.0", "v1.1.0-rc.1", "nightly"):
        forge.publish(forge.create_draft(draft(tag, prerelease="-" in tag)), latest=False)
    forge.create_draft(draft("v2.0.0"))

    assert forge.published_tags() == ("v1.0.0",)


def test_a_draft_can_be_removed(forge: Forge) -> None:
    """Only this one."""
    forge.create_draft(draft("v1.0.0"))

    forge.delete_draft(forge.create_draft(draft()))

    assert forge.releases(TAG) == ()
    assert only(forge, "v1.0.0").draft


@pytest.mark.parametrize("name", NAMES)
def test_a_file_gets_the_name_that_was_foretold(forge: Forge, tmp_path: Path, name: str) -> None:
    """``asset_name`` says what the forge really calls a file, and is at rest after one step."""
    foretold = forge.asset_name(name)

    sent = forge.upload(forge.create_draft(draft()), local(tmp_path, name), unwatched)

    assert foretold == sent.name
    assert foretold == forge.asset_name(foretold)


def test_github_refuses_a_name_of_which_nothing_is_left() -> None:
    """A file named only by characters that GitHub drops."""
    github = plugins.load("forges", "github")
    with pytest.raises(UsageError):
        github.asset_name(github, "ä")


def test_more_than_a_page_is_listed(tmp_path: Path) -> None:
    """GitHub lists 100 a page: the 101st release and the 101st asset are seen."""
    with GithubServer(description=openapi_description()) as server:
        settings = ForgeSettings(repository="octo/demo", directory=tmp_path, token=WRITE_TOKEN)
        github = plugins.load("forges", "github").create(settings, tools(GITHUB_API_URL=server.api_url))
        release = github.create_draft(draft())
        client = Client(server)  # which no pace slows
        for number in range(100):
            client.create(f"v2.0.{number}")
        assert [release.id] == [found.id for found in github.releases(TAG)]
        assert len([entry for entry in server.journal.entries if entry.method == "GET"]) == 2
        assert server.violations == []


def test_a_folder_keeps_its_own_names(tmp_path: Path) -> None:
    """A file that would replace the record, the page or the notes is refused."""
    settings = ForgeSettings(repository="", directory=tmp_path)
    folder = plugins.load("forges", "directory").create(settings, tools())
    for name in ("release.json", "index.html", "RELEASE_NOTES.md"):
        with pytest.raises(UsageError):
            folder.asset_name(name)
