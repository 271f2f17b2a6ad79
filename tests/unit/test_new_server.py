"""New servers: the examples under other names, and names that they cannot have."""

from pathlib import Path

import pytest

from tagship.domain.setup.new_server import LANGUAGES, Names, checked, checked_owner, filled_in
from tagship.errors import UsageError
from tagship.parts.init.new_server import template

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = {
    "python": ("weather-mcp", "python-server"),
    "npm": ("colours-mcp", "typescript-server"),
    "go": ("tides-mcp", "go-server"),
    "rust": ("dice-mcp", "rust-server"),
}


def test_every_language_has_an_example() -> None:
    """None is offered that no test releases."""
    assert set(EXAMPLES) == set(LANGUAGES)


@pytest.mark.parametrize("language", EXAMPLES)
def test_the_examples_are_what_init_writes(language: str) -> None:
    """Under its own name a new server is the example, byte for byte: what the tests release, people get."""
    name, folder = EXAMPLES[language]
    names = Names(name=name, owner="tagship", repository="tagship/tagship", folder=f"examples/{folder}")
    for path, text in filled_in(template(language), names).items():
        assert text == (ROOT / "examples" / folder / path).read_text(encoding="utf-8"), path


@pytest.mark.parametrize("language", EXAMPLES)
def test_nothing_of_the_example_is_left(language: str) -> None:
    """No name, no owner, no folder of ours, but for the link to this project in the readme."""
    made = filled_in(template(language), Names(name="zebra", owner="Octo", repository="Octo/zebra"))
    name, folder = EXAMPLES[language]
    whole = "\n".join([*made, *made.values()]).replace("https://github.com/tagship/tagship)", "")
    for ours in (name, name.replace("-", "_"), folder, "tagship/", "@tagship", "«", "»"):
        assert ours not in whole, ours
    assert {"README.md", "LICENSE", ".gitignore", "server.json"} <= set(made)
    assert '"name": "io.github.Octo/zebra"' in made["server.json"]
    if language == "npm":
        assert '"name": "@octo/zebra"' in made["package.json"]


def test_the_crate_is_where_cargo_has_it() -> None:
    """Cargo refuses a lock in another order when it is told `--locked`."""
    for name in ("aaa", "zebra", "tokio-mcp"):
        lock = filled_in(template("rust"), Names(name=name, owner="octo", repository="octo/x"))["Cargo.lock"]
        found = [line.split('"')[1] for line in lock.splitlines() if line.startswith("name = ")]
        assert found == sorted(found)
        assert lock.count("\n[[package]]\n") == len(found)


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("", "go"), ("Weather", "go"), ("a_b", "python"), ("-a", "npm"), ("a--b", "npm"), ("1a", "rust"), ("a" * 61, "go"),
        ("../x", "go"), ("a/b", "npm"), ("a\nb", "npm"), ("weather\n", "npm"), ("ä", "go"), ("«name»", "go"), ("json", "python"),
        ("class", "python"), ("match", "rust"), ("con", "npm"), ("mcp", "python"), ("test", "go"), ("internal", "go"),
    ],
)  # fmt: skip
def test_names_that_would_break_something_are_refused(name: str, language: str) -> None:
    """Each with what to do instead."""
    with pytest.raises(UsageError) as caught:
        checked(name, language)
    assert caught.value.problems[0].hint


def test_a_crate_that_the_server_needs_is_no_name() -> None:
    """Two packages of one name are no lock."""
    with pytest.raises(UsageError, match="serde"):
        filled_in(template("rust"), Names(name="serde", owner="octo", repository="octo/serde"))


@pytest.mark.parametrize("owner", ["", "-a", "a-", "a--b", "a b", "a/b", "a" * 41, "${{x}}", "a\n"])
def test_owners_that_github_has_not_are_refused(owner: str) -> None:
    """What would end up in addresses and names is checked first."""
    with pytest.raises(UsageError):
        checked_owner(owner)
    assert checked_owner("Octo-Cat9") == "Octo-Cat9"
