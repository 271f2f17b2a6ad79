"""Which tags are releases of which packages, which packages are versioned together, and what their next tag is called."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.changes import bump_message
from tagship.domain.changes.bump import Bump, Wish, decide
from tagship.domain.changes.commits import Commit
from tagship.domain.changes.mainline import mainline, of_folder
from tagship.domain.versions import tags
from tagship.domain.versions.calver import next_date_version, scheme_of
from tagship.domain.versions.release_line import Line, Member, Styles, lines
from tagship.domain.versions.version import CHANNELS, Version
from tagship.errors import UsageError
from tests.unit.samples import versions

V = Version.parse


def styles(*names: str) -> Styles:
    """Sort tags into styles."""
    return tags.by_style(tag for name in names if (tag := tags.read(name, f"commit of {name}")))


def member(name: str, path: str = ".", declared: str = "1.0.0", **more: object) -> Member:
    return Member(name=name, path=path, declared=declared, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "before", "version"),
    [
        ("v1.2.3", "v", "1.2.3"), ("1.2.3", "", "1.2.3"), ("V1.2.3", "V", "1.2.3"), ("v1.2.3-rc.1", "v", "1.2.3-rc.1"),
        ("core-v1.2.3", "core-v", "1.2.3"), ("core@1.2.3", "core@", "1.2.3"), ("@octo/core@1.2.3", "@octo/core@", "1.2.3"),
        ("sdk/go/v1.2.3", "sdk/go/v", "1.2.3"), ("mcp2-v1.2.3", "mcp2-v", "1.2.3"), ("core-web-v1.0.0", "core-web-v", "1.0.0"),
        ("release-2026.7.10", "release-", "2026.7.10"), ("py3.11-v1.2.3", "py3.11-v", "1.2.3"),
    ],
)  # fmt: skip
def test_a_tag_ends_with_its_version(name: str, before: str, version: str) -> None:
    """What stands before it is the style."""
    tag = tags.read(name, "c")
    assert tag is not None
    assert (tag.before, tag.version, tag.commit) == (before, V(version), "c")


@pytest.mark.parametrize(
    "name",
    ["latest", "v1", "v1.2", "release-2024", "v1.2.3.4", "v1.2.3-next.1", "v1.2.3+5", "v01.2.3", "v1.2.3;rm", "v1.2.3 ", "", "v",
     "nightly-20240101", "v1.2.3-rc", "v1.2.3-rc.1.2", "1.2.3\n"],
)  # fmt: skip
def test_what_does_not_end_with_a_version_is_none(name: str) -> None:
    """Whatever else people have tagged."""
    assert tags.read(name, "c") is None


@pytest.mark.parametrize(
    ("members", "known", "template", "linked", "expected"),
    [
        ([member("a")], (), "", (), [(("a",), ("v",))]),
        ([member("a")], ("v1.0.0",), "", (), [(("a",), ("v",))]),
        ([member("a")], ("1.0.0",), "", (), [(("a",), ("",))]),
        ([member("a")], ("v1.0.0", "1.1.0"), "", (), [(("a",), ("",))]),
        ([member("a")], ("1.0.0", "v1.1.0"), "", (), [(("a",), ("v",))]),
        ([member("a")], ("a-v1.0.0",), "", (), [(("a",), ("a-v",))]),
        ([member("a")], ("a-v1.0.0", "v2.0.0"), "", (), [(("a",), ("v",))]),
        ([member("a"), member("b", "b")], (), "", (), [(("a", "b"), ("v",))]),
        ([member("a"), member("b", "b", "2.0.0")], (), "", (), [(("a",), ("a-v",)), (("b",), ("b-v",))]),
        ([member("a"), member("b", "b", "2.0.0")], ("v1.0.0",), "", (), [(("a", "b"), ("v",))]),
        ([member("a", "a"), member("b", "b")], ("a@1.0.0",), "", (), [(("a",), ("a@",)), (("b",), ("b@",))]),
        ([member("@o/a", "a"), member("@o/b", "b")], ("@o/a@1.0.0",), "", (),
         [(("@o/a",), ("@o/a@",)), (("@o/b",), ("@o/b@",))]),
        ([member("@o/a", "a"), member("@o/b", "b")], ("a-v1.0.0",), "", (), [(("@o/a",), ("a-v",)), (("@o/b",), ("b-v",))]),
        ([member("root"), member("b", "b")], ("v1.0.0", "b-v2.0.0"), "", (), [(("root",), ("v",)), (("b",), ("b-v",))]),
        ([member("x", "."), member("y", ".")], ("x-v1.0.0",), "", (), [(("x", "y"), ("x-v",))]),
        ([member("w", ".", ecosystem="go"), member("sdk", "sdk", ecosystem="go")], ("v1.0.0", "sdk/v0.1.0"), "", (),
         [(("w",), ("v",)), (("sdk",), ("sdk/v",))]),
        ([member("a", "a"), member("b", "b")], ("v1.0.0",), "{name}/v{version}", (), [(("a",), ("a/v",)), (("b",), ("b/v",))]),
        ([member("a", "a"), member("b", "b")], ("a-v1.0.0",), "release-{version}", (), [(("a", "b"), ("release-",))]),
        ([member("a", "a"), member("b", "b"), member("c", "c")], ("a-v1.0.0",), "", (("b", "c"),),
         [(("a",), ("a-v",)), (("b", "c"), ("b-v", "c-v"))]),
        ([member("a", "a", tag="x-{version}"), member("b", "b")], (), "", (), [(("a",), ("x-",)), (("b",), ("b-v",))]),
    ],
)  # fmt: skip
def test_lines(
    members: list[Member], known: tuple[str, ...], template: str, linked: tuple[tuple[str, ...], ...],
    expected: list[tuple[tuple[str, ...], tuple[str, ...]]],
) -> None:  # fmt: skip
    """History decides, or the configuration."""
    made = lines(members, styles(*known), template=template, linked=linked)
    assert [(tuple(m.name for m in line.members), line.write) for line in made] == expected


def test_a_name_that_another_begins_with_is_not_taken_for_it() -> None:
    """`core-web-v1.0.0` is no release of `core`."""
    members = [member("core", "core"), member("core-web", "core-web")]
    core, web = lines(members, styles("core-v1.0.0", "core-web-v9.0.0"))
    assert (core.read, web.read) == (("core-v",), ("core-web-v",))


@pytest.mark.parametrize(
    "template", ["v", "{version}-x", "{name} {version}", "-{version}", "a..b{version}", "x~{version}", ""]
)
def test_templates_that_make_no_tag_are_refused(template: str) -> None:
    """Git's rules, and the version must come last."""
    with pytest.raises(UsageError) as caught:
        tags.from_template(template, "name")
    assert caught.value.problems[0].hint


