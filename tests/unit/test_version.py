"""One version, every spelling; which version comes next."""

import itertools
from typing import Literal

import pytest
import semver
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version as Pep440

from tagship.domain.versions.version import CHANNELS, Change, Channel, Version, next_version
from tagship.errors import UsageError
from tests.unit.samples import finals, versions

LADDER = [
    "0.0.0-alpha.0", "0.0.0", "0.0.1-beta.3", "0.0.1", "0.1.0-rc.1", "0.1.0", "0.9.0", "0.10.0", "1.0.0-alpha.1",
    "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-beta.0", "1.0.0-beta.1", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0",
    "2.0.0-rc.2", "2.0.0", "10.0.0",
]  # fmt: skip


@given(versions)
def test_every_spelling_leads_back_to_the_same_version(version: Version) -> None:
    """SemVer, tag and PEP 440 are read back as what was written."""
    assert Version.parse(str(version)) == version
    assert Version.from_tag(f"v{version}") == version
    assert Version.from_tag(f"V{version}") == version
    assert Version.from_tag(str(version)) == version
    assert Version.from_pep440(version.spellings.pep440) == version


@given(versions)
def test_the_python_spelling_is_already_normal(version: Version) -> None:
    """PyPI and wheel file names use the normal form of PEP 440; ours is it."""
    spelled = version.spellings.pep440
    assert str(Pep440(spelled)) == spelled


@given(versions)
def test_the_linux_spelling_is_semver_with_a_tilde(version: Version) -> None:
    """Deb and rpm sort ``~`` before everything, and allow no further hyphen in an upstream version."""
    spelled = version.spellings.deb
    assert spelled == version.spellings.rpm
    assert "-" not in spelled
    assert Version.parse(spelled.replace("~", "-")) == version


def test_order_agrees_with_semver_and_packaging_on_all_pairs() -> None:
    """The three orders are one, so that no registry thinks another version is the newest."""
    for first, second in itertools.product(LADDER, repeat=2):
        a, b = Version.parse(first), Version.parse(second)
        expected = LADDER.index(first) < LADDER.index(second)
        assert (a < b) == expected
        assert (semver.Version.parse(first) < semver.Version.parse(second)) == expected
        assert (Pep440(a.spellings.pep440) < Pep440(b.spellings.pep440)) == expected
        assert (a >= b) == (not expected)


@given(versions, versions)
def test_order_agrees_with_semver_and_packaging(first: Version, second: Version) -> None:
    """Also on versions nobody thought of."""
    assert (first < second) == (semver.Version.parse(str(first)) < semver.Version.parse(str(second)))
    assert (first < second) == (Pep440(first.spellings.pep440) < Pep440(second.spellings.pep440))


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "1.2", "v1.2.3", "01.2.3", "1.2.3.4", "1.2.3-", "1.2.3-rc", "1.2.3-rc1", "1.2.3-rc.", "1.2.3-rc.01",
        "1.2.3-rc.1.2", "1.2.3-rc.x", "1.2.3-dev.1", "1.2.3-RC.1", "1.2.3+build", "1.2.3-rc.1+5", "1.2.3\n", " 1.2.3",
        "1\u0662.0.0", "1.2.3-rc.\u0661", "-1.2.3", "1.2.3 ; rm", "9" * 5000 + ".0.0",
    ],
)  # fmt: skip
def test_what_not_every_registry_can_order_is_refused(text: str) -> None:
    """A version that some registry would refuse or sort differently is told before anything is built."""
    with pytest.raises(UsageError) as caught:
        Version.parse(text)
    assert caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", "1.0.0"), ("1.2", "1.2.0"), ("1.2.3", "1.2.3"), ("v1.2.3", "1.2.3"), ("1.2.3a4", "1.2.3-alpha.4"),
        ("1.2.3-beta.4", "1.2.3-beta.4"), ("1.2rc1", "1.2.0-rc.1"), ("1.2.3c1", "1.2.3-rc.1"), ("1.2.3.RC1", "1.2.3-rc.1"),
        (" 1.2.3\n", "1.2.3"), ("01.02.03", "1.2.3"), ("1.0rc", "1.0.0-rc.0"),
    ],
)  # fmt: skip
def test_python_versions_are_read_in_every_form_of_pep_440(text: str, expected: str) -> None:
    """Projects write versions in non-normal forms; they mean the same."""
    assert str(Version.from_pep440(text)) == expected


