"""Rust: manifests, workspaces and locks in the shapes that repositories have, and edits that change nothing but the version."""

import contextlib
from collections.abc import Mapping

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import replace
from tagship.ecosystems import rust
from tagship.errors import ProjectError
from tagship.ports import Found
from tests.unit.samples import Tree

NEW = "2.0.0-rc.1"
CORE = '[package]\nname = "core"\nversion = "1.2.0"\n'


def found(files: Mapping[str, str]) -> dict[str, Found]:
    return {each.name: each for each in rust.PLUGIN.detect(Tree(files), ())[0]}


def only(manifest: str, *sources: str) -> Found:
    (package,) = found({"Cargo.toml": manifest, **dict.fromkeys(sources, "")}).values()
    return package


def bumped(files: Mapping[str, str]) -> dict[str, str]:
    """Write the new version at every site there is."""
    texts = dict(files)
    for package in found(files).values():
        for site in package.sites:
            texts[site.file] = replace(texts[site.file], site, Version.parse(NEW))
    return texts


SHAPES = {
    "comments": '# 1.2.0\n[package] # a\nname = "core" # 1.2.0\nversion   =  "@"   # the version is 1.2.0\nedition = "2024"\n',
    "no final line end": '[package]\nname = "core"\nversion = "@"',
    "literal": "[package]\nname = 'core'\nversion = '@' #c\n\n\n",
    "dotted": 'package.name = "core"\npackage.version = "@"\n',
    "inline": 'package = { name = "core", version = "@", edition = "2021" } # 1.2.0\n',
    "after other tables": '[lib]\nversion = "1.2.0"\n  [package]\n\tversion = "@"\n\tname = "core"\n[features]\na = [ ]\n',
    "unicode": '[package]\nname = "core"\nauthors = ["Zoë \\u00e9 日本 <z at example.org>"]\nversion = "@" # ✓\n',
    "byte order mark": '\ufeff[package]\nname = "core"\nversion = "@"\n',
}  # fmt: skip
TABLES = {
    "an inline table": '[dependencies]\ncore = { path = "../core", version = "^@", features = ["x"] } # keep 1.2.0\n',
    "a tight inline table": '[dependencies]\ncore={version="^@",path="../core"}#c\n',
    "a table": '[dependencies.core] # c\npath = "../core"\nversion = "^@" # 1.2.0\n',
    "dotted keys": '[dependencies]\ncore.path = "../core"\ncore.version = "^@" # c\nserde.version = "1.2.0"\n',
    "a literal": "[dependencies]\ncore = { path = '../core', version = '^@' }\n",
    "a quoted key": '[dependencies]\n"core" = { path = "../core", "version" = "^@" }\n',
    "for building": '[build-dependencies]\ncore = { version = "^@", path = "../core" }\n',
    "for tests": '[dev-dependencies]\n  core = { version = "^@", path = "../core" }',
    "for a target": '[target."cfg(all(unix, test))".dependencies]\ncore = { version = "^@", path = "../core" }\n',
    "for a target triple": '[target.x86_64-pc-windows-gnu.dependencies.core]\nversion = "^@"\npath = "../core"\n',
    "another name": '[dependencies]\nother = { package = "core", path = "../core", version = "^@" }\n',
    "beside a registry's": '[dependencies]\nserde = "1.2.0"\ncore = { version = "^@", path = "../core" }\nz = "1.2.0"\n',
}  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("shape", SHAPES)
def test_edits_of_a_version_change_nothing_else(shape: str, end: str) -> None:
    """Comments, order, quotes, spaces, line ends and what is missing at the end stay."""
    template = SHAPES[shape].replace("\n", end)
    after = bumped({"Cargo.toml": template.replace("@", "1.2.0")})["Cargo.toml"]
    assert after == template.replace("@", NEW)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("shape", TABLES)
