"""CHANGELOG.md: a section goes in and comes out, the rest stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.changes import changelog, changelog_section, commits
from tagship.domain.changes.commits import Commit
from tagship.domain.versions.version import Version
from tests.unit.samples import versions

V = Version.parse("1.2.0")
SECTION = "## [1.2.0] - 2024-01-02\n\n### Added\n\n- x (aaaaaaa)\n"
BODY = "### Added\n\n- x (aaaaaaa)"

FILES = {
    "empty": ("", "# Changelog\n\n", ""),
    "title only": ("# Changelog\n", "# Changelog\n", ""),
    "no final line end": ("# Changelog", "# Changelog", ""),
    "sections": ("# C\n\n## [1.1.0]\n\n- y\n", "# C\n\n", "## [1.1.0]\n\n- y\n"),
    "wide gap": ("# C\n\n\n\n## 1.1.0\n- y\n\n\n", "# C\n\n\n\n", "## 1.1.0\n- y\n\n\n"),
    "unreleased": ("# C\n\n## [Unreleased]\n\n- z\n\n## 1.1.0\n", "# C\n\n## [Unreleased]\n\n- z\n\n", "## 1.1.0\n"),
    "unreleased alone": ("## Unreleased\n- z", "## Unreleased\n- z", ""),
    "sections alone": ("## 1.1.0\n- y\n", "", "## 1.1.0\n- y\n"),
    "byte order mark": ("\ufeff# C\n\n## 1.1.0\n", "\ufeff# C\n\n", "## 1.1.0\n"),
    "form feed": ("# C\x0c\n\n## 1.1.0\n", "# C\x0c\n\n", "## 1.1.0\n"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_rest_of_the_file_stays(name: str, end: str) -> None:
    """What stood above and below is there byte for byte, with the file's own line ends."""
    text, above, below = (part.replace("\n", end) if "\n" in FILES[name][0] else part for part in FILES[name])
    new = changelog.insert(text, SECTION)
    assert new.startswith(above)
    assert new.endswith(below)
    middle = new[len(above) : len(new) - len(below)]
    wanted = SECTION.replace("\n", end) if "\n" in text else SECTION
    assert middle.strip() == wanted.strip()
    assert changelog.extract(new, V).replace("\r\n", "\n") == BODY
    if end == "\r\n" and "\n" in text:
        assert new.count("\n") == new.count("\r\n")


lines = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=12), max_size=6)


@given(lines, lines, versions)
def test_insert_then_extract(above: list[str], below: list[str], version: Version) -> None:
    """Whatever the file holds, the section just put in is found again."""
    head = "\n".join(line for line in above if not line.startswith("##"))
    text = head + "\n\n## 999999999999.0.0\n" + "\n".join(below)
    meaning = commits.read(Commit(id="a" * 40, message="feat: x"))
    new = changelog.insert(
        text, changelog_section.section(changelog_section.Subject(version=version, date="2024-01-02"), (meaning,))
    )
    assert changelog.extract(new, version) == BODY
    assert new.endswith("\n## 999999999999.0.0\n" + "\n".join(below))


@pytest.mark.parametrize(
    "heading",
    [
        "## [1.2.0] - 2024-01-02", "## 1.2.0", "## v1.2.0", "## [v1.2.0]", "## 1.2.0 (2024-01-02)", "## 1.2.0(now)",
        "## [1.2.0](https://example.org/compare/v1.1.0...v1.2.0) (2024-01-02)", "## [1.2.0] \t", "## 1.2.0\r",
    ],
)  # fmt: skip
def test_the_usual_headings_are_found(heading: str) -> None:
    """Keep a Changelog, release-please and hand-written ones; the line right below the heading is part of the body."""
    text = f"# C\n\n## 1.2.1\n- other\n\n{heading}\n- first\n- second\n\n## 1.2.0-rc.1\n- old\n"
    assert changelog.extract(text, V) == "- first\n- second"


@pytest.mark.parametrize(
    "text",
    ["", "# C\n", "## 1.2.0-rc.1\n- a\n", "## 1.2.01\n- a\n", "## 11.2.0\n- a\n", "#### 1.2.0\n- a", "```\n## 1.2.0\n```\n",
     "<!--\n## 1.2.0\n- a\n-->\n", "## About 1.2.0\n- a"],
)  # fmt: skip
def test_other_sections_are_not_mistaken(text: str) -> None:
    """Only the very version's section counts."""
    assert changelog.extract(text, V) == ""


def test_breaking_changes_come_first_and_silence_is_said() -> None:
    """The order of a section, and what it says when no commit concerns users."""
    meanings = tuple(
        commits.read(Commit(id=c * 40, message=m))
        for c, m in [("a", "fix: one"), ("b", "feat(api): two"), ("c", "docs!: three")]
    )
    section = changelog_section.section(changelog_section.Subject(version=V, date="2024-01-02"), meanings)
    assert section == (
        "## [1.2.0] - 2024-01-02\n\n### Breaking\n\n- three (ccccccc)\n\n### Added\n\n- **api:** two (bbbbbbb)\n\n"
        "### Fixed\n\n- one (aaaaaaa)\n"
    )
    assert "No changes" in changelog_section.section(changelog_section.Subject(version=V, date="2024-01-02"), ())
