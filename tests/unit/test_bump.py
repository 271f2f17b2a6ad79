"""What is decided from what is released, what has changed and what was asked for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.changes.bump import Bump, Wish, decide
from tagship.domain.versions.calver import Scheme
from tagship.domain.versions.release_line import Line, Member
from tagship.domain.versions.version import CHANGES, Change, Version, next_version
from tagship.errors import UsageError
from tests.unit.samples import versions

V = Version.parse
TODAY = date(2026, 11, 24)
wishes = st.builds(Wish, channel=st.sampled_from(("", "alpha", "beta", "rc", "final")))
declarations = st.lists(versions.map(str) | versions.map(lambda version: version.spellings.pep440), max_size=3).map(
    tuple
)


def decided(
    current: Version | None,
    change: Change,
    wish: Wish | None = None,
    *,
    declared: tuple[str, ...] = (),
    scheme: Scheme = "semver",
    leave_zero: bool = False,
) -> Version:
    """Decide on the day of these tests."""
    return decide(current, declared, change, wish or Wish(), scheme=scheme, leave_zero=leave_zero, today=TODAY)


@given(versions, st.sampled_from(CHANGES), wishes, declarations, st.booleans())
def test_nothing_goes_back(
    current: Version,
    change: Change,
    wish: Wish,
    declared: tuple[str, ...],
    leave_zero: bool,  # noqa: FBT001
) -> None:
    """It is refused, or not lower; what files say matters only before the first release."""
    try:
        wanted = decided(current, change, wish, declared=declared, leave_zero=leave_zero)
    except UsageError:
        with pytest.raises(UsageError):
            decided(current, change, wish, leave_zero=leave_zero)
        return
    assert wanted >= current
    assert wanted == decided(current, change, wish, leave_zero=leave_zero)
    if change == "none" and not wish.channel:
        assert wanted == current
    if change != "none":
        assert wanted == next_version(current, change, wish.channel, leave_zero=leave_zero)


@given(versions, versions)
def test_a_version_that_is_asked_for(current: Version, asked: Version) -> None:
    """It is taken as it is, unless it lies before what is released or stands for nothing."""
    wish = Wish(version=str(asked), bump="none", channel="alpha")
    if str(asked) == "0.0.0" or asked < current:
        with pytest.raises(UsageError) as caught:
            decided(current, "major", wish)
        assert caught.value.problems[0].hint
    else:
        assert decided(current, "major", wish) == asked


@given(declarations.filter(bool), st.sampled_from(CHANGES))
def test_the_first_version_is_the_highest_that_files_say(declared: tuple[str, ...], change: Change) -> None:
    """In either spelling, and nothing is raised."""
    assert decided(None, change, declared=declared) == max(Version.from_declared(text) for text in declared)


@pytest.mark.parametrize("scheme", ["YYYY.M.D", "YYYY.M.MICRO"])
def test_a_first_date_is_todays(scheme: Scheme) -> None:
    """Whatever the files say."""
    wanted = decided(None, "minor", declared=("1.2.0",), scheme=scheme)
    assert wanted.core[:2] == (2026, 11)


@pytest.mark.parametrize(
    ("current", "change", "leave_zero", "expected"),
    [
        ("0.4.1", "major", False, "0.5.0"), ("0.4.1", "major", True, "1.0.0"), ("0.4.1", "minor", True, "0.5.0"),
        ("0.5.0-rc.1", "major", True, "1.0.0-rc.1"), ("0.5.0-rc.1", "major", False, "0.5.0-rc.2"),
        ("1.4.1", "major", False, "2.0.0"),
    ],
)  # fmt: skip
def test_leaving_zero(current: str, change: Change, leave_zero: bool, expected: str) -> None:  # noqa: FBT001
    """`major-on-zero` is for breaking changes below 1.0.0 only."""
    assert str(decided(V(current), change, leave_zero=leave_zero)) == expected


@pytest.mark.parametrize(
    ("current", "wish", "expected"),
    [
        ("1.2.0", Wish(), "1.2.0"), ("1.2.0", Wish(channel="final"), "1.2.0"), ("1.2.0", Wish(channel="rc"), "1.2.0"),
        ("1.2.0-rc.1", Wish(), "1.2.0-rc.1"), ("1.2.0-rc.1", Wish(channel="rc"), "1.2.0-rc.1"),
        ("1.2.0-rc.1", Wish(channel="final"), "1.2.0"), ("1.2.0-beta.4", Wish(channel="rc"), "1.2.0-rc.1"),
    ],
)  # fmt: skip
def test_without_a_change(current: str, wish: Wish, expected: str) -> None:
    """Only a later channel moves what nobody changed."""
    assert str(decided(V(current), "none", wish)) == expected


def line(*names: str, shared: bool = False, write: tuple[str, ...] = ("v",)) -> Line:
    """Make a line of packages in folders of their names."""
    members = tuple(Member(name=name, path=f"packages/{name}") for name in names)
    return Line(members=members, read=write, write=write, shared=shared)


@pytest.mark.parametrize(
    ("of", "tags", "changelogs", "title"),
    [
        (line("a", "b", shared=True), ("v1.1.0",), ("CHANGELOG.md",), "1.1.0"),
        (line("a", write=("a-v",)), ("a-v1.1.0",), ("packages/a/CHANGELOG.md",), "a 1.1.0"),
        (line("a", "b", write=("a@", "b@")), ("a@1.1.0", "b@1.1.0"),
         ("packages/a/CHANGELOG.md", "packages/b/CHANGELOG.md"), "a, b 1.1.0"),
    ],
)  # fmt: skip
def test_what_a_bump_makes(of: Line, tags: tuple[str, ...], changelogs: tuple[str, ...], title: str) -> None:
    """One changelog and one tag for the repository, or one for each package."""
    made = Bump(line=of, current=V("1.0.0"), wanted=V("1.1.0"))
    assert (made.tags, made.changelogs, made.title, made.bumped) == (tags, changelogs, title, True)
    assert not Bump(line=of, current=V("1.1.0"), wanted=V("1.1.0")).bumped
    assert Bump(line=of, current=None, wanted=V("1.1.0")).bumped


def test_each_package_of_a_line_has_its_tag() -> None:
    """Linked packages have one each, also by configuration; packages that share one have that."""
    linked = line("a", "b", write=("a@", "b@"))
    assert [linked.style_of(member) for member in linked.members] == ["a@", "b@"]
    configured = Member(name="c", path="c", tag="site-{version}")
    mixed = Line(members=(*linked.members, configured), read=(), write=("a@", "b@", "site-"), shared=False)
    assert mixed.style_of(configured) == "site-"
    shared = line("a", "b", shared=True)
    assert {shared.style_of(member) for member in shared.members} == {"v"}