def test_edits_of_a_path_dependency_change_nothing_else(shape: str, end: str) -> None:
    """However it is written, and with the line where it stands."""
    template = ('[package]\nname = "web"\nversion = "@"\n\n' + TABLES[shape]).replace("\n", end)
    files = {"core/Cargo.toml": CORE, "web/Cargo.toml": template.replace("@", "1.2.0")}
    own, asked = found(files)["web"].sites
    assert bumped(files)["web/Cargo.toml"] == template.replace("@", NEW)
    assert (asked.package, asked.template, asked.version) == ("core", "^{version}", "1.2.0")
    assert [own.line, asked.line] == [number for number, line in enumerate(template.splitlines(), 1) if "@" in line]
    assert "core" in found(files)["web"].depends


@pytest.mark.parametrize(
    "required",
    ['{ path = "../core" }', '{ path = "../core", version = "1.2" }', '{ path = "../core", version = "1" }',
     '{ path = "../core", version = "*" }', '{ path = "../core", version = ">=1.2.0, <2" }', '{ version = "1.2.0" }', '"1.2.0"',
     '{ path = "../core", version = 1 }', '{ path = "../core", version = "1.2.0-nightly.5" }', "{ workspace = true }", "5", "[]"],
)  # fmt: skip
def test_other_requirements_are_left_alone(required: str) -> None:
    """They fit the next version, or mean the registry's crate."""
    files = {
        "core/Cargo.toml": CORE,
        "web/Cargo.toml": f"{CORE.replace('core', 'web')}[dependencies]\ncore = {required}\n",
    }
    assert [site.package for site in found(files)["web"].sites] == [""]
    assert found(files)["web"].depends == ("core",)


@pytest.mark.parametrize(
    ("required", "template"),
    [("1.2.0", "{version}"), ("=1.2.0", "={version}"), ("= 1.2.0", "= {version}"), ("~1.2.0", "~{version}"),
     ("^1.2.0-beta.2", "^{version}")],
)  # fmt: skip
def test_requirements_of_one_version_move_with_it(required: str, template: str) -> None:
    """What is around the version stays."""
    web = f'{CORE.replace("core", "web")}[dependencies]\ncore = {{ path = "../core", version = "{required}" }}\n'
    assert found({"core/Cargo.toml": CORE, "web/Cargo.toml": web})["web"].sites[1].template == template


WORKSPACE = """[workspace]
resolver = "3"
members = ["crates/*", "kept/in"]
exclude = ["crates/apart", "kept"] # on their own

[workspace.package]
version = "1.2.0" # of all
license = "MIT/Apache-2.0"
publish = false

[workspace.dependencies]
core = { path = "crates/core", version = "1.2.0" }
"web-api" = { path = "crates/web", package = "web", version = "=1.2.0" }
"""
INHERITS = (
    '[package]\nname = "{}"\nversion = {{ workspace = true }}\nlicense.workspace = true\npublish.workspace = true\n'
)
MEMBERS = {
    "Cargo.toml": WORKSPACE,
    "crates/core/Cargo.toml": INHERITS.format("core"),
    "crates/web/Cargo.toml": INHERITS.format("web") + "[dependencies]\ncore.workspace = true\n",
    "crates/apart/Cargo.toml": CORE.replace("core", "apart") + 'license = "LicenseRef Mine"\n',
    "kept/in/Cargo.toml": INHERITS.format("in"),
    "far/Cargo.toml": INHERITS.format("far") + 'workspace = ".."\n[dependencies]\nweb-api = { workspace = true }\n',
}  # fmt: skip


def test_a_workspace_hands_down_what_its_members_ask_for() -> None:
    """The version at one place for all; its dependencies belong to the crate they name; the excluded one is alone."""
    packages = found(MEMBERS)
    assert set(packages) == {"core", "web", "apart", "in", "far"}
    places = {name: [(site.file, site.line, site.template) for site in each.sites] for name, each in packages.items()}
    shared = ("Cargo.toml", 7, "{version}")
    assert places == {
        "core": [shared, ("Cargo.toml", 12, "{version}")],
        "web": [shared, ("Cargo.toml", 13, "={version}")],
        "in": [shared], "far": [shared], "apart": [("crates/apart/Cargo.toml", 3, "{version}")],
    }  # fmt: skip
    assert (packages["core"].license, packages["core"].private) == ("MIT OR Apache-2.0", True)
    assert (packages["apart"].license, packages["apart"].private) == (None, False)
    assert (packages["web"].depends, packages["far"].depends) == (("core",), ("web",))
    text = bumped(MEMBERS)["Cargo.toml"]
    assert text == WORKSPACE.replace("1.2.0", NEW)


