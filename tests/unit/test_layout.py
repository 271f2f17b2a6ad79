"""Names of folders and files that say what is shipped."""

import pytest

from tagship.domain.layout import marks_unreleased


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
