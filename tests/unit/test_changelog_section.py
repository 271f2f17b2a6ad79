"""A version's section: each style as a golden file, hostile text made harmless, links, people, limits."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.changes import changelog
from tagship.domain.changes.changelog_section import Look, Subject, clean, section
from tagship.domain.changes.changelog_template import render
from tagship.domain.changes.commits import Commit, Meaning
from tagship.domain.changes.history import read_history
from tagship.domain.versions.version import Version
from tagship.errors import UsageError

GOLDEN = Path(__file__).parents[1] / "golden" / "changelog"
V = Version.parse("1.3.0")
SUBJECT = Subject(
    version=V, date="2026-11-24", tag="core@1.3.0", since="core@1.2.0", dependencies={"base": "2.0.0", "web": "1.0.1"}
)
MESSAGES = [
    ("feat(tools): say hello (#12)", "Ada", "1+ada@users.noreply.github.com"),
    ("fix: a crash on empty input", "Jane Doe", "jane@example.org"),
    (
        "feat!: another way to start\n\nBREAKING CHANGE: `--old` is gone,\nuse `--new`",
        "Ada",
        "1+ada@users.noreply.github.com",
    ),
    ("fix: a crash on empty input", "Jane Doe", "jane@example.org"),
    (
        "fix(http): close connections\n\nCo-authored-by: Bob <2+bob@users.noreply.github.com>",
        "Jane Doe",
        "jane@example.org",
    ),
    ("perf(cache): keep it longer", "Jane Doe", "jane@example.org"),
    ("deps: bump requests to 2.33", "dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
    ("docs: words", "Jane Doe", "jane@example.org"),
    ("feat: first", "Ada", "1+ada@users.noreply.github.com"),
]
LINKED = Look(repository="octo/demo", counted=frozenset({"feat", "fix", "perf", "revert", "deps"}))


def meanings() -> tuple[Meaning, ...]:
    return read_history(
        [
            Commit(id=f"{number + 10:02x}" * 20, message=message, author=author, email=email)
            for number, (message, author, email) in enumerate(MESSAGES)
        ]
    )


TEMPLATE = """{{ heading }}

{% for group in groups %}
**{{ group.title }}**

{% for entry in group.entries %}
{{ entry }}
{% endfor %}