def test_a_linked_package_that_is_not_there_is_told() -> None:
    """With those that are."""
    with pytest.raises(UsageError, match="nobody") as caught:
        lines([member("a", "a"), member("b", "b")], {}, linked=[["a", "nobody"]])
    assert "a, b" in caught.value.problems[0].hint


names = st.from_regex(r"@?[a-z][a-z0-9-]{0,8}(/[a-z][a-z0-9-]{0,8})?", fullmatch=True)


@given(
    st.lists(names, min_size=1, max_size=5, unique=True),
    versions,
    st.sampled_from(["", "{name}-v{version}", "v{version}"]),
)
def test_what_a_line_writes_it_reads(packages: list[str], version: Version, template: str) -> None:
    """A tag that is made is found again as this line's release, and no two lines make one tag."""
    members = [member(name, f"packages/{n}", f"{n}.0.0") for n, name in enumerate(packages)]
    made = lines(members, {}, template=template)
    written = [f"{style}{version}" for line in made for style in line.write]
    assert len(set(written)) == len(written)
    for line in made:
        for style in line.write:
            tag = tags.read(f"{style}{version}", "c")
            assert tag is not None
            assert (tag.before in line.read, tag.version) == (True, version)
            assert tags.is_legal(tag.name)


@pytest.mark.parametrize(
    ("known", "scheme"),
    [
        ((), "semver"), (("1.2.3",), "semver"), (("2026.7.10",), "YYYY.M.D"), (("2026.7.10", "2026.6.30"), "YYYY.M.D"),
        (("2026.7.0",), "YYYY.M.MICRO"), (("2026.7.3", "2026.7.40"), "YYYY.M.MICRO"), (("2026.2.30",), "YYYY.M.MICRO"),
        (("2026.13.1",), "semver"), (("2019.1.1", "1.0.0"), "YYYY.M.D"),
    ],
)  # fmt: skip
def test_date_versions_are_recognised(known: tuple[str, ...], scheme: str) -> None:
    """By a year, a month and a day that exists; anything else counts on."""
    assert scheme_of([V(text) for text in known]) == scheme


TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("current", "scheme", "channel", "expected"),
    [
        (None, "YYYY.M.D", "", "2026.11.24"), ("2026.7.10", "YYYY.M.D", "", "2026.11.24"),
        (None, "YYYY.M.MICRO", "", "2026.11.0"), ("2026.11.4", "YYYY.M.MICRO", "", "2026.11.5"),
        ("2026.10.9", "YYYY.M.MICRO", "", "2026.11.0"), ("2026.7.10", "YYYY.M.D", "rc", "2026.11.24-rc.1"),
        ("2026.11.24-rc.1", "YYYY.M.D", "", "2026.11.24-rc.2"), ("2026.11.24-rc.2", "YYYY.M.D", "final", "2026.11.24"),
        ("2026.11.5-beta.1", "YYYY.M.MICRO", "rc", "2026.11.5-rc.1"), ("1.2.3", "YYYY.M.D", "", "2026.11.24"),
    ],
)  # fmt: skip
def test_the_next_date(current: str | None, scheme: str, channel: str, expected: str) -> None:
    """Today's date, or the month's next number; prereleases as everywhere."""
    assert str(next_date_version(V(current) if current else None, scheme, TODAY, channel)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("current", ["2026.11.24", "2026.12.1", "2027.1.1"])
def test_a_date_has_one_version(current: str) -> None:
    """The second of a day, or one before today, is refused with what to do."""
    with pytest.raises(UsageError) as caught:
        next_date_version(V(current), "YYYY.M.D", TODAY)
    assert caught.value.problems[0].hint


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.sampled_from(CHANNELS),
)
def test_dates_only_grow(first: date, second: date, channel: str) -> None:
    """A later day is a higher version, also by MICRO within a month."""
    if first < second:
        for scheme in ("YYYY.M.D", "YYYY.M.MICRO"):
            one = next_date_version(None, scheme, first, channel)  # type: ignore[arg-type]
            assert next_date_version(one, scheme, second, "final") > one or scheme == "YYYY.M.MICRO"  # type: ignore[arg-type]


