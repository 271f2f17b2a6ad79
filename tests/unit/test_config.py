"""``tagship.yaml``: strict, all mistakes at once, each with its place."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship import config
from tagship.errors import Problem, UsageError
from tagship.package_settings import PackageConfig
from tagship.settings import Config


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(UsageError) as caught:
        config.decode(text, "tagship.yaml")
    return caught.value.problems


def test_every_key() -> None:
    """What the file may say, decoded."""
    text = """
name: suite
signers: [key]
sbom: []
exclude: [old, "a/b"]
packages:
  one: {release: false}
  two:
    entry: serve
    mcp-name: io.github.octo/two
"""
    assert config.decode(text, "f") == Config(
        name="suite",
        signers=("key",),
        sbom=(),
        exclude=("old", "a/b"),
        packages={
            "one": PackageConfig(release=False),
            "two": PackageConfig(entry="serve", mcp_name="io.github.octo/two"),
        },
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "{}", "---\n...\n"])
def test_an_empty_file_means_the_defaults(text: str) -> None:
    """Zero configuration, written down."""
    assert config.decode(text, "f") == Config()


def test_all_mistakes_are_told_together() -> None:
    """Each with line, column and a hint, in the order of the file."""
    text = """nam: x
signers: [pkcs11]
sbom: cyclonedx
exclude: {a: b}
packages:
  one:
    relese: false
    entry: [a]
  one: {}
  two: 3
