"""npm: manifests and locks in the shapes that repositories have, and edits that change nothing but the version."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.manifests.npm_metadata import trusted
from tagship.domain.text.json_text import JsonPlaces, json_string_span
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import replace
from tagship.ecosystems import npm
from tagship.ecosystems._npm_tools import yarn_entries
from tagship.errors import ProjectError
from tagship.ports import Found
from tests.unit.samples import Tree

NEW = "2.0.0-rc.1"


def found(files: Mapping[str, str]) -> dict[str, Found]:
    return {each.path: each for each in npm.PLUGIN.detect(Tree(files), ())[0]}


def only(manifest: Mapping[str, Any]) -> Found:
    (package,) = found({"package.json": json.dumps(manifest)}).values()
    return package


def bumped(files: Mapping[str, str]) -> dict[str, str]:
    """Write the new version at every site there is."""
    texts = dict(files)
    for package in found(files).values():
        for site in package.sites:
            texts[site.file] = replace(texts[site.file], site, Version.parse(NEW))
    return texts


@pytest.mark.parametrize(
    ("written", "template"),
    [
        ("1.2.0", "{version}"), ("=1.2.0", "={version}"), ("^1.2.0", "^{version}"), ("~1.2.0", "~{version}"),
        (">=1.2.0", ">={version}"), ("workspace:1.2.0", "workspace:{version}"),
        ("workspace:^1.2.0", "workspace:^{version}"), ("workspace:~1.2.0", "workspace:~{version}"),
        ("^1.2.0-rc.3", "^{version}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"])
def test_ranges_that_name_one_version_move_with_it(kind: str, written: str, template: str) -> None:
    """What is around the version stays."""
    files = {
        "a/package.json": '{"name": "a", "version": "1.2.0"}',
        "b/package.json": json.dumps({"name": "b", "version": "0.4.0", kind: {"a": written, "z": written}}),
    }
    _, site = found(files)["b"].sites
    assert (site.path, site.package, site.template) == ((kind, "a"), "a", template)
    assert site.version == written.lstrip("workspace:^~>=")
    assert json.loads(bumped(files)["b/package.json"])[kind] == {"a": template.replace("{version}", NEW), "z": written}


@pytest.mark.parametrize(
    "written",
    ["*", "", "latest", "1", "1.x", "1.2", "^1.2", ">=1 <3", ">=1.2.0 <2.0.0", "1.2.0 || 2.0.0", "1.0.0 - 1.2.0", "workspace:*",
     "workspace:^", "workspace:~", "catalog:", "catalog:default", "file:../a", "link:../a", "npm:a@^1.2.0", "octo/a#v1.2.0",
     "git+https://example.org/a.git#v1.2.0", "https://example.org/a-1.2.0.tgz", "<1.2.0", "^1.2.0-canary.3", "v1.2.0", None, 1,
     ["1.2.0"]],
)  # fmt: skip
def test_other_ranges_are_left_alone(written: object) -> None:
    """They fit the next version, or somebody else decides."""
    files = {
        "a/package.json": '{"name": "a", "version": "1.2.0"}',
        "b/package.json": json.dumps({"name": "b", "version": "0.4.0", "dependencies": {"a": written}}),
    }
    assert [site.path for site in found(files)["b"].sites] == [("version",)]
    assert found(files)["b"].depends == ("a",)


MANIFEST = {"name": "@octo/Web", "version": "1.2.0"}


@pytest.mark.parametrize(
    ("more", "entry"),
    [
        ({}, None), ({"bin": "cli.js"}, "Web"), ({"bin": {}}, None), ({"bin": {"b": "x", "a": "x"}}, "b"),
        ({"bin": {"b": "x", "Web": "x"}}, "Web"), ({"bin": {"@octo/Web": "x"}}, "Web"), ({"bin": {"@octo/c": "x"}}, "c"),
        ({"bin": {"../x": "x", "..": "x", "\ud800": "x", "a b": "x"}}, "x"), ({"bin": {"": "x"}}, None), ({"bin": ["x"]}, None),
        ({"bin": None}, None), ({"bin": {"run": None}}, "run"),
    ],
)  # fmt: skip
def test_the_command_is_the_one_called_like_the_package_else_the_first(more: dict[str, Any], entry: str | None) -> None:
    """Without its scope, and never something that is no file name."""
    assert only({**MANIFEST, **more}).entry == entry


@pytest.mark.parametrize(
    ("written", "license_"),
    [("MIT", "MIT"), ("apache-2.0", "Apache-2.0"), ("(MIT OR Apache-2.0)", "(MIT OR Apache-2.0)"), ("UNLICENSED", None),
     ("SEE LICENSE IN LICENSE.md", None), ("", None), (None, None), ({"type": "MIT"}, None)],
)  # fmt: skip
def test_a_license_is_taken_when_it_is_spdx(written: object, license_: str | None) -> None:
    """Else the plan says none."""
    assert only({**MANIFEST, "license": written}).license == license_


@pytest.mark.parametrize(
    ("written", "name"), [("io.github.octo/web", "io.github.octo/web"), ("web", None), ("a b/c", None), (5, None)]
)
def test_the_name_in_the_mcp_registry(written: object, name: str | None) -> None:
    """``mcpName``, which the registry compares with server.json."""
    assert only({**MANIFEST, "mcpName": written}).mcp_name == name


@pytest.mark.parametrize(
    "version",
    [
        "0.0.0",
        "0.0.0-development",
        "0.0.0-semantically-released",
        "{{VERSION}}",
        "${VERSION}",
        "__VERSION__",
        "0.0.0-dev",
    ],
)
def test_a_placeholder_is_no_version(version: str) -> None:
    """The tag decides; the place is known, to be stamped when it is built."""
    package = only({**MANIFEST, "version": version})
    assert package.version == ""
    assert [(site.version, site.placeholder) for site in package.sites] == [(version, True)]


@pytest.mark.parametrize(
    "version", ["1", "1.2", "v1.2.0", "01.2.0", "1.2.0-01", "1.2.0-", "1.2.0.0", "latest", " 1.2.0", "1.2.0rc1"]
)
def test_a_version_that_npm_refuses_is_an_error_with_its_place(version: str) -> None:
    """All broken manifests are told together; a private one is left out instead."""
    text = json.dumps({"name": "x", "description": "version", "version": version}, indent=2)
    with pytest.raises(ProjectError) as caught:
        found({"a/package.json": text, "b/package.json": text, "c/package.json": "{\n}}"})
    places = [(problem.file, problem.line) for problem in caught.value.problems]
    assert places == [("a/package.json", 4), ("b/package.json", 4), ("c/package.json", 2)]
    assert repr(version) in caught.value.problems[0].message
    assert all(problem.hint for problem in caught.value.problems)
    packages, skips = npm.PLUGIN.detect(Tree({"package.json": json.dumps({"private": True, "version": version})}), ())
    assert (packages, [skip.reason for skip in skips]) == ((), ["it is private, and its version is not SemVer"])


@pytest.mark.parametrize("version", ["1.2.0", "2026.7.10", "1.2.0-alpha.1.x-y", "1.2.0+build.1", "1.0.0-canary.5"])
def test_what_npm_takes_is_found(version: str) -> None:
    """Whether it can be released elsewhere too is for others to say."""
    assert only({**MANIFEST, "version": version}).version == version


@pytest.mark.parametrize("name", ["../x", ".x", "a/b", "@a/b/c", "a b", "@/b", "@a/", "\ud800", "x" * 215, "a\nb", "é"])
def test_a_name_that_npm_refuses_is_an_error(name: str) -> None:
    """It would become part of file names; a private root may be called anything."""
    with pytest.raises(ProjectError, match="takes no name") as caught:
        only({"name": name, "version": "1.2.0"})
    assert (caught.value.problems[0].file, caught.value.problems[0].line) == ("package.json", 1)
    assert only({"name": name, "version": "1.2.0", "private": True}).name == "workspace"


LOCK_2 = {
    "name": "root", "version": "1.2.0", "lockfileVersion": 2, "requires": True,
    "packages": {
        "": {"name": "root", "version": "1.2.0", "workspaces": ["packages/*"], "devDependencies": {"b": "~1.2.0", "z": "1.2.0"}},
        "node_modules/a": {"resolved": "packages/a", "link": True},
        "node_modules/z": {"version": "1.2.0", "dependencies": {"a": "^1.2.0"}},
        "packages/a": {"version": "1.2.0", "license": "MIT"},
        "packages/b": {"version": "1.2.0", "peerDependencies": {"a": "^1.2.0"}},
    },
    "dependencies": {
        "a": {"version": "file:packages/a"},
        "b": {"version": "file:packages/b", "requires": {"a": "^1.2.0", "z": "1.2.0"}},
        "z": {"version": "1.2.0", "requires": {"a": "^1.2.0"}},
    },
}  # fmt: skip
FILES = {
    "package.json": json.dumps({"name": "root", "version": "1.2.0", "private": True, "devDependencies": {"b": "~1.2.0"}}),
    "packages/a/package.json": '{"name": "a", "version": "1.2.0"}',
    "packages/b/package.json": '{"name": "b", "version": "1.2.0", "peerDependencies": {"a": "^1.2.0"}}',
}  # fmt: skip


def at(files: Mapping[str, str], folder: str, file: str) -> list[str]:
    return ["|".join(map(str, site.path)) for site in found(files)[folder].sites if site.file == file]


@pytest.mark.parametrize("name", ["package-lock.json", "npm-shrinkwrap.json"])
def test_a_lock_of_version_2_says_everything_twice(name: str) -> None:
    """The new part and the one for old readers; what comes from the registry is left alone."""
    files = {**FILES, name: json.dumps(LOCK_2, indent=2)}
    assert at(files, ".", name) == ["version", "packages||version", "packages||devDependencies|b"]
    assert at(files, "packages/a", name) == ["packages|packages/a|version"]
    assert at(files, "packages/b", name) == [
        "packages|packages/b|version", "packages|packages/b|peerDependencies|a", "dependencies|b|requires|a",
    ]  # fmt: skip
    lock = json.loads(bumped(files)[name])
    assert lock["packages"]["node_modules/z"] == LOCK_2["packages"]["node_modules/z"]  # type: ignore[index]
    assert lock["packages"][""]["devDependencies"] == {"b": f"~{NEW}", "z": "1.2.0"}
    assert lock["dependencies"]["b"]["requires"] == {"a": f"^{NEW}", "z": "1.2.0"}
    assert lock["dependencies"]["z"] == LOCK_2["dependencies"]["z"]  # type: ignore[index]


def test_each_lock_serves_the_packages_at_its_folder_and_those_it_leads_to() -> None:
    """Below it, or beside it by ``file:../c``; a folder whose name only begins alike is another one."""
    folders = {"": {"version": "1.2.0"}, "b": {"version": "1.2.0"}, "../c": {"version": "1.2.0"}}
    lock = json.dumps({"version": "1.2.0", "packages": folders})
    files = {f"x/{at}/package.json": json.dumps({"name": at[-1], "version": "1.2.0"}) for at in ("a", "a/b", "ab", "c")}
    files |= {"x/a/package-lock.json": lock, "x/a/node_modules/package-lock.json": lock}
    assert at(files, "x/a", "x/a/package-lock.json") == ["version", "packages||version"]
    assert at(files, "x/a/b", "x/a/package-lock.json") == ["packages|b|version"]
    assert at(files, "x/c", "x/a/package-lock.json") == ["packages|../c|version"]
    assert [site.file for site in found(files)["x/ab"].sites] == ["x/ab/package.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "[" * 100_000, '{"packages": []}', '{"version": 1, "packages": {"": 5}}']
)
def test_a_lock_of_something_else_is_no_place(text: str) -> None:
    """Nor a crash."""
    (package,) = found({"package.json": json.dumps(MANIFEST), "package-lock.json": text}).values()
    assert [site.file for site in package.sites] == ["package.json"]


PNPM = """lockfileVersion: '9.0'

