"""Release commits are known by their message: after each of GitHub's ways of merging, and never by accident."""

from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.changes import bump_message
from tagship.domain.changes.bump import Bump
from tagship.domain.versions.release_line import Line, Member
from tagship.domain.versions.version import Version
from tests.unit.samples import versions

names = st.from_regex(r"(@[a-z]{1,5}/)?[a-z][a-z0-9-]{0,8}", fullmatch=True)
FOOTERS = "\n\nCo-authored-by: A <a@example.invalid>\nSigned-off-by: B <b@example.invalid>\n"


def bump(name: str, version: Version, *, shared: bool = False) -> Bump:
    style = "v" if shared else f"{name}-v"
    line = Line(members=(Member(name=name, path=name),), read=(style,), write=(style,), shared=shared)
    return Bump(line=line, current=None, wanted=version)


bumps = st.lists(st.tuples(names, versions), min_size=1, max_size=6, unique_by=lambda pair: pair[0]).map(
    lambda pairs: [bump(name, version) for name, version in pairs]
) | versions.map(lambda version: [bump("all", version, shared=True)])


@given(bumps, st.integers(1, 99_999))
def test_each_way_of_merging(made: list[Bump], number: int) -> None:
    """Merged, squashed with each of GitHub's default messages, rebased: the tags, or a star where they were dropped."""
    message = bump_message.commit_message(made)
    title, _, body = message.partition("\n")
    tags = tuple(tag for each in made for tag in each.tags)
    assert bump_message.released_by(message) == tags
    assert bump_message.released_by(message.replace("\n", "\r\n")) == tags
    assert bump_message.released_by(message + FOOTERS) == tags
    merged = f"Merge pull request #{number} from octo/tagship/release/main\n\n{title}"
    assert bump_message.released_by(merged) == ("*",)
    assert bump_message.released_by(f"{merged}\n\n{body.strip()}") == tags
    assert bump_message.released_by(f"{title} (#{number})") == ("*",)
    assert bump_message.released_by(f"{title} (#{number})\n{body}{FOOTERS}") == tags
    commits = f"* {title}\n{body}\n* docs: somebody's words\n"
    assert bump_message.released_by(f"{title} (#{number})\n\n{commits}") == tags
    described = bump_message.pull_request_body(made, ["## 1.0.0\n\n- entry"], limit=60_000)
    assert bump_message.released_by(f"{title} (#{number})\n\n{described}") == tags


@given(st.text(), bumps)
def test_no_other_commit_is_one(words: str, made: list[Bump]) -> None:
    """Trailers alone make no release, nor does a message that speaks of one."""
    message = bump_message.commit_message(made)
    title, _, body = message.partition("\n")
    for other in (
        f"feat: {words}\n{body}", f'Revert "{title}"\n\nThis reverts commit 0123456.\n{body}', f"fixup! {message}",
        f"Merge branch 'x'\n\n{message}", f"chore(deps): {title}\n{body}", f"{title[:5]} {words}\n{body}", f"x{message}",
        f"docs: say it\n\n{message}", f"Merge pull request #1 from a/b\n\nfeat: {words}\n\n{title}\n{body}",
    ):  # fmt: skip
        assert bump_message.released_by(other) == ()


@given(bumps)
def test_the_subject_is_one_short_line(made: list[Bump]) -> None:
    """Three packages are named, the rest is counted; every tag is in a trailer."""
    message = bump_message.commit_message(made)
    title = message.partition("\n")[0]
    assert title.count(",") <= 2
    assert ("more" in title.split()) == (len(made) > 3)
    assert message.count("\nRelease: ") == len(made)
