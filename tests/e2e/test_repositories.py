"""The copy of the project that workflows run in is the project as it is now, and nothing else of this machine."""

from pathlib import Path

import pytest

from tests.e2e import repositories
from tests.e2e.repositories import copy_of_tagship, git, repository

WORKFLOW = "jobs: {a: {steps: [{uses: $/actions/build}, {uses: actions/checkout@v7}]}}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a working tree with a committed, a changed, a deleted, a new and an ignored file."""
    folder = tmp_path / "project"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "release.yml").write_text(WORKFLOW, encoding="utf-8")
    for name in ("committed", "changed", "deleted"):
        (folder / name).write_text("committed", encoding="utf-8")
    (folder / ".gitignore").write_text("ignored\n", encoding="utf-8")
    repository(folder, "https://example.invalid/elsewhere")
    for name in ("changed", "new file", "ignored"):
        (folder / name).write_text("now", encoding="utf-8")
    (folder / "deleted").unlink()
    monkeypatch.setattr(repositories, "ROOT", folder)
    return folder


def test_the_copy_is_the_working_tree_without_what_is_ignored(project: Path, tmp_path: Path) -> None:
    """Changes count before they are committed; the copy is clean and has GitHub as its origin."""
    copy = copy_of_tagship(tmp_path / "copy")

    files = {path.name: path.read_text(encoding="utf-8") for path in copy.iterdir() if path.is_file()}
    assert files == {".gitignore": "ignored\n", "committed": "committed", "changed": "now", "new file": "now"}
    assert git(copy, "status", "--porcelain") == ""
    assert git(copy, "remote", "get-url", "origin") == "https://github.com/tagship/tagship"
    assert not git(project, "log", "--oneline", "--all").count("\n")


@pytest.mark.parametrize(
    ("self_reference", "expected"),
    [(r"tagship/tagship/\1@v1", "tagship/tagship/actions/build@v1"), (r"./\1", "./actions/build")],
)
def test_references_to_siblings_are_written_as_act_knows_them(
    project: Path, tmp_path: Path, self_reference: str, expected: str
) -> None:
    """Only `$/` is rewritten."""
    copy = copy_of_tagship(tmp_path / "copy", self_reference)

    text = (copy / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert text == WORKFLOW.replace("$/actions/build", expected)


def test_two_copies_are_the_same_commit(project: Path, tmp_path: Path) -> None:
    """Names and times are fixed, so that a digest seen in one run is seen in the next."""
    one, two = (copy_of_tagship(tmp_path / name) for name in ("one", "two"))

    assert git(one, "rev-parse", "HEAD") == git(two, "rev-parse", "HEAD")
    assert git(one, "log", "-1", "--format=%an <%ae> %ct") == "Tester <tester@example.invalid> 1772366400"