importers:

  packages/b:
    dependencies:
      '@octo/a':
        specifier: workspace:^@
        version: link:../a
      z:
        specifier: ^1.2.0
        version: 1.2.0
    devDependencies:
      c:
        specifier: workspace:*
        version: link:../c

  packages/c:
    dependencies:
      '@octo/a':
        specifier: ^1.2.0
        version: 1.2.0
    peerDependencies:
      '@octo/a':
        specifier: '>=@'
        version: link:../a

packages:

  z@1.2.0:
    resolution: {integrity: sha512-AA==}
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_pnpm_lock_repeats_the_ranges(end: str) -> None:
    """Those that lead to a folder; a registry's package of the same name and version stays."""
    template = PNPM.replace("\n", end)
    files = {
        "package.json": '{"private": true}',
        "packages/a/package.json": '{"name": "@octo/a", "version": "1.2.0"}',
        "pnpm-workspace.yaml": "packages:\n  - packages/*\n  - '!packages/x'\n",
        "pnpm-lock.yaml": template.replace("@\n", "1.2.0\n").replace("@" + end, "1.2.0" + end).replace("=@", "=1.2.0"),
    }
    (package,) = found(files).values()
    assert [(site.line, site.package) for site in package.sites[1:]] == [(8, "@octo/a"), (25, "@octo/a")]
    assert bumped(files)["pnpm-lock.yaml"] == template.replace("^@" + end, f"^{NEW}{end}").replace("=@", f"={NEW}")


