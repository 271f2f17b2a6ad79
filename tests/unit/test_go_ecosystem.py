"""Go: modules, the places that repeat their version, the variables that the linker sets, and their programs."""

import contextlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import replace
from tagship.ecosystems import go
from tagship.errors import ProjectError
from tagship.ports import Found
from tests.unit.samples import Tree

NEW = "2.0.0-rc.1"
MOD = "module example.com/octo/weather\n\ngo 1.24\n"
MAIN = "package main\n\nfunc main() {}\n"


def found(files: Mapping[str, str]) -> dict[str, Found]:
    return {each.path: each for each in go.PLUGIN.detect(Tree(files), ())[0]}


def only(files: Mapping[str, str], mod: str = MOD) -> Found:
    (package,) = found({"go.mod": mod, **files}).values()
    return package


def bumped(files: Mapping[str, str]) -> dict[str, str]:
    """Write the new version at every site there is."""
    texts = dict(files)
    for package in found(files).values():
        for site in package.sites:
            texts[site.file] = replace(texts[site.file], site, Version.parse(NEW))
    return texts


@pytest.mark.parametrize(
    ("text", "module", "name"),
    [
        ("module example.com/octo/weather\n", "example.com/octo/weather", "weather"),
        ("module weather", "weather", "weather"),
        ("// Package docs.\n\nmodule example.com/w // Deprecated: use v2\n", "example.com/w", "w"),
        ('module "example.com/w"\r\n\r\ngo 1.21\r\n', "example.com/w", "w"),
        ("module `example.com/w`\n", "example.com/w", "w"),
        ("module (\n\texample.com/w\n)\n", "example.com/w", "w"),
        ("go 1.24\nmodule github.com/Octo/My.Server_x/v12\n", "github.com/Octo/My.Server_x/v12", "My.Server_x"),
        ("module v2\n", "v2", "v2"),
        ("module gopkg.in/yaml.v3\n", "gopkg.in/yaml.v3", "yaml.v3"),
        ("\ufeffmodule example.com/w\n", "example.com/w", "w"),
    ],
)
def test_a_module_is_called_like_the_end_of_its_path(text: str, module: str, name: str) -> None:
    """The major version at the end of the path is none of its name; the tag decides the version."""
    package = only({}, text)
    assert (package.name, package.path, package.version, package.details["module"]) == (name, ".", "", module)
    assert (package.license, package.mcp_name, package.entry, package.private) == (None, None, None, False)


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ("go 1.24\n", 1), ("// module x\n", 1), ("go 1.24\nmodule\n", 2), ("\n\nmodule ../x\n", 3), ("module /\n", 1),
     ("module a//b\n", 1), ("module a/\n", 1), ("module .x\n", 1), ("module ()\n", 1), ("module é\n", 1), ("modules x\n", 1)],
)  # fmt: skip
def test_broken_manifests_are_told_together(text: str, line: int) -> None:
    """Each with its place and what to do."""
    with pytest.raises(ProjectError) as caught:
        found({"a/go.mod": text, "b/go.mod": text, "c/go.mod": MOD})
    assert [(p.file, p.line, bool(p.hint)) for p in caught.value.problems] == [
        ("a/go.mod", line, True), ("b/go.mod", line, True),
    ]  # fmt: skip


SOURCES = {
    "a constant": 'package main\n\n// Version is 1.2.0.\nconst Version = "@" // not "1.2.0"\n',
    "with a v": 'package main\n\nconst version = "v@"\n',
    "with a type": 'package main\n\nvar Version string = "@"\n',
    "a raw text": "package main\n\nconst serverVersion = `@`",
    "a block": 'package main\n\nconst (\n\tname    = "1.2.0"\n\n\t// Version is it.\n\tVersion = "@"\n)\n',
    "a variable in a block": 'package main\n\nvar (\n\tVersion string = "@"\n\tCommit = "1.2.0"\n)\n',
    "twice": 'package main\n\nconst AppVersion = "@"\n\nvar VERSION = "@"\n',
    "not in functions": (
        'package main\n\nconst Version = "@"\n\nfunc set(\n\tname string,\n) {\n\tversion = "1.2.0"\n'
        '\n// here\n\tvar (\n\t\tversion = "1.2.0"\n\t)\n\tVersion := "1.2.0"\n}\n\nconst protocolVersion = "1.2.0"\n'
    ),
    "unicode": 'package main\n\nconst name = "Zoë 日本"\nconst Version = "@" // ✓\n',
    "byte order mark": '\ufeffpackage main\n\nconst Version = "@"\n',
}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("shape", SOURCES)
def test_a_constant_follows_and_nothing_else_changes(shape: str, end: str) -> None:
    """At the top of a file only: what functions do is theirs."""
    template = SOURCES[shape].replace("\n", end)
    files = {"go.mod": MOD, "main.go": template.replace("@", "1.2.0")}
    assert bumped(files)["main.go"] == template.replace("@", NEW)
    lines = [number for number, line in enumerate(template.split("\n"), 1) if "@" in line]
    assert [(site.line, site.version) for site in found(files)["."].sites] == [(line, "1.2.0") for line in lines]
    assert "ldflags" not in found(files)["."].details