{% endfor %}
Since {{ previous_tag }}, by {{ people }}.
"""
SECTIONS = {
    "keep-a-changelog": lambda: section(SUBJECT, meanings(), LINKED),
    "keep-a-changelog-no-repository": lambda: section(SUBJECT, meanings()),
    "conventional": lambda: section(
        SUBJECT, meanings(), Look(style="conventional", repository="octo/demo", server="https://ghe.example.org")
    ),
    "own-titles": lambda: section(
        SUBJECT, meanings(), Look(titles={"docs": "Documentation", "perf": "", "feat": "New"}, repository="octo/demo")
    ),
    "template": lambda: render(TEMPLATE, "x.j2", SUBJECT, meanings(), LINKED),
    "nothing": lambda: section(Subject(version=V, date="2026-11-24"), ()),
}


@pytest.mark.parametrize("name", SECTIONS)
def test_sections_look_as_they_did(name: str) -> None:
    """The golden files were read by people; a change of theirs is read, too. The file gives the section back."""
    made = SECTIONS[name]()
    assert made == (GOLDEN / f"{name}.md").read_text(encoding="utf-8")
    file = changelog.insert("# Changelog\n\n## [1.2.0] - 2026-01-01\n\n- a\n", made)
    assert changelog.extract(file, V) == made.partition("\n")[2].strip()
    assert changelog.without(file, V) == "# Changelog\n\n## [1.2.0] - 2026-01-01\n\n- a\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("# a heading", "\\# a heading"),
        ("- a list", "\\- a list"),
        ("> a quote", "\\> a quote"),
        ("1. a list", "1\\. a list"),
        ("1.2.0 was wrong", "1.2.0 was wrong"),
        ("| a | table", "\\| a | table"),
        ("see ![x](http://tracker.example/p.png)", "see ![x]\\(http://tracker.example/p.png)"),
        ("[click](javascript:alert(1))", "[click]\\(javascript:alert(1))"),
        ("keep `[a](b)` as code", "keep `[a](b)` as code"),
        ("<!-- the rest is gone", "\\<!-- the rest is gone"),
        ("a < b", "a < b"),
        ("ping @octocat and @org/team", "ping `@octocat` and `@org/team`"),
        ("use `@property`", "use `@property`"),
        ("mail a@b.example", "mail a@b.example"),
        ("an odd ` tick", "an odd \\` tick"),
        ("::error::x", "::error::x"),
        ("two\nlines\r\nand \u202eback\u0000", "two lines and back"),
        ("\u200bzero\ufeff width", "zero width"),
        ("say \U000e0068\U000e0069\U000e01efnothing so\u00adft", "say nothing soft"),
        ("\u2063 # no heading", "\\# no heading"),
    ],
)
def test_hostile_words_are_harmless(text: str, expected: str) -> None:
    """What they would do in Markdown they do not do; what people write normally stays as it is."""
    assert clean(text) == expected


@given(st.text(max_size=60))
def test_whatever_is_written_stays_one_entry(text: str) -> None:
    """One line, no control characters, no HTML, and the section is found again whole."""
    entry = clean(text)
    assert entry.splitlines() in ([], [entry])
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", entry)
    outside = re.sub(r"`[^`]+`", "", entry) if entry.count("`") % 2 == 0 else entry
    assert not re.search(r"(?<!\\)<[A-Za-z/!?]", outside)
    meaning = Meaning(commit="a" * 40, type="fix", scope="", subject=text, breaking=())
    made = section(Subject(version=V, date="2026-11-24"), (meaning,))
    assert changelog.extract(changelog.insert("# C\n\n## 1.0.0\n", made), V).endswith("(aaaaaaa)")


def test_names_are_hostile_too() -> None:
    """A name is text that somebody chose; only a plain login stays one."""
    commits = [Commit(id="a" * 40, message="fix: x", author="<script>@everyone", email="x@example.org")]
    assert "By \\<script>`@everyone`." in section(SUBJECT, read_history(commits))


def test_tags_in_addresses_are_encoded() -> None:
    """A tag may hold what an address may not."""
    subject = Subject(version=V, date="2026-11-24", tag="a b)@1.3.0", since="@scope/x@1.2.0")
    assert "/compare/%40scope/x%401.2.0...a%20b%29%401.3.0)" in section(subject, (), LINKED)


def test_a_section_is_cut_for_github_at_an_entry() -> None:
    """125,000 characters (GitHub's limit of a release's body); how many are missing and where they are is said."""
    many = tuple(
        Meaning(commit=f"{n:040x}", type="fix", scope="", subject=f"fix {n}", breaking=()) for n in range(9000)
    )
    whole = section(SUBJECT, many, LINKED)
    cut = changelog.limited(whole, "see CHANGELOG.md")
    assert len(cut) <= 125_000 < len(whole)
    kept = cut.count("\n- fix")
    assert cut.endswith(f"… and {9000 + 2 - kept} more: see CHANGELOG.md\n")
    assert all(line.endswith("))") for line in cut.splitlines() if line.startswith("- fix"))
    assert changelog.limited("short\n", "x") == "short\n"


@pytest.mark.parametrize(
    ("template", "line", "said"),
    [
        ("{% for %}", 1, "broken"),
        ("a\n{{ nothing }}", None, "nothing"),
        ("{{ ''.__class__.__mro__ }}", None, "unsafe"),
        ("{{ 1 / 0 }}", None, "division"),
        ("{{ dependencies.clear() }}", None, "safe"),
    ],
)
def test_a_template_that_fails_is_told(template: str, line: int | None, said: str) -> None:
    """With its file and, where Jinja2 knows it, its line; and it cannot leave its sandbox."""
    with pytest.raises(UsageError) as caught:
        render(template, "notes.j2", SUBJECT, meanings(), LINKED)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("notes.j2", line)
    assert said in problem.message


def test_a_template_without_a_heading_gets_one() -> None:
    """The file must show which version it is."""
    made = render("Just words.", "x.j2", SUBJECT, (), LINKED)
    assert made.startswith("## [1.3.0](https://github.com/octo/demo/compare/")
    assert changelog.extract(made, V) == "Just words."