@pytest.mark.parametrize("text", ["", "x", "1!1.0", "1.0.post1", "1.0.dev1", "1.0+local", "1.2.3.4", "2024.01.02.03"])
def test_python_versions_without_a_semver_spelling_are_refused(text: str) -> None:
    """An epoch, a post release, a fourth number: npm and OCI could not carry it."""
    with pytest.raises(UsageError):
        Version.from_pep440(text)


BUMPS: list[tuple[str, Change, str, str]] = [
    ("1.2.3", "none", "", "1.2.3"),
    ("1.2.3", "patch", "", "1.2.4"),
    ("1.2.3", "minor", "", "1.3.0"),
    ("1.2.3", "major", "", "2.0.0"),
    ("1.2.3", "patch", "final", "1.2.4"),
    ("1.2.3", "none", "final", "1.2.3"),
    ("1.2.3", "patch", "alpha", "1.2.4-alpha.1"),
    ("1.2.3", "minor", "beta", "1.3.0-beta.1"),
    ("1.2.3", "major", "rc", "2.0.0-rc.1"),
    # Below 1.0.0 a breaking change raises the minor number.
    ("0.0.0", "patch", "", "0.0.1"),
    ("0.0.0", "minor", "", "0.1.0"),
    ("0.0.0", "major", "", "0.1.0"),
    ("0.1.2", "patch", "", "0.1.3"),
    ("0.1.2", "minor", "", "0.2.0"),
    ("0.1.2", "major", "", "0.2.0"),
    ("0.1.2", "major", "rc", "0.2.0-rc.1"),
    ("0.1.0-rc.1", "major", "", "0.1.0-rc.2"),
    ("0.0.1-rc.1", "major", "", "0.1.0-rc.1"),
    ("0.0.1-rc.1", "minor", "", "0.1.0-rc.1"),
    ("0.0.1-rc.1", "patch", "", "0.0.1-rc.2"),
    # A prerelease counts on while its numbers say enough, and starts again when they do not.
    ("1.2.0-rc.2", "none", "", "1.2.0-rc.3"),
    ("1.2.0-rc.2", "patch", "", "1.2.0-rc.3"),
    ("1.2.0-rc.2", "minor", "", "1.2.0-rc.3"),
    ("1.2.0-rc.2", "major", "", "2.0.0-rc.1"),
    ("1.2.1-rc.2", "patch", "", "1.2.1-rc.3"),
    ("1.2.1-rc.2", "minor", "", "1.3.0-rc.1"),
    ("1.2.1-rc.2", "major", "", "2.0.0-rc.1"),
    ("2.0.0-rc.1", "major", "", "2.0.0-rc.2"),
    ("2.0.0-alpha.9", "minor", "", "2.0.0-alpha.10"),
    ("2.0.0-alpha.9", "patch", "alpha", "2.0.0-alpha.10"),
    # Channels go forward only.
    ("1.2.0-alpha.3", "none", "beta", "1.2.0-beta.1"),
    ("1.2.0-alpha.3", "patch", "rc", "1.2.0-rc.1"),
    ("1.2.0-beta.3", "none", "rc", "1.2.0-rc.1"),
    ("1.2.0-beta.3", "minor", "rc", "1.2.0-rc.1"),
    ("1.2.0-beta.3", "major", "rc", "2.0.0-rc.1"),
    ("1.2.0-rc.3", "major", "alpha", "2.0.0-alpha.1"),
    ("1.2.1-rc.3", "minor", "alpha", "1.3.0-alpha.1"),
    # Leaving the channel.
    ("1.2.0-rc.3", "none", "final", "1.2.0"),
    ("1.2.0-rc.3", "patch", "final", "1.2.0"),
    ("1.2.0-rc.3", "minor", "final", "1.2.0"),
    ("1.2.0-rc.3", "major", "final", "2.0.0"),
    ("1.2.1-alpha.1", "minor", "final", "1.3.0"),
    ("0.2.0-alpha.1", "major", "final", "0.2.0"),
    # Numbers of two digits, and the ladders that the peers' manuals walk (semantic-release's pre-release recipe,
    # release-please's prerelease strategy, python-semantic-release's `--as-prerelease`, `npm version`, cargo-release).
    ("1.9.9", "patch", "", "1.9.10"),
    ("1.9.9", "minor", "", "1.10.0"),
    ("9.9.9", "major", "", "10.0.0"),
    ("0.9.9", "minor", "", "0.10.0"),
    ("0.0.9", "major", "", "0.1.0"),
    ("1.2.3", "patch", "beta", "1.2.4-beta.1"),
    ("1.2.3", "minor", "alpha", "1.3.0-alpha.1"),
    ("1.2.3", "major", "alpha", "2.0.0-alpha.1"),
    ("1.2.4-beta.1", "patch", "beta", "1.2.4-beta.2"),
    ("1.2.4-beta.2", "minor", "beta", "1.3.0-beta.1"),
    ("1.3.0-beta.1", "patch", "beta", "1.3.0-beta.2"),
    ("1.3.0-beta.2", "major", "beta", "2.0.0-beta.1"),
    ("2.0.0-beta.1", "minor", "rc", "2.0.0-rc.1"),
    ("2.0.0-rc.1", "none", "final", "2.0.0"),
    ("2.0.0-rc.9", "patch", "", "2.0.0-rc.10"),
    ("1.0.0-alpha.0", "none", "alpha", "1.0.0-alpha.1"),
    ("1.0.0-rc.1", "patch", "", "1.0.0-rc.2"),
    ("0.3.0-beta.1", "minor", "", "0.3.0-beta.2"),
    ("0.3.1-beta.1", "major", "", "0.4.0-beta.1"),
    ("1.2.3-rc.1", "none", "final", "1.2.3"),
]