CONSTANT = 'package p\n\nconst Version = "1.2.0"\n'


@pytest.mark.parametrize(
    ("file", "seen"),
    [
        ("version.go", True),
        ("internal/version/any.go", True),
        ("pkg/buildinfo/x.go", True),
        ("cmd/root.go", True),
        ("cmd/x/main.go", True),
        ("internal/version/version_test.go", False),
        ("server.go", False),
        ("vendor/x/version.go", False),
        ("testdata/main.go", False),
        ("version.txt", False),
        (".hidden/version.go", False),
    ],
)
def test_where_constants_are_looked_for(file: str, seen: bool) -> None:  # noqa: FBT001
    """In the files that Go projects use for it, not in everything."""
    assert [site.file for site in only({file: CONSTANT}).sites] == ([file] if seen else [])


@pytest.mark.parametrize(
    ("file", "text", "after"),
    [
        ("VERSION", "1.2.0\n", f"{NEW}\n"), ("VERSION", "v1.2.0", f"v{NEW}"), ("version/VERSION", "1.2.0\r\n", f"{NEW}\r\n"),
        ("internal/buildinfo/VERSION", "1.2.0\n", f"{NEW}\n"), ("VERSION", "see git\n", None), ("VERSION", "", None),
        ("data/VERSION", "1.2.0\n", None), ("internal/app/VERSION", "1.2.0\n", None), ("VERSION", "1.2.0\n1.3.0\n", None),
    ],
)  # fmt: skip
def test_a_file_that_holds_nothing_but_the_version(file: str, text: str, after: str | None) -> None:
    """Beside go.mod, or in a folder that is there for it."""
    files = {"go.mod": MOD, file: text}
    assert [site.format for site in found(files)["."].sites] == (["text"] if after else [])
    assert bumped(files)[file] == (after or text)


