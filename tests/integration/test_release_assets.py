"""release-assets against the GitHub stand-in: what it makes, what it leaves alone, what it refuses."""

import json

import pytest

from tagship.domain.releases.release import mark
from tests.fakes.github.client import Client
from tests.integration.release_run import FILES, TAG, Project, is_publication, program, sha256s, write_plan


def test_a_release_is_made_with_exactly_the_files_and_published_last(project: Project) -> None:
    """The draft is the first write, the publication the last, and all bytes are there in between."""
    done = project.release()

    assert (done.code, done.outputs["state"]) == (0, "created"), done.err
    assert sha256s() == project.digests()
    assert not project.only.draft
    assert ["POST", *["POST"] * len(FILES), "PATCH"] == [entry.method for entry in project.writes]
    assert is_publication(project.writes[-1])


def test_a_second_run_writes_nothing_and_reads_little(project: Project) -> None:
    """What is there already is only looked at: one listing of releases, one of assets."""
    project.release()
    before = len(project.server.journal.entries)

    done = project.release()

    assert (done.code, done.outputs["state"]) == (0, "unchanged")
    assert [entry.method for entry in project.server.journal.entries[before:]] == ["GET", "GET"]


def test_a_plan_is_released_with_its_manifest_last(project: Project) -> None:
    """The manifest says that the rest is there, so it is uploaded after it."""
    commit = project.server.repository().branches["main"]
    digests = write_plan(project.root, commit, FILES)

    done = project.run(program("--digests", digests, "--json", "--body", "notes"))

    assert (done.code, done.outputs["state"]) == (0, "created"), done.err
    assert json.loads(digests) == project.digests()
    uploads = [entry.query["name"] for entry in project.writes if entry.host == "uploads"]
    assert uploads[-1] == "demo-1.0.0.release.json"
    assert done.outputs["manifest"].endswith("/v1.0.0/demo-1.0.0.release.json")
    assert (commit, "demo 1.0.0") == (project.server.repository().tags[TAG], project.only.name)


def test_a_file_that_is_not_what_was_signed_is_never_sent(project: Project) -> None:
    """A digest that changed between jobs is exit 6, before the first request."""
    digests = write_plan(project.root, "0" * 40, FILES)
    (project.root / "dist" / "any" / "one.txt").write_bytes(b"other")

    done = project.run(program("--digests", digests))

    assert done.code == 6
    assert project.server.journal.entries == ()


def test_other_bytes_on_a_draft_are_replaced_and_equal_ones_stay(project: Project) -> None:
    """Only the asset that differs is taken off and sent."""
    project.release("--draft")
    kept = {asset.name: asset.id for asset in project.server.repository().assets.values()}
    project.put({"one.txt": b"another\n"})
    before = len(project.writes)

    done = project.release("--draft")

    assert (done.code, done.outputs["state"]) == (0, "updated")
    assert sha256s({**FILES, "one.txt": b"another\n"}) == project.digests()
    assert [entry.method for entry in project.writes[before:]] == ["DELETE", "POST"]
    now = {asset.name: asset.id for asset in project.server.repository().assets.values()}
    assert {name for name in kept if kept[name] != now[name]} == {"one.txt"}


def test_other_bytes_on_a_published_release_are_refused(project: Project) -> None:
    """Exit 4, and not one write."""
    project.release()
    project.put({"one.txt": b"another\n"})
    before = len(project.writes)

    done = project.release()

    assert done.code == 4
    assert "one.txt" in done.err
    assert before == len(project.writes)
    assert sha256s() == project.digests()


def test_other_bytes_on_a_published_release_are_replaced_when_told(project: Project) -> None:
    """``on-different: replace`` is for mutable releases; the release stays published."""
    project.release()
    project.put({"one.txt": b"another\n"})

    done = project.release("--on-different", "replace")

    assert (done.code, done.outputs["state"]) == (0, "updated")
    assert sha256s({**FILES, "one.txt": b"another\n"}) == project.digests()
    assert not project.only.draft


