"""Coming from another tool: what becomes of each line, and of files that nobody should trust."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagship import config, migrations, plugins
from tagship.checks import _ways_in
from tagship.domain.setup.migration import Migrated
from tagship.domain.text.config_places import of_json, of_toml, of_yaml
from tagship.errors import Problem, TagshipError
from tagship.parts.init.own_settings import body
from tagship.ports import Migration

GORELEASER = """\
version: 2
project_name: tides
before: {hooks: [go mod tidy]}
builds:
  - main: ./cmd/tides
    env: [CGO_ENABLED=0, TOKEN=x]
    goos: [linux, darwin, freebsd]
    goarch: [amd64, arm64]
    ignore:
      - {goos: darwin, goarch: amd64}
archives:
  - name_template: "{{ .ProjectName }}_{{ .Version }}_{{ .Os }}_{{ .Arch }}"
nfpms:
  - {formats: [deb, rpm], maintainer: "A <a@example.org>"}
brews: [{repository: {owner: octo, name: tap}}]
release: {draft: true}
signs: [{cmd: cosign, artifacts: checksum}]
upx: [{enabled: true}]
odd: {thing: 1}
"""
DIST = """\
[workspace]
members = ["cargo:."]

[dist]
cargo-dist-version = "0.31.0"
installers = ["shell", "homebrew", "npm", "msi"]
targets = [
  "aarch64-apple-darwin",
  "x86_64-unknown-linux-musl",
  "i686-pc-windows-msvc",
]
publish-jobs = ["npm", "./my-job"]
"""
RELEASE_PLEASE = """\
{
\t"release-type": "node",
\t"bump-minor-pre-major": true,
\t"packages": {
\t\t".": {"extra-files": [
\t\t\t{"type": "yaml", "path": "chart/values.yaml", "jsonpath": "$.image.tag"},
\t\t\t"src/version.ts"
\t\t]},
\t\t"two": {"release-type": "ocaml"}
\t},
\t"plugins": [{"type": "linked-versions", "groupName": "g", "components": ["a", "b"]}]
}
"""
SEMANTIC_RELEASE = """\
branches: [main, {name: next, prerelease: rc}]
tagFormat: "release-${version}"
plugins:
  - - "@semantic-release/commit-analyzer"
    - releaseRules:
        - {type: docs, release: patch}
        - {scope: api, release: major}
  - "@semantic-release/npm"
  - "my-plugin"