@pytest.mark.parametrize(
    "declared",
    [
        'var version = "dev"',
        'var version = ""',
        "var version string",
        'var version string = "unknown"',
        'var version = "v0.0.0-dev"',
        'var version = "0.0.0"',
        'var version = "(devel)" // set by the linker',
        'var (\n\tcommit = "none"\n\tversion = "dev"\n)',
        "var (\n\tversion string // set by the linker\n\tcommit string\n)",
        'var version = "{{VERSION}}"',
        "var version = `none`",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_variable_without_a_version_is_the_linkers(declared: str, end: str) -> None:
    """``-X`` needs its full name; it is no place to write to."""
    text = declared.replace("\n", end) + end
    files = {"main.go": f"package main{end}{end}{text}", "internal/version/v.go": "package other\n"}
    assert (only(files).details["ldflags"], only(files).sites) == ("main.version", ())
    inside = only({"internal/version/v.go": f"// Doc.{end}package version{end}{text}"})
    assert inside.details["ldflags"] == "example.com/octo/weather/internal/version.version"
    root = only({"version.go": f"package weather{end}{text}"})
    assert root.details["ldflags"] == "example.com/octo/weather.version"


@pytest.mark.parametrize(
    "declared",
    [
        'const version = "dev"',
        'var version = "1.2.0"',
        'func f() {\n\tvar version = ""\n}',
        "var version = get()",
        'var edition = "dev"',
        "var version int",
        'version = "dev"',
        "var versions string",
        "type t struct {\n\tversion string\n}",
    ],
)
def test_what_the_linker_cannot_set(declared: str) -> None:
    """A constant, a local variable, one with a version, one of another type."""
    assert "ldflags" not in only({"main.go": f"package main\n\n{declared}\n"}).details


@pytest.mark.parametrize(
    ("file", "line", "linked"),
    [
        ("Makefile", 'go build -ldflags "-s -w -X main.Version=$(VERSION)"', "main.Version"),
        (
            "Makefile",
            "LDFLAGS := -X 'example.com/octo/weather/internal/app.Version=$(V)'",
            "example.com/octo/weather/internal/app.Version",
        ),
        ("Dockerfile", "RUN go build -ldflags=-X=main.version=1 .", "main.version"),
        (
            ".goreleaser.yaml",
            "ldflags:\n  - -s -w -X main.commit={{.Commit}} -X main.BuildVersion={{.Version}}",
            "main.BuildVersion",
        ),
        (
            "goreleaser.yml",
            "ldflags: ['-X example.com/octo/weather.Version={{ .Version }}']",
            "example.com/octo/weather.Version",
        ),
        ("Makefile", "-X $(PKG)/version.Version=$(VERSION)", "example.com/octo/weather/version.Version"),
        ("Makefile", "-X github.com/other/lib/version.Version=1", "example.com/octo/weather/version.Version"),
        ("Makefile", "-X example.com/octo/weathering/v.Version=1", "example.com/octo/weather/version.Version"),
        ("Makefile", "-X main.goVersion=1 -X main.commit=2", "example.com/octo/weather/version.Version"),
        ("docker/Makefile", "-X main.Version=1", "example.com/octo/weather/version.Version"),
    ],
)
def test_a_build_file_names_the_variable(file: str, line: str, linked: str) -> None:
    """Where it is spelled out and the module's own; else the source tells."""
    files = {file: f"build:\n\t{line}\n", "version/version.go": 'package version\n\nvar Version = "dev"\n'}
    assert only(files).details["ldflags"] == linked


@pytest.mark.parametrize(
    ("mains", "entry"),
    [
        ((), None),
        (("main.go",), "weather"),
        (("cmd/weather/main.go", "cmd/admin/main.go"), "weather"),
        (("cmd/b/main.go", "cmd/a/main.go"), "a"),
        (("main.go", "cmd/a/main.go"), "weather"),
        (("server/main.go",), "server"),
        (("server/main.go", "cmd/a/main.go"), "a"),
        (("examples/a/main.go",), None),
    ],
)
def test_the_program_is_a_folder_of_cmd_or_the_module(mains: tuple[str, ...], entry: str | None) -> None:
    """The one called like the module first."""
    assert only(dict.fromkeys(mains, MAIN)).entry == entry
    assert only(dict.fromkeys(mains, "package cmd\n")).entry is None


def test_modules_of_a_workspace_keep_to_themselves() -> None:
    """go.work or not: each has its own files, needs the others by their whole paths, and knows no excluded one."""
    files = {
        "go.work": "go 1.24\n\nuse (\n\t.\n\t./sdk\n)\n",
        "go.mod": MOD + "\nrequire (\n\texample.com/octo/weather/sdk v1.2.0 // indirect\n\tother.org/x v1.0.0\n)\n",
        "version.go": CONSTANT,
        "sdk/go.mod": "module example.com/octo/weather/sdk\n\nrequire other.org/weather v1.0.0\n",
        "sdk/version.go": CONSTANT,
        "sdk/VERSION": "1.2.0",
        "tools/x/go.mod": "module example.com/octo/weather/tools/x\n\nrequire example.com/octo/weather v0.1.0\n",
        "testdata/go.mod": "broken",
    }
    packages = found(files)
    assert {path: ([site.file for site in each.sites], each.depends) for path, each in packages.items()} == {
        ".": (["version.go"], ("sdk",)), "sdk": (["sdk/VERSION", "sdk/version.go"], ()), "tools/x": ([], ("weather",)),
    }  # fmt: skip
    assert [skip.path for skip in go.PLUGIN.detect(Tree(files), ())[1]] == ["testdata/go.mod"]
    assert [each.path for each in go.PLUGIN.detect(Tree(files), ("tools",))[0]] == [".", "sdk"]


PIECES = st.sampled_from(
    [
        "module ",
        "(",
        ")",
        "example.com/x",
        "\n",
        "\t",
        "var ",
        "const ",
        "version",
        "Version",
        " string",
        " = ",
        '"dev"',
        '"1.2.0"',
        "`",
        "//",
        "package main",
        "-X ",
        "main.version=",
        "require ",
        " v1.2.0",
        "\r",
        "\ufeff",
        "\0",
        "é",
    ]
)
texts = st.lists(PIECES, max_size=12).map("".join)


@given(texts, texts, texts, texts)
def test_any_texts_are_read_or_refused(mod: str, source: str, build: str, word: str) -> None:
    """And what is found can be written, again and again."""
    files = {"go.mod": mod, "main.go": source, "Makefile": build, "VERSION": word}
    with contextlib.suppress(ProjectError):
        once = bumped(files)
        assert bumped(once) == once