def test_missing_assets_are_added_to_a_published_release(project: Project) -> None:
    """People start from ``on: release: published``: the release is there, without files, and stays as they made it."""
    made = Client(project.server).create(TAG, draft=False, name="Their title", body="Their notes", prerelease=True)

    done = project.release()

    assert (done.code, done.outputs["state"]) == (0, "updated"), done.err
    assert sha256s() == project.digests()
    assert not any(is_publication(entry) for entry in project.writes)
    only = project.only
    assert (made["id"], "Their title", "Their notes", True) == (only.id, only.name, only.body, only.prerelease)


@pytest.fixture
def immutable(project: Project) -> Project:
    """Give a repository that makes its releases immutable."""
    repository = project.server.repository()
    object.__setattr__(repository.settings, "immutable_releases", True)
    return project


def test_an_immutable_release_with_all_files_is_fine(immutable: Project) -> None:
    """A published immutable release is only looked at."""
    assert immutable.release().code == 0
    before = len(immutable.writes)

    done = immutable.release()

    assert (done.code, done.outputs["state"]) == (0, "unchanged")
    assert before == len(immutable.writes)


def test_an_immutable_release_that_lacks_a_file_is_refused(immutable: Project) -> None:
    """Exit 4 with the reason and the way out; nothing is tried."""
    immutable.release()
    immutable.put({"four.txt": b"four"})
    before = len(immutable.writes)

    done = immutable.release()

    assert done.code == 4
    assert "immutable; it would need: upload four.txt" in done.err
    assert "release a new version" in done.err
    assert before == len(immutable.writes)


def test_a_burned_tag_is_refused(immutable: Project) -> None:
    """The tag of a deleted immutable release cannot be published again: exit 4, and the draft stays."""
    immutable.release()
    Client(immutable.server).call("DELETE", f"/releases/{immutable.only.id}")

    done = immutable.release()

    assert done.code == 4
    assert "tag_name was used by an immutable release" in done.err
    assert immutable.only.draft


def test_a_foreign_draft_is_adopted(project: Project) -> None:
    """A draft that a release drafter made keeps its title and notes and is published with our files."""
    made = Client(project.server).create(TAG, name="Drafted", body="Drafted notes")

    done = project.release()

    assert (done.code, done.outputs["state"]) == (0, "updated")
    assert (made["id"], "Drafted", False) == (project.only.id, project.only.name, project.only.draft)
    assert project.only.body == f"Drafted notes\n\n{mark(TAG)}"
    assert sha256s() == project.digests()


@pytest.mark.parametrize(
    ("choice", "code", "kept"), [("error", 6, True), ("keep", 0, True), ("delete", 0, False)], ids=str
)
def test_foreign_assets_fall_under_on_extra(project: Project, choice: str, code: int, kept: bool) -> None:  # noqa: FBT001
    """An asset that nobody planned stops the release, stays, or goes, as told."""
    client = Client(project.server)
    client.upload(client.create(TAG), "foreign.zip")
    before = len(project.writes)

    done = project.release("--on-extra", choice)

    assert code == done.code, done.err
    assert kept == ("foreign.zip" in project.digests())
    assert project.only.draft == (choice == "error")
    if choice == "error":
        assert "foreign.zip" in done.err
        assert before == len(project.writes)


def test_of_two_drafts_of_ours_the_first_goes_on(project: Project) -> None:
    """The empty one of two goes; there is one release in the end."""
    client = Client(project.server)
    first, _second = (client.create(TAG, body=mark(TAG)) for _ in range(2))

    done = project.release()

    assert done.code == 0, done.err
    assert (first["id"], False) == (project.only.id, project.only.draft)


def test_a_second_draft_of_ours_with_the_same_files_is_merged(project: Project) -> None:
    """Its files are on the first before it goes, so that nothing is lost at any moment."""
    client = Client(project.server)
    first, second = (client.create(TAG, body=mark(TAG)) for _ in range(2))
    client.upload(second, "one.txt", FILES["one.txt"])

    done = project.release()

    assert done.code == 0, done.err
    assert [first["id"]] == [release.id for release in project.releases]
    assert sha256s() == project.digests()
    removal = [entry.number for entry in project.writes if entry.path.endswith(f"/releases/{second['id']}")]
    assert removal > [max(entry.number for entry in project.writes if entry.host == "uploads")]


