"""Names that move between versions, of npm and of images: they go forward only, whatever is published in which order."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.files.npm_tags import tag_for
from tagship.domain.files.oci_tags import moving, newest, tag_of


@pytest.mark.parametrize(
    ("version", "latest", "tag"),
    [
        ("1.0.0", "", "latest"),
        ("1.0.1", "1.0.0", "latest"),
        ("1.0.0", "1.0.0", "latest"),
        ("1.0.0", "1.0.0-rc.1", "latest"),
        ("1.9.9", "2.0.0", "release-1.x"),
        ("0.3.1", "1.0.0", "release-0.x"),
        ("1.0.0", "not-a-version", "latest"),
        ("2.0.0-rc.1", "1.0.0", "rc"),
        ("2.0.0-alpha.3", "", "alpha"),
        ("2.0.0-rc1", "1.0.0", "rc"),
        ("2.0.0-1", "1.0.0", "next"),
        ("2.0.0-latest.1", "1.0.0", "next"),
    ],
)
def test_a_version_gets_the_tag_that_npm_users_expect(version: str, latest: str, tag: str) -> None:
    """``latest`` is the newest final version; a prerelease is called by its word; no tag looks like a range."""
    assert tag_for(version, latest) == tag


@pytest.mark.parametrize(
    ("version", "tags"),
    [
        ("1.2.3", ("1", "1.2", "latest")),
        ("0.2.3", ("0.2", "latest")),
        ("1.2.3-rc.1", ()),
        ("1.2.3+build", ("1", "1.2", "latest")),
    ],
)
def test_a_final_version_takes_its_lines(version: str, tags: tuple[str, ...]) -> None:
    """Below 1.0.0 a major number promises nothing; candidates take no tag but their own."""
    assert moving(version) == tags


def test_tags_know_no_plus() -> None:
    """Build metadata is spelled with an underscore."""
    assert tag_of("1.2.3+build.7") == "1.2.3_build.7"
    assert newest("1.2", ["1.2.2", "1.2.3_build.7"]) == "1.2.3_build.7"


_VERSIONS = st.lists(
    st.builds(lambda *parts: ".".join(map(str, parts)), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)),
    min_size=1,
    max_size=4,
    unique=True,
)


@given(_VERSIONS)
def test_the_order_of_publication_does_not_matter(versions: list[str]) -> None:
    """Each version, when it comes, takes the tags that are its own among all that are there: the end is always the same."""
    ends = set()
    for order in permutations(versions):
        there: list[str] = []
        owners: dict[str, str] = {}
        for version in order:
            there.append(version)
            owners |= {tag: version for tag in moving(version) if newest(tag, there) == version}
        ends.add(tuple(sorted(owners.items())))
    assert len(ends) == 1


def test_what_is_no_final_version_owns_nothing() -> None:
    """Tags of people, fallback tags of referrers and candidates are passed over."""
    assert newest("1", ["1", "latest", "1.2", "1.3.0-rc.1", "sha256-" + "a" * 64, "1.2.0", "10.0.0"]) == "1.2.0"
    assert newest("latest", ["edge"]) == ""