SHAPES = {
    "tabs": '{\n\t"version":\t"@",\n\t"name": "x"\n}\n',
    "four spaces": '{\n    "name": "x",\n    "version" : "@"\n}',
    "one line": '{"description":"is 1.2.0","version":"@","name":"x"}',
    "nested before": '{"config": {"version": "1.2.0"}, "engines": [{"version": "1.2.0"}], "name": "x", "version": "@"}\n\n',
    "unicode": '{"author": "Zoë \\u00e9 日本 \\ud83d\\ude00 \\"version\\": \\"1.2.0\\"", "name": "x", "version": "@"}\n',
    "twice": '{"version": "1.0.0", "name": "x", "version": "@"}\n',
    "byte order mark": '\ufeff{"name": "x", "version": "@"}\n',
    "escaped key": '{"name": "x", "\\u0076ersion": "@"}\n',
}  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("shape", SHAPES)
def test_edits_change_nothing_else(shape: str, end: str) -> None:
    """Order, indentation, line ends, unicode, and what is missing at the end."""
    template = SHAPES[shape].replace("\n", end)
    assert bumped({"package.json": template.replace("@", "1.2.0")})["package.json"] == template.replace("@", NEW)


def test_a_big_lock_is_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many packages it is for."""
    walks = []
    places = JsonPlaces.__init__

    def counted(self: JsonPlaces, text: str, *rest: Any) -> None:
        walks.append(text)
        places(self, text, *rest)

    monkeypatch.setattr(JsonPlaces, "__init__", counted)
    folders = [f"packages/p{number}" for number in range(20)]
    lock = json.dumps({"packages": {folder: {"version": "1.2.0"} for folder in folders}}, indent=2)
    files = {f"{folder}/package.json": json.dumps({"name": folder[9:], "version": "1.2.0"}) for folder in folders}
    packages = found({**files, "package-lock.json": lock})
    assert [site.line for site in packages["packages/p19"].sites] == [1, 61]
    assert walks.count(lock) == 1


WORDS = st.sampled_from(["1.2.0", "x", "^1.2.0", "file:x", "", "a", "version"]) | st.text(max_size=4)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "name",
    "version",
    "private",
    "bin",
    "dependencies",
    "peerDependencies",
    "license",
    "mcpName",
    "workspaces",
    "packages",
]


@given(st.sampled_from(FIELDS), values, st.sampled_from(FIELDS), values)
def test_any_value_in_place_of_a_field_is_read_or_refused(
    field: str, value: object, other: str, second: object
) -> None:
    """In the manifest and in the lock; and what is found can be written."""
    manifest = {**MANIFEST, "dependencies": {"x": "^1.2.0"}, field: value}
    lock = {**LOCK_2, field: value, other: second}
    files = {"package.json": json.dumps(manifest), "x/package.json": '{"name": "x", "version": "1.2.0"}'}
    files["package-lock.json"] = json.dumps(lock)
    with contextlib.suppress(ProjectError):
        for text in bumped(files).values():
            json.loads(text)


@given(values, st.data())
def test_places_that_were_asked_for_are_where_a_single_search_finds_them(document: object, data: st.DataObject) -> None:
    """One walk for many paths agrees with one walk for each, whatever the document."""
    text = json.dumps(document, indent=data.draw(st.sampled_from([None, 1])))
    keys: st.SearchStrategy[str | int] = st.sampled_from(["", "x", "version", "a", 0, 1])
    paths = data.draw(st.lists(st.lists(keys, max_size=4).map(tuple), max_size=6))
    known = JsonPlaces(text, paths)
    assert {path: known.span(path) for path in paths} == {path: json_string_span(text, path) for path in paths}


@pytest.mark.parametrize(
    ("manifest", "workspace", "names"),
    [
        ({"trustedDependencies": ["a", "b"]}, "", ["a", "b"]),
        ({"pnpm": {"onlyBuiltDependencies": ["a"]}}, "onlyBuiltDependencies: [a, '@o/b']\n", ["a", "@o/b"]),
        ({}, "allowBuilds: {a: true, b: false, c: yes please}\n", ["a"]),
        ({"dependenciesMeta": {"a": {"built": True}, "b": {"built": False}, "c": 1}}, "", ["a"]),
        ({"trustedDependencies": "a", "pnpm": [], "dependenciesMeta": []}, "[", []),
        ({"pnpm": {"onlyBuiltDependencies": {}}}, "- a\n", []),
        ({}, "", []),
    ],
)
def test_install_scripts_that_a_project_trusts(manifest: dict[str, object], workspace: str, names: list[str]) -> None:
    """In the words of each package manager; what is written wrongly trusts nobody."""
    assert trusted(manifest, workspace) == names


def test_what_a_lock_of_the_first_yarn_answers() -> None:
    """One entry may answer several ranges; names with a scope are quoted."""
    lock = '# yarn lockfile v1\n\n\n"@o/a@^1.0.0", "@o/a@^1.2.0":\n  version "1.2.3"\n  dependencies:\n    b "^2"\n\n'
    lock += 'b@^2:\n  version "2"\n'
    assert yarn_entries(lock) == {"@o/a@^1.0.0", "@o/a@^1.2.0", "b@^2"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{\n "name": 5,\n "version": "1.0.0"}', [(2, "npm takes no name such as 5")]),
        ('{\n "name": ["a"],\n "version": 1.5}',
         [(3, "npm takes no version such as 1.5"), (2, 'npm takes no name such as ["a"]')]),
        ('{"version": "1.0",\n\n "a": {"version": "2"}, "name": "x y"}',
         [(1, "npm takes no version such as '1.0'"), (3, "npm takes no name such as 'x y'")]),
    ],
)  # fmt: skip
def test_what_npm_refuses_is_told_at_its_line(text: str, told: list[tuple[int, str]]) -> None:
    """Also what is no text, and all of a file at once: a package with such a name is not a private one."""
    with pytest.raises(ProjectError) as caught:
        found({"package.json": text})
    assert [(each.line, each.message) for each in caught.value.problems] == told
    assert all(each.file == "package.json" and each.hint for each in caught.value.problems)