def test_the_first_version_comes_from_the_files_or_is_0_1_0() -> None:
    """The highest that is declared; a channel that is asked for begins there; a placeholder cannot be asked for."""

    def first(declared: tuple[str, ...], **wish: str) -> str:
        wanted = Wish(**wish)  # type: ignore[arg-type]
        return str(decide(None, declared, "minor", wanted, scheme="semver", leave_zero=False, today=TODAY))

    assert first(()) == "0.1.0"
    assert first(("1.2.0", "1.0.0")) == "1.2.0"
    assert first(("1.2.0rc1",)) == "1.2.0-rc.1"
    assert first(("1.2.0",), channel="beta") == "1.2.0-beta.1"
    with pytest.raises(UsageError, match="placeholder"):
        first((), version="0.0.0")


def bump_of(*names: str, shared: bool = False) -> Bump:
    line = Line(
        members=tuple(member(name, name) for name in names),
        read=("v",) if shared else tuple(f"{name}-v" for name in names),
        write=("v",) if shared else tuple(f"{name}-v" for name in names),
        shared=shared,
    )
    return Bump(line=line, current=V("1.0.0"), wanted=V("1.1.0-rc.1"))


@pytest.mark.parametrize(
    "bumps", [[bump_of("a", shared=True)], [bump_of("a")], [bump_of("a"), bump_of("b"), bump_of("c", "d")]]
)
def test_release_commits_are_recognised_however_they_were_merged(bumps: list[Bump]) -> None:
    """By a merge, rebased, squashed with or without the body; nothing else is taken for one."""
    message = bump_message.commit_message(bumps)
    subject, _, body = message.partition("\n")
    wanted = tuple(tag for bump in bumps for tag in bump.tags)
    assert bump_message.released_by(message) == wanted
    assert bump_message.released_by(f"{subject} (#12)\n{body}") == wanted
    assert bump_message.released_by(f"{subject} (#12)") == ("*",)
    assert bump_message.released_by(f"Merge pull request #12 from octo/tagship/release/main\n\n{subject}") == ("*",)
    for other in ("feat: x\n\n" + body, "chore: release\n" + body, "Merge branch 'x'\n" + body, ""):
        assert bump_message.released_by(other) == ()


def test_the_body_of_the_pull_request_has_a_limit() -> None:
    """The trailers, which merging may keep, are always whole."""
    body = bump_message.pull_request_body([bump_of("a")], ["## x\n" + "- entry\n" * 20_000], limit=65_536)
    assert len(body) <= 65_536
    assert body.endswith("Release: a-v1.1.0-rc.1\n")
    assert "the rest is in" in body
    assert re.search(r"\| a \| 1\.0\.0 \| \*\*1\.1\.0-rc\.1\*\* \| `a-v1\.1\.0-rc\.1` \|", body)


def test_each_commit_is_brought_by_one_of_the_branch() -> None:
    """Nested merges and a branch that began before the range; side commits belong to the oldest merge that has them."""

    def commit(name: str, *parents: str) -> Commit:
        return Commit(id=name, message="", parents=parents)

    history = [
        commit("m2", "m1", "y"), commit("y", "x"), commit("m1", "a", "x"), commit("x", "w"), commit("w", "old"),
        commit("a", "root"),
    ]  # fmt: skip
    assert [(by, c.id) for by, c in mainline(history)] == [
        ("m2", "m2"), ("m2", "y"), ("m1", "m1"), ("m1", "x"), ("m1", "w"), ("a", "a"),
    ]  # fmt: skip
    assert list(mainline([])) == []


def test_a_folders_commits_keep_the_merges_that_brought_them() -> None:
    """What touched other folders is left out, and what is left is joined."""

    def commit(name: str, *parents: str) -> Commit:
        return Commit(id=name, message="", parents=parents)

    history = [
        commit("m3", "m2", "z"), commit("z", "m2"), commit("m2", "m1", "y"), commit("y", "m1"), commit("m1", "b", "x2"),
        commit("x2", "x1"), commit("x1", "a"), commit("b", "a"), commit("a", "tag"),
    ]  # fmt: skip
    left = of_folder(history, {"z", "x1", "x2"})
    assert [(c.id, c.parents) for c in left] == [
        ("m3", ("m1", "z")), ("z", ("m1",)), ("m1", ("tag", "x2")), ("x2", ("x1",)), ("x1", ("tag",)),
    ]  # fmt: skip
    assert of_folder(history, set()) == ()