def test_a_second_draft_of_ours_that_holds_other_files_is_told_and_stays(project: Project) -> None:
    """Bytes are never deleted on a guess."""
    client = Client(project.server)
    _first, second = (client.create(TAG, body=mark(TAG)) for _ in range(2))
    client.upload(second, "one.txt", b"other bytes")

    done = project.release()

    assert done.code == 0, done.err
    assert "another draft of v1.0.0 stays" in done.err
    assert [release.draft for release in project.releases] == [False, True]


def test_several_foreign_drafts_are_listed_and_refused(project: Project) -> None:
    """Which of them is meant, only a person knows: exit 4."""
    client = Client(project.server)
    addresses = [client.create(TAG)["html_url"] for _ in range(2)]
    before = len(project.writes)

    done = project.release()

    assert done.code == 4
    assert all(address in done.err for address in addresses)
    assert before == len(project.writes)


def test_our_draft_is_taken_among_foreign_ones(project: Project) -> None:
    """The mark in the notes tells ours."""
    client = Client(project.server)
    client.create(TAG)
    ours = client.create(TAG, body=f"notes\r\n\r\n{mark(TAG)}")

    assert project.release().code == 0
    assert [ours["id"]] == [release.id for release in project.releases if not release.draft]


def test_draft_true_leaves_a_draft_and_the_next_run_publishes_it(project: Project) -> None:
    """``draft: true`` never publishes; a later run without it does, and sends nothing again."""
    first = project.release("--draft")
    assert (project.only.draft, first.code) == (True, 0)
    assert project.server.repository().tags == {}
    before = len(project.writes)

    second = project.release()

    assert (second.code, second.outputs["state"], project.only.draft) == (0, "updated", False)
    assert [entry.method for entry in project.writes[before:]] == ["PATCH"]


def test_a_leftover_of_a_broken_upload_is_replaced(project: Project) -> None:
    """A `starter` blocks its name: one under a planned name and one under another are both taken off."""
    client = Client(project.server)
    draft = client.create(TAG)
    for name in ("one.txt", "gone.txt"):
        client.upload(draft, name)
    repository = project.server.repository()
    for asset in list(repository.assets.values()):
        object.__setattr__(asset, "state", "starter")
        object.__setattr__(asset, "blob", None)

    done = project.release()

    assert done.code == 0, done.err
    assert sha256s() == project.digests()


@pytest.mark.parametrize(
    ("tag", "flag", "expected"),
    [
        ("v1.0.0", "auto", False),
        ("v1.0.0-rc.1", "auto", True),
        ("v1.0.0", "true", True),
        ("v1.0.0-rc.1", "false", False),
    ],
)
def test_prerelease_is_what_the_version_says_unless_told(
    project: Project,
    tag: str,
    flag: str,
    expected: bool,  # noqa: FBT001
) -> None:
    """``auto`` reads the version."""
    assert project.release("--prerelease", flag, tag=tag).code == 0
    assert expected == project.only.prerelease


def latest(project: Project) -> str:
    found: str = Client(project.server).get("/releases/latest").json()["tag_name"]
    return found


def test_latest_is_the_highest_version_not_the_newest(project: Project) -> None:
    """A patch of an old line, released after 2.0.0, does not become the latest; a higher version does."""
    for tag in ("v2.0.0", "v1.4.2", "v3.0.0-rc.1"):
        assert project.release(tag=tag).code == 0
    assert latest(project) == "v2.0.0"

    assert project.release(tag="v2.0.1").code == 0
    assert latest(project) == "v2.0.1"


def test_latest_can_be_told(project: Project) -> None:
    """``make-latest`` overrules the versions, but a prerelease is never the latest."""
    assert project.release(tag="v2.0.0").code == 0
    assert project.release("--make-latest", "true", tag="v1.4.2").code == 0
    assert latest(project) == "v1.4.2"

    done = project.release("--make-latest", "true", tag="v3.0.0-rc.1")
    assert done.code == 2
    assert latest(project) == "v1.4.2"