def test_the_table_is_long_enough() -> None:
    """Sixty cases at least, each once."""
    assert len({row[:3] for row in BUMPS}) == len(BUMPS) >= 60


@pytest.mark.parametrize(("current", "change", "channel", "expected"), BUMPS)
def test_next_version(current: str, change: Change, channel: Channel, expected: str) -> None:
    """The rules of bumping, case by case."""
    assert str(next_version(Version.parse(current), change, channel)) == expected


@pytest.mark.parametrize(
    ("current", "change", "channel"),
    [
        ("1.2.0-rc.1", "none", "beta"), ("1.2.0-rc.1", "none", "alpha"), ("1.2.0-beta.1", "minor", "alpha"),
        ("2.0.0-rc.1", "major", "beta"), ("1.2.0", "none", "rc"), ("0.1.0", "none", "alpha"),
    ],
)  # fmt: skip
def test_going_back_is_refused(current: str, change: Change, channel: Channel) -> None:
    """A lower channel of the same numbers, or a prerelease of what is already final, sorts before what is out."""
    with pytest.raises(UsageError, match="back"):
        next_version(Version.parse(current), change, channel)


@given(versions, st.sampled_from(["major", "minor", "patch", "none"]), st.sampled_from(["", "final", *CHANNELS]))
def test_the_next_version_never_goes_back(
    current: Version, change: Change, channel: Channel | Literal["", "final"]
) -> None:
    """Whatever is asked: it is refused, or the result is not lower; and higher when something changed."""
    try:
        following = next_version(current, change, channel)
    except UsageError:
        assert channel in CHANNELS
        return
    assert following >= current
    if change != "none":
        assert following > current
    if channel == "final":
        assert not following.prerelease
    elif channel:
        assert following.channel == channel


@given(finals)
def test_bigger_changes_lead_to_higher_versions(current: Version) -> None:
    """Patch < minor ≤ major (equal below 1.0.0)."""
    patch, minor, major = (next_version(current, change) for change in ("patch", "minor", "major"))
    assert patch < minor <= major
    assert (minor < major) == (current.major > 0)
