"""Detection of Python packages from a tree of files."""

import json

import pytest

from tagship.errors import ProjectError
from tagship.parts.plan import detect as parts_detect
from tagship.ports import Found, Skip
from tagship.settings import Config
from tests.unit.samples import Tree

BUILD = '[build-system]\nrequires = ["x"]\nbuild-backend = "%s"\n'
DEMO = BUILD % "uv_build" + '[project]\nname = "demo"\nversion = "1.2.0"\n'
SERVER = {
    "name": "io.github.octo/demo",
    "version": "1.2.0",
    "packages": [
        {"registryType": "pypi", "identifier": "other", "version": "1.2.0"},
        {"registryType": "pypi", "identifier": "Demo", "version": "1.2.0"},
    ],
}


def detect(files: dict[str, str], exclude: tuple[str, ...] = ()) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
    found, skips = parts_detect.detect(Tree(files), Config(exclude=exclude))
    return tuple(found), tuple(skips)


def sites(found: Found) -> list[tuple[str, int, str, str, str]]:
    return [(s.file, s.line, ".".join(map(str, s.path)), s.spelling, s.version) for s in found.sites]


def test_all_places_of_the_version_are_found() -> None:
    """The manifest decides and comes first; then modules; then server.json, for this package only."""
    files = {
        "pyproject.toml": DEMO,
        "src/demo/__init__.py": '"""Doc."""\n\n__version__ = "1.2.0"\n',
        "src/demo/other.py": "__version__ = '0'\n",
        "server.json": json.dumps(SERVER, indent=2),
    }
    ((found,), skips) = detect(files)
    assert skips == ()
    assert sites(found) == [
        ("pyproject.toml", 6, "project.version", "pep440", "1.2.0"),
        ("src/demo/__init__.py", 3, "", "pep440", "1.2.0"),
        ("server.json", 3, "version", "semver", "1.2.0"),
        ("server.json", 13, "packages.1.version", "pep440", "1.2.0"),
    ]
    assert (found.name, found.path, found.version, found.mcp_name) == ("demo", ".", "1.2.0", "io.github.octo/demo")


@pytest.mark.parametrize(
    "server",
    ["[]", "1", "null", '{"packages": null}', '{"packages": 1}', '{"packages": {"identifier": "demo"}}', "{", "[" * 100_000,
     '{"name": 5, "packages": [null, {"identifier": "other"}]}'],
    ids=range(9),
)  # fmt: skip
def test_a_server_json_of_something_else_is_no_site(server: str) -> None:
    """Nor a crash."""
    ((found,), _) = detect({"pyproject.toml": DEMO, "server.json": server})
    assert [site.file for site in found.sites] == ["pyproject.toml"]
    assert found.mcp_name is None


def test_dynamic_versions_are_followed() -> None:
    """An attribute, a text file, version control."""
    dynamic = '[project]\nname = "demo"\ndynamic = ["version"]\n'
    setuptools = BUILD % "setuptools.build_meta" + dynamic + "[tool.setuptools.dynamic]\nversion = "
    ((attribute,), _) = detect(
        {"pyproject.toml": setuptools + '{attr = "demo.about.V"}\n', "demo/about.py": "V = '2.0'\n"}
    )
    ((text,), _) = detect({"pyproject.toml": setuptools + '{file = "VERSION"}\n', "VERSION": "2.0\n"})
    ((missing,), _) = detect({"pyproject.toml": setuptools + '{file = "VERSION"}\n'})
    ((vcs,), _) = detect({"pyproject.toml": '[build-system]\nrequires = ["hatchling", "hatch-vcs"]\n' + dynamic})
    assert (attribute.version, sites(attribute)) == ("2.0", [("demo/about.py", 1, "", "pep440", "2.0")])
    assert (text.version, sites(text)) == ("2.0", [("VERSION", 1, "", "pep440", "2.0")])
    assert (missing.version, missing.sites) == ("", ())
    assert (vcs.version, vcs.sites) == ("", ())


def test_a_monorepo() -> None:
    """Each folder with a manifest; tests, excluded and private ones are left out with a reason."""
    member = (
        BUILD % "hatchling.build"
        + '[project]\nname = "%s"\nversion = "1.0"\n[project.scripts]\nzz = "z:z"\n%s = "m:m"\n'
    )
    files = {
        "pyproject.toml": "[tool.uv.workspace]\nmembers = ['servers/*']\n",
        "servers/a/pyproject.toml": member % ("mcp-a", "mcp-a"),
        "servers/b/pyproject.toml": member % ("mcp_b", "run-b"),
        "servers/c/setup.cfg": "[metadata]\nname = mcp-c\nversion = 1.0\n",
        "servers/c/pyproject.toml": BUILD % "setuptools.build_meta",
        "servers/d/pyproject.toml": BUILD % "maturin" + '[project]\nname = "d"\nversion = "1"\n',
        "tests/x/pyproject.toml": "not even TOML",
        "old/x/pyproject.toml": "not even TOML",
        "servers/a/README.md": "x",
    }
    found, skips = detect(files, ("old",))
    assert [(f.name, f.path, f.entry) for f in found] == [
        ("mcp-a", "servers/a", "mcp-a"),
        ("mcp_b", "servers/b", "run-b"),
        ("mcp-c", "servers/c", None),
        ("d", "servers/d", None),
    ]
    reasons = {skip.path: skip.reason for skip in skips}
    assert set(reasons) == {
        "pyproject.toml", "old/x/pyproject.toml", "tests/x/pyproject.toml", "servers/c/pyproject.toml",
    }  # fmt: skip
    assert {f.name: f.details.get("compiled-by") for f in found if "compiled-by" in f.details} == {"d": "maturin"}


def test_all_broken_manifests_are_told_together() -> None:
    """Each with its place."""
    with pytest.raises(ProjectError) as caught:
        detect(
            {
                "a/pyproject.toml": "[",
                "b/setup.cfg": "oops\n",
                "c/pyproject.toml": "[project]\n",
                "d/pyproject.toml": DEMO,
            }
        )
    assert [(p.file, p.line) for p in caught.value.problems] == [
        ("a/pyproject.toml", 1), ("b/setup.cfg", 1), ("c/pyproject.toml", 1),
    ]  # fmt: skip


def test_the_marker_in_the_readme_names_the_server() -> None:
    """PyPI ownership of the MCP Registry: ``mcp-name:`` in the readme."""
    manifest = DEMO + 'readme = "README.md"\n'
    ((found,), _) = detect({"pyproject.toml": manifest, "README.md": "# x\n<!-- mcp-name: io.github.octo/demo -->\n"})
    assert found.mcp_name == "io.github.octo/demo"


def test_only_the_projects_own_files_say_whether_it_compiles() -> None:
    """Not those of a neighbour whose name begins alike, nor of one further down."""
    pure = BUILD % "setuptools.build_meta" + '[project]\nname = "%s"\nversion = "1"\n'
    files = {
        "a/pyproject.toml": pure % "a",
        "a/setup.py": "setup()",
        "a-b/pyproject.toml": pure % "b",
        "a-b/setup.py": "setup(ext_modules=[Extension('x', ['x.c'])])",
        "a/c/setup.py": "setup(ext_modules=[Extension('x', ['x.c'])])",
        "a/c/pyproject.toml": pure % "c",
        "a0/setup.py": "setup(ext_modules=[Extension('x', ['x.c'])])",
    }
    found, _ = detect(files)
    assert {each.name: each.details.get("wheels") for each in found} == {"a": None, "b": "each", "c": "each"}