name: {}
name: y
zzzz: 1
"""
    found = problems(text)
    assert [(p.line, p.column, p.message.partition(": it must be")[0]) for p in found] == [
        (1, 1, "unknown key 'nam'"),
        (2, 11, "signers: unknown name 'pkcs11'"),
        (3, 7, "sbom"),
        (4, 10, "exclude"),
        (7, 5, "unknown key 'relese'"),
        (8, 12, "packages.one.entry"),
        (9, 3, "the key 'one' occurs twice"),
        (10, 8, "packages.two must be a mapping of keys to values"),
        (11, 7, "name"),
        (12, 1, "the key 'name' occurs twice"),
        (13, 1, "unknown key 'zzzz'"),
    ]
    hints = {p.line: p.hint for p in found}
    assert hints[1] == "did you mean 'name'?"
    assert hints[2] == "choose among gpg, key, sigstore"
    assert hints[7] == "did you mean 'release'?"
    assert hints[9] == "keep one of them"
    assert (
        hints[13]
        == "known keys: name, signers, attest, sbom, installers, channels, version, changelog, packages, targets, archive-name, "
        "runners, allow-files, licenses, exclude"
    )
    assert all(p.file == "tagship.yaml" for p in found)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("sbom: x", "sbom: it must be a list, not a text", "see docs/configuration.md"),
        ("targets: [mars]", "targets[0]: unknown 'mars'", "choose among linux-x86_64"),
        ("runners: {'': x}", "runners, as a key: unknown ''", "choose among linux-x86_64"),
        ("channels: [5]", "channels[0]: it must be a text or a mapping, not a whole number", "see docs"),
        ("packages: {w: {wheel: x}}", "packages.w.wheel: it must be true or false or a mapping or nothing", "see docs"),
        ("packages: {w: {wheels: {glibc: 2.17}}}", "packages.w.wheels.glibc: it must be a text", "put it in quotes"),
        ("packages: {w: {probe: {timeout: -1}}}", "packages.w.probe.timeout: it must be a whole number >= 1", "see"),
        ("packages: {w: {probe: {calls: [5]}}}", "packages.w.probe.calls[0] must be a mapping of keys to values", ""),
        ("version: {sites: [{fil: x, file: y}]}", "unknown key 'fil'", "did you mean 'file'?"),
        ("5: x", "unknown key '5'", "known keys: name"),
        ("on: x", "unknown key 'on'", "known keys: name"),
        ('packages: {w: {entry: "a\\0b"}}', "packages.w.entry: no value may have a NUL character", "take it out"),
        ("exclude: &a [*a]", "exclude[0]: it must be a text, not a list", "see docs"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(text: str, message: str, hint: str) -> None:
    """What it must be, what it is, and what to do; what the types allow is asked of keys, too."""
    (problem,) = problems(text)
    assert problem.message.startswith(message)
    assert problem.hint.startswith(hint)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("name: [\n", 2, 1),
        ("name: x\n  sbom: y\n", 2, 7),
        ("\tname: x\n", 1, 1),
        ("name: *nobody\n", 1, 7),
        ("a: 1\n---\nb: 2\n", 2, 1),
        ("name: 'x\n", 2, 1),
        ("name: x\x07\n", None, None),
        ('name: "\\UFFFFFFFF"\n', None, None),
        ("[" * 3000, None, None),
    ],
)
def test_what_is_no_yaml(text: str, line: int | None, column: int | None) -> None:
    """One problem, where the parser knows a place with it."""
    (problem,) = problems(text)
    assert problem.message.startswith("not YAML: ")
    assert (problem.line, problem.column) == (line, column)
    assert problem.hint


@pytest.mark.parametrize(
    "text",
    [
        "name: !!python/object/apply:os.system [false]\n",
        "name: !!python/name:os.system\n",
        "!!python/object:tagship.config.Config {name: x}\n",
        "packages: !!python/object:dict {}\n",
        "packages: {x: !!python/object:dict {}}\n",
        "packages: !!set {x}\n",
        "name: !!binary aGVsbG8=\n",
        "name: !mine x\n",
        "exclude: !!python/tuple [a]\n",
        "exclude: &loop [*loop]\n",
        "packages: &loop {a: *loop}\n",
        "name: 2024-13-45\n",
        "name: 2024-01-02\n",
        "name: 12\n",
        "name: yes\n",
        "name: =\n",
        "exclude: null\n",
        "packages:\n",
        "packages: {1: {}}\n",
        "packages: {[a]: {}}\n",
        "packages: {{a: b}: {}}\n",
        "packages: {a: }\n",
        "packages: {a: {release: no-thanks}}\n",
        "? [a, b]\n: c\n",
        "1: 2\n",
        "<<: {name: x}\n",
        "- name: x\n",
        "just words",
    ],
)  # fmt: skip
def test_tags_and_types_that_do_not_belong(text: str) -> None:
    """Nothing is constructed but plain values; anything else is one placed problem."""
    found = problems(text)
    assert all(problem.line and problem.column for problem in found), found
    assert all("\n" not in problem.message for problem in found), found


@given(st.text(st.sampled_from("name: spc-[]{}!&*|>'\"#?,\n\t 1~<=%@`\\x\u00e9")))
def test_no_text_crashes_it(text: str) -> None:
    """Any text is a configuration or a usage error."""
    with contextlib.suppress(UsageError):
        assert isinstance(config.decode(text, "f"), Config)


@pytest.mark.parametrize(
    ("text", "place"),
    [("[1]: x\n", "the file"), ("packages: {true: {}}\n", "packages"), ("changelog: {{a: 2}: x}", "changelog")],
)
def test_a_key_that_is_no_text_is_told_as_one(text: str, place: str) -> None:
    """YAML makes numbers and truths of words, and takes whole lists as keys; nobody would find a key without a name."""
    with pytest.raises(UsageError) as caught:
        config.decode(text, "tagship.yaml")
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (f"{place}: a key must be a text", "put it in quotes")


@pytest.mark.parametrize("name", config.FILES)
def test_the_file_is_found(tmp_path: Path, name: str) -> None:
    """At its usual places, also with a byte order mark and Windows line ends."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"\xef\xbb\xbfname: suite\r\nexclude:\r\n  - old\r\n")
    assert config.load(tmp_path) == Config(name="suite", exclude=("old",))
    assert config.load(tmp_path, name).name == "suite"


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    """Zero configuration."""
    assert config.load(tmp_path) == Config()


def test_a_given_file_must_be_there(tmp_path: Path) -> None:
    """A misspelt path is not silently the default."""
    with pytest.raises(UsageError) as caught:
        config.load(tmp_path, "ship.yaml")
    assert caught.value.problems[0].file == "ship.yaml"


def test_a_given_file_may_lie_elsewhere(tmp_path: Path) -> None:
    """Above the project or by an absolute path; messages show it as it was given."""
    (tmp_path / "shared.yaml").write_text("nam: x\n")
    (tmp_path / "project").mkdir()
    for given_path in ("../shared.yaml", str(tmp_path / "shared.yaml")):
        with pytest.raises(UsageError) as caught:
            config.load(tmp_path / "project", given_path)
        assert caught.value.problems[0].line == 1


def test_bytes_that_are_no_utf_8_are_no_crash(tmp_path: Path) -> None:
    """They are shown as replacement characters."""
    (tmp_path / "tagship.yaml").write_bytes(b"name: caf\xe9\n")
    assert config.load(tmp_path).name == "caf\ufffd"