"""
HAND_WRITTEN = """\
name: release
on: {push: {tags: ['v*']}}
jobs:
  all:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pytest
      - run: python -m build
      - uses: pypa/gh-action-pypi-publish@release/v1
      - uses: softprops/action-gh-release@v2
        with: {files: dist/*}
      - run: cosign sign-blob dist/a
      - run: ./announce.sh
"""
FILES = {
    "goreleaser": (".goreleaser.yaml", GORELEASER),
    "cargo-dist": ("dist-workspace.toml", DIST),
    "release-please": ("release-please-config.json", RELEASE_PLEASE),
    "semantic-release": (".releaserc", SEMANTIC_RELEASE),
    "hand-written": (".github/workflows/publish.yml", HAND_WRITTEN),
}
SETTINGS: dict[str, dict[str, Any]] = {
    "goreleaser": {
        "targets": ["linux-x86_64", "linux-aarch64", "macos-aarch64"],
        "archive-name": "{name}_{version}_{goos}_{goarch}",
        "installers": ["install-ps1", "install-sh", "homebrew"],
        "packages": {"tides": {"linux-packages": {"formats": ["deb", "rpm"], "maintainer": "A <a@example.org>"}}},
    },
    "cargo-dist": {
        "targets": ["linux-x86_64", "macos-aarch64"],
        "installers": ["install-ps1", "install-sh", "homebrew"],
        "channels": ["npm"],
        "packages": {"tides": {"npm": True}},
    },
    "release-please": {
        "version": {"sites": [{"file": "chart/values.yaml", "path": "image.tag"}], "linked": [["a", "b"]]},
    },
    "semantic-release": {
        "channels": ["npm"],
        "version": {"types": {"docs": "patch"}, "tag": "release-{version}"},
    },
    "hand-written": {"channels": ["pypi"]},
}
LOST = {
    "goreleaser": {
        3: "before",
        6: "builds.0.env.1: TOKEN=x",
        7: "builds.0.goos.2: freebsd",
        18: "upx",
        19: "odd.thing: 1",
    },
    "cargo-dist": {6: "installers.3: msi", 7: "targets.2: i686-pc-windows-msvc", 12: "publish-jobs.1: ./my-job"},
    "release-please": {7: "packages...extra-files.1: src/version.ts", 9: "packages.two.release-type: ocaml"},
    "semantic-release": {7: "plugins.0.1.releaseRules.1", 9: "plugins.2: my-plugin"},
    "hand-written": {8: "jobs.all.steps.1", 14: "jobs.all.steps.6"},
}


def read(name: str, text: str) -> Migrated:
    """Read a configuration as the command does."""
    migration: Migration = plugins.load("migrations", name)
    (file,) = migration.files([FILES[name][0], "README.md"])
    return migration.read({file: text}, ["tides"])


def read_or_refused(name: str, text: str) -> tuple[Migrated, tuple[Problem, ...]]:
    """Return what was read, or what was said against it."""
    try:
        return read(name, text), ()
    except TagshipError as error:
        return Migrated(), error.problems


@pytest.mark.parametrize("name", FILES)
def test_settings_are_carried_over_and_the_rest_is_told_with_its_line(name: str) -> None:
    """What can be said in tagship.yaml is, what cannot is told with file, line and reason; tagship.yaml is a valid one."""
    migrated = read(name, FILES[name][1])
    assert migrated.settings == SETTINGS[name]
    lost = {note.line: note.what for note in migrated.notes if not note.became}
    assert lost.items() >= LOST[name].items()
    assert all(note.reason for note in migrated.notes if not note.became)
    assert all(note.file == FILES[name][0] for note in migrated.notes)
    written = body(None, "tagship.yaml", migrated.settings)
    config.decode(written, "tagship.yaml")


@pytest.mark.parametrize("name", FILES)
def test_no_line_with_a_value_goes_unmentioned(name: str) -> None:
    """Each value of the configuration is in the account, by its own keys or by those that hold it."""
    file, text = FILES[name]
    places = of_toml(text, file) if file.endswith(".toml") else of_yaml(text.replace("\t", " "), file)
    told = {note.what.partition(": ")[0] for note in read(name, text).notes}
    inside = ("dist",) if name == "cargo-dist" else ()
    for place in places:
        if place.keys[: len(inside)] == inside:
            keys = [".".join(place.keys[len(inside) : length + 1]) for length in range(len(inside), len(place.keys))]
            assert told & set(keys), place


def test_who_signs_and_drafts_are_carried_over() -> None:
    """These are the workflow's, not the configuration's."""
    migrated = read("goreleaser", GORELEASER)
    assert (migrated.signers, migrated.draft) == (("sigstore",), True)
    assert read("hand-written", HAND_WRITTEN).signers == ("sigstore",)


def test_a_workflow_that_releases_nothing_or_is_ours_is_none() -> None:
    """Tests and our own workflows are not somebody's way to release."""
    assert not read("hand-written", HAND_WRITTEN.partition("      - uses: pypa")[0]).notes
    assert not read("hand-written", HAND_WRITTEN + "      - uses: tagship/tagship@v1\n").notes


def test_secrets_are_called_as_our_workflow_calls_them() -> None:
    """Whoever comes from elsewhere is told names that arrive."""
    sources = Path(migrations.__file__).parent.glob("*.py")
    named = {name for path in sources for name in re.findall(r"TAGSHIP_[A-Z_]+", path.read_text(encoding="utf-8"))}
    assert named
    assert named <= _ways_in.CARRIED


def test_a_program_is_not_run() -> None:
    """release.config.js could do anything: it is told what to do instead."""
    migration: Migration = plugins.load("migrations", "semantic-release")
    (note,) = migration.read({"release.config.js": "process.exit(1)"}, []).notes
    assert "not run" in note.reason


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "aliases that multiply": LAUGHS,
    "an alias of itself": "a: &a [*a]\n",
    "a tab": "a:\n\t- b\n",
    "deep": "[" * 5000,
    "long": "a: " + "x" * (1 << 21),
    "a type of Python's": "a: !!python/object/apply:os.system [id]\n",
    "no date": "a: 2026-99-99\n",
    "control characters": "a: \x00\x1b[31m\n",
    "two documents": "a: 1\n---\nb: 2\n",
    "a list": "- a\n- b\n",
    "a text": "hello\n",
    "nothing": "",
    "merged": "x: &x {a: 1}\ny: {<<: *x}\n",
    "keys that are none": "? [a, b]\n: c\n? {d: e}\n: f\n",
}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", FILES)
def test_hostile_files_are_read_or_refused(name: str, hostile: str) -> None:
    """Either an account or an error that names the file: never a traceback, never minutes."""
    migrated, refusal = read_or_refused(name, HOSTILE[hostile])
    assert "os.system" not in str(migrated.settings)
    assert all(problem.file == FILES[name][0] and problem.hint for problem in refusal)


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "builds",
                        "goos",
                        "targets",
                        "packages",
                        "extra-files",
                        "plugins",
                        "release",
                        "signs",
                        "jobs",
                        "steps",
                    ]
                )
                | st.text(max_size=6),
                inner,
                max_size=4,
            )
        ),
        max_leaves=24,
    )
)
def test_any_shape_of_json_is_accounted_for(value: Any) -> None:
    """Lists where tables are meant, texts where lists are: no reader stumbles, whatever the shape."""
    import json

    text = json.dumps(
        {"packages": value, "builds": value, "plugins": value, "jobs": value, "dist": value, "archives": value}
    )
    for name in ("goreleaser", "release-please", "semantic-release", "hand-written"):
        _, refusal = read_or_refused(name, text)
        assert all(problem.file for problem in refusal)


def test_lines_of_json_with_tabs_and_of_toml_tables() -> None:
    """The line told is the one that an editor shows."""
    places = {place.keys: place.line for place in of_json('{\n\t"a": {\n\t\t"b": [1,\n2]}}', "x.json")}
    assert places == {("a", "b", "0"): 3, ("a", "b", "1"): 4}
    toml = {
        place.keys: place.line for place in of_toml('[a."b.c"]\nd = 1\n[[e]]\nf = [\n 1]\n[[e]]\nf = 2\n', "x.toml")
    }
    assert toml == {("a", "b.c", "d"): 2, ("e", "0", "f", "0"): 4, ("e", "1", "f"): 7}
