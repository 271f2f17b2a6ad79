"""Tags of packages: what a line writes is read back as its own, and nobody else's, whatever packages are called."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.versions import tags
from tagship.domain.versions.release_line import Line, Member, lines
from tagship.domain.versions.version import Version
from tests.unit.samples import versions

NAMES = ("a", "b", "a-b", "b-v", "@o/a", "@p/a", "@o/b", "core", "v")
PATHS = (".", "a", "b", "x/a", "x/b", "a/b", "core", "x/core")
packages = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(PATHS), st.sampled_from(("", "1.0.0", "2.0.0"))),
    min_size=1,
    max_size=5,
    unique_by=lambda each: each[:2],
).map(lambda each: [Member(name=name, path=path, declared=declared) for name, path, declared in each])
templates = st.sampled_from(("", "v{version}", "{name}-v{version}", "{name}@{version}", "{name}/v{version}"))


def written(made: Sequence[Line], version: Version) -> list[tags.Tag]:
    """Return the tags that lines write for a version."""
    names = [f"{style}{version}" for line in made for style in line.write]
    found = [tags.read(name, "c") for name in names]
    return [tag for tag in found if tag is not None]


def whose(made: Sequence[Line]) -> set[frozenset[tuple[str, str]]]:
    """Return which packages are together."""
    return {frozenset((member.name, member.path) for member in line.members) for line in made}


@given(packages, versions, templates)
def test_each_tag_is_of_one_line(members: list[Member], version: Version, template: str) -> None:
    """No two lines write one tag, and each reads what it writes; no package is lost."""
    made = lines(members, {}, template=template)
    assert sum(len(line.members) for line in made) == len(members)
    names = [tag.name for tag in written(made, version)]
    assert len(set(names)) == len(names) == sum(len(line.write) for line in made)
    for tag in written(made, version):
        assert [line for line in made if tag.before in line.read] == [line for line in made if tag.before in line.write]


@given(packages, versions, templates)
def test_a_release_changes_no_lines(members: list[Member], version: Version, template: str) -> None:
    """Once its tags are there, the same packages are together, and the next tags look alike; one package to a folder."""
    members = list({member.path: member for member in members}.values())
    made = lines(members, {}, template=template)
    again = lines(members, tags.by_style(written(made, version)), template=template)
    assert whose(again) == whose(made)
    assert {line.write for line in again} == {line.write for line in made}


@given(
    packages, st.lists(st.sampled_from(("v", "", "a-v", "b-v", "a@", "core/v", "x/a/v", "core-v", "o-")), unique=True)
)
def test_each_tag_that_is_there_is_of_one_line_at_most(members: list[Member], known: list[str]) -> None:
    """Also where a history has tags that could be called after several packages."""
    styles = tags.by_style(tag for style in known if (tag := tags.read(f"{style}1.0.0", "c")))
    made = lines(members, styles)
    for style in known:
        assert len([line for line in made if style in line.read]) <= 1


@pytest.mark.parametrize(
    ("members", "known", "expected"),
    [
        # A package's own name goes before another's folder.
        ((("core", "libs/x"), ("octo", "packages/core")), ("core-v1.0.0",), {"core": "core-v", "octo": "octo-v"}),
        ((("octo", "packages/core"), ("core", "libs/x")), ("core-v1.0.0",), {"core": "core-v", "octo": "octo-v"}),
        # A name without its scope goes before a folder, too.
        ((("@o/core", "x"), ("octo", "core")), ("core@1.0.0",), {"@o/core": "core@", "octo": "octo@"}),
    ],
)
def test_a_name_goes_before_a_folder(
    members: tuple[tuple[str, str], ...], known: tuple[str, ...], expected: dict[str, str]
) -> None:
    """`core-v1.0.0` is of the package `core`, not of the one that lies in `packages/core`."""
    styles = tags.by_style(tag for name in known if (tag := tags.read(name, "c")))
    made = lines([Member(name=name, path=path) for name, path in members], styles)
    assert {member.name: line.write[0] for line in made for member in line.members} == expected


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("v1.0.0", True), ("@o/a@1.0.0", True), ("a/b/v1.0.0", True), ("ü-1.0.0", True), ("a;b-1.0.0", True),
        ("-1.0.0", False), ("a b", False), ("a..b", False), ("a~1", False), ("a^1", False), ("a:b", False), ("a?", False),
        ("a*", False), ("a[", False), ("a\\b", False), ("a@{b", False), ("a//b", False), ("/a", False), ("a/", False),
        (".a", False), ("a/.b", False), ("a.", False), ("a.lock", False), ("a.lock/b", False), ("@", False),
        ("a\x7f", False), ("a\n", False), ("a\x00", False), ("", False),
    ],
)  # fmt: skip
def test_which_tags_git_takes(name: str, legal: bool) -> None:  # noqa: FBT001
    """As git-check-ref-format says."""
    assert tags.is_legal(name) == legal