def test_a_workspace_without_a_crate_is_no_package() -> None:
    """And says so; a root may be both."""
    (skip,) = rust.PLUGIN.detect(Tree({"Cargo.toml": "[workspace]\nmembers = []\n"}), ())[1]
    assert (skip.path, skip.reason) == ("Cargo.toml", "it is a workspace without a crate")
    assert only("[workspace]\n" + CORE).sites[0].line == 4


LOCK = """# This file is automatically @generated by Cargo.
version = 4

[[package]]
name = "core"
version = "0.9.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "00"

[[package]]
name = "core"
version = "%"

[[package]]
name = "core-extra"
version = "1.2.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = [
 "core 0.9.0",
]

[[package]]
name = "web"
version = "%"
dependencies = [
 "core %",
 "core-extra",
]

[[package]]
name = "zz"
version = "%"
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("cut", [0, 1])
def test_the_lock_has_own_entries_and_names_of_them(end: str, cut: int) -> None:
    """Only those from nowhere else; a namesake of the registry stays, and so does who asks for it."""
    template = LOCK[: len(LOCK) - cut].replace("\n", end)
    manifests = {f"{name}/Cargo.toml": CORE.replace("core", name) for name in ("core", "web", "zz")}
    files = {"Cargo.toml": '[workspace]\nmembers = ["*"]\n', **manifests, "Cargo.lock": template.replace("%", "1.2.0")}
    assert bumped(files)["Cargo.lock"] == template.replace("%", NEW)
    assert [site.line for site in found(files)["core"].sites if site.file == "Cargo.lock"] == [12, 26]


def test_an_excluded_crate_has_its_own_lock() -> None:
    """A lock repeats crates of other workspaces too, where they are asked for by path; a namesake has another version."""
    entry = '[[package]]\nname = "{}"\nversion = "{}"\n'
    files = {**MEMBERS, "Cargo.lock": entry.format("apart", "1.1.0") + entry.format("core", "1.1.0")}
    files["crates/apart/Cargo.lock"] = entry.format("apart", "1.1.0") + entry.format("core", "1.2.0")
    packages = found(files)
    locked = {name: [site.file for site in packages[name].sites if site.file.endswith("lock")] for name in packages}
    assert (locked["apart"], locked["core"]) == (["crates/apart/Cargo.lock"], ["Cargo.lock", "crates/apart/Cargo.lock"])


@pytest.mark.parametrize(
    ("more", "sources", "entry"),
    [
        ("", (), None),
        ("", ("src/lib.rs",), None),
        ("", ("src/main.rs",), "core"),
        ("", ("src/bin/one.rs", "src/bin/lib/x.rs"), "one"),
        ("", ("src/bin/two/main.rs", "src/bin/two/help.rs"), "two"),
        ("", ("src/main.rs", "src/bin/one.rs"), "core"),
        ("autobins = false\n", ("src/main.rs",), None),
        ('default-run = "one"\n', ("src/main.rs", "src/bin/one.rs"), "one"),
        ('[[bin]]\nname = "srv"\npath = "src/main.rs"\n', ("src/main.rs",), "srv"),
        ('[[bin]]\nname = "srv"\n', ("src/bin/srv.rs",), "srv"),
        ('[[bin]]\nname = "b"\npath = "b.rs"\n[[bin]]\nname = "core"\npath = "c.rs"\n', (), "core"),
        ('[[bin]]\nname = "../x"\n', (), None),
        ("[bin]\nname = 'x'\n", (), None),
        ("[[bin]]\nname = 5\n", (), None),
    ],
)
def test_the_program_is_the_one_cargo_makes(more: str, sources: tuple[str, ...], entry: str | None) -> None:
    """The usual one, else the one called like the crate, else the first."""
    assert only(CORE + more, *sources).entry == entry


@pytest.mark.parametrize(
    ("more", "private"),
    [("", False), ("publish = true\n", False), ("publish = false\n", True), ("publish = []\n", True),
     ('publish = ["mine"]\n', False)],
)  # fmt: skip
def test_what_is_private(more: str, private: bool) -> None:  # noqa: FBT001
    """``publish`` says so."""
    assert only(CORE + more).private is private


def test_a_crate_without_a_version_is_never_published() -> None:
    """Cargo takes it for 0.0.0 since 1.75; a placeholder is one that the tag replaces."""
    bare, placeholder = only('[package]\nname = "xtask"\n'), only(CORE.replace("1.2.0", "0.0.0"))
    assert (bare.version, bare.private, bare.sites) == ("", True, ())
    assert (placeholder.version, placeholder.private, placeholder.sites[0].placeholder) == ("", False, True)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[package]\nname = 'x'\nversion = '1.2'\n", 3, "no version such as '1.2'"),
        ("[package]\nname = 'x'\nversion = 1\n", 3, "such as 1"),
        ("[package]\nname = 'x'\nversion.workspace = true\n", 3, "no workspace has"),
        ("[package]\nversion = '1.2.0'\n", 1, "no name"),
        ("[package]\nversion = '1.2.0'\nname = 5\n", 3, "no name"),
        ("[package]\nname = '../x'\nversion = '1.2.0'\n", 2, "no name"),
        ("package = 5\n", 1, "no name"),
        ("[package]\nname = 'x'\nversion = {}\n", 3, "no workspace has"),
        ("[package]\nname = 'x'\nversion = 'v1.2.0'\n", 3, "no version"),
        ("[package]\nname = 'x'\nversion\n", 3, "not TOML"),
    ],
)
def test_broken_manifests_are_told_together(text: str, line: int, said: str) -> None:
    """Each with its place and what to do."""
    with pytest.raises(ProjectError) as caught:
        found({"a/Cargo.toml": text, "b/Cargo.toml": text, "c/Cargo.toml": CORE})
    assert [(problem.file, problem.line) for problem in caught.value.problems] == [
        ("a/Cargo.toml", line), ("b/Cargo.toml", line),
    ]  # fmt: skip
    assert all(said in problem.message and problem.hint for problem in caught.value.problems)


WORDS = st.sampled_from(
    ["1.2.0", "core", "..", ".", "", "../core", "=1.2.0", "workspace", "version", "path"]
) | st.from_regex(r"[a-z.\-é]{1,3}", fullmatch=True)
values = st.recursive(
    st.booleans() | st.integers(-9, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    ("package",),
    ("package", "name"),
    ("package", "version"),
    ("package", "workspace"),
    ("package", "publish"),
    ("package", "license"),
    ("workspace",),
    ("workspace", "package"),
    ("workspace", "package", "version"),
    ("workspace", "exclude"),
    ("workspace", "members"),
    ("workspace", "dependencies"),
    ("dependencies",),
    ("dependencies", "core"),
    ("target",),
    ("target", "x"),
    ("bin",),
]


@given(st.sampled_from(FIELDS), values, st.booleans())
def test_any_value_in_place_of_a_field_is_read_or_refused(field: tuple[str, ...], value: object, member: bool) -> None:  # noqa: FBT001
    """In a workspace and in its member; and what is found can be written."""
    manifest = tomlkit.parse(WORKSPACE + CORE)
    table = manifest
    for key in field[:-1]:
        table = table.setdefault(key, {})
    table[field[-1]] = value
    text, plain = tomlkit.dumps(manifest), INHERITS.format("web")
    files = (
        {"Cargo.toml": WORKSPACE, "crates/core/Cargo.toml": text}
        if member
        else {"Cargo.toml": text, "crates/x/Cargo.toml": plain}
    )
    with contextlib.suppress(ProjectError):
        for after in bumped(files).values():
            tomlkit.parse(after)