def test_notes_come_from_the_body_the_file_or_the_changelog(project: Project) -> None:
    """The first that is given wins; the mark is an invisible comment below."""
    (project.root / "notes.md").write_text("From a file.\n")
    changelog = "# Changelog\n\n## [1.0.0] - 2026-01-01\n\n- It works.\n\n## [0.9.0]\n\n- Old.\n"
    (project.root / "CHANGELOG.md").write_text(changelog)

    bodies = []
    for arguments in (["--body", "Given."], ["--body-file", "notes.md"], []):
        assert project.release("--draft", *arguments).code == 0
        bodies.append(project.only.body)

    assert [f"{text}\n\n{mark(TAG)}" for text in ("Given.", "From a file.", "- It works.")] == bodies
    assert mark(TAG).startswith("<!-- ")
    assert mark(TAG).endswith(" -->")


def test_notes_stay_when_none_are_given(project: Project) -> None:
    """Somebody's edit of the notes and of the title survives the next run."""
    project.release("--draft", "--body", "First.")
    edit = {"body": f"Edited by hand.\r\n\r\n{mark(TAG)}", "name": "Their title"}
    Client(project.server).call("PATCH", f"/releases/{project.only.id}", edit)

    assert project.release().code == 0

    assert (edit["body"], edit["name"]) == (project.only.body, project.only.name)


def test_the_draft_of_a_plan_points_at_its_commit(project: Project) -> None:
    """A draft that points at a branch would make the tag elsewhere: its target becomes the plan's commit."""
    repository = project.server.repository()
    commit = repository.branches["main"]
    Client(project.server).create(TAG, target_commitish="main", name="demo 1.0.0", body=mark(TAG))
    repository.commit("feat: later", date=project.server.world.clock())
    digests = write_plan(project.root, commit, FILES)

    assert project.run(program("--digests", digests)).code == 0
    assert commit == repository.tags[TAG]


def test_github_writes_the_notes_when_asked_and_nobody_else_does(project: Project) -> None:
    """`generate-notes` fills a new release; notes of ours win; a second run leaves both alone."""
    generated = project.release("--generate-notes")
    assert (generated.code, generated.outputs["state"]) == (0, "created"), generated.err
    assert "Full Changelog" in (project.only.body or "")
    assert project.release("--generate-notes").outputs["state"] == "unchanged"
    assert "Full Changelog" in (project.only.body or "")


def test_generated_notes_are_added_below_own_ones(project: Project) -> None:
    """As GitHub does it: the body first; a second run finds nothing to change, another body replaces ours alone."""
    for body in ("ours", "ours, mended"):
        assert project.release("--generate-notes", "--body", body).code == 0
        text = project.only.body or ""
        assert text.startswith(f"{body}\n\n{mark(TAG)}")
        assert text.count("Full Changelog") == 1
        assert project.release("--generate-notes", "--body", body).outputs["state"] == "unchanged"


def test_a_package_of_a_monorepo_has_its_own_changelog(project: Project) -> None:
    """Its tag says which version; the notes are the section of the changelog that has it."""
    (project.root / "CHANGELOG.md").write_text("# Changelog\n\n## 1.4.0\n\n- of the tag\n", encoding="utf-8")
    done = project.release(tag="core@1.4.0")
    assert done.code == 0, done.err
    assert (project.only.body or "").startswith("- of the tag\n")


def test_a_long_section_is_cut_at_githubs_limit(project: Project) -> None:
    """125,000 characters; the rest is pointed at."""
    entries = "".join(f"- entry {number}\n" for number in range(12_000))
    (project.root / "CHANGELOG.md").write_text(f"# Changelog\n\n## 1.0.0\n\n{entries}", encoding="utf-8")
    assert project.release().code == 0
    body = project.only.body or ""
    assert len(body) <= 125_000
    assert "… the rest is in CHANGELOG.md at this tag" in body
