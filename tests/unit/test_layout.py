"""Names of folders and files that say what is shipped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.manifests.layout import below, folder_of, has, marks_unreleased


@pytest.mark.parametrize(
    "name", ["DO_NOT_RELEASE", ".do-not-release", "NO_RELEASE.md", ".norelease", "DoNotRelease.txt"]
)
def test_a_file_that_forbids_a_release_is_known(name: str) -> None:
    """As people write it, wherever it lies."""
    assert marks_unreleased(f"src/server/{name}") == name


@pytest.mark.parametrize("name", ["RELEASE", "release.yml", "do_not_release.py", "DO_NOT_RELEASE/x"])
def test_other_files_forbid_nothing(name: str) -> None:
    """Modules and workflows of such names are common."""
    assert marks_unreleased(name) == ""


NAMES = st.text("abc./-é0", min_size=1, max_size=8).filter(lambda name: not name.startswith("/"))


@given(st.lists(NAMES, unique=True), NAMES)
def test_files_are_found_among_sorted_ones(names: list[str], asked: str) -> None:
    """A file by itself, and all below a folder: as going through all of them would say."""
    paths = tuple(sorted(names))
    assert has(paths, asked) == (asked in names)
    assert list(below(paths, asked)) == [path for path in paths if asked == "." or path.startswith(f"{asked}/")]
    assert below(paths, "") == below(paths, ".") == paths


@pytest.mark.parametrize(("path", "folder"), [("a/b/c.py", "a/b"), ("a.py", "."), ("a/.b", "a")])
def test_the_folder_of_a_file(path: str, folder: str) -> None:
    """The project's root has a name too."""
    assert folder_of(path) == folder
