"""MCP bundles: which packages get one, what its manifest says, what is refused."""

import json
import struct
import tomllib
from typing import Any

import jsonschema
import msgspec
import pytest

from tagship.domain.files import mcpb_manifest, wheel_tags
from tagship.domain.manifests.server import EnvironmentVariable, Server
from tagship.domain.plans.target import Target
from tagship.ecosystems import _mcpb_wheels
from tagship.ecosystems._mcpb_build import schema_problems
from tagship.ecosystems.mcpb import PLUGIN
from tagship.package_settings import PackageConfig
from tagship.ports import Found
from tagship.settings import Config
from tests.unit.samples import Tree, package

BUNDLE = json.dumps({"manifest_version": "0.3", "name": "demo", "server": {"type": "uv"}})
LISTED = json.dumps({"packages": [{"registryType": "mcpb"}]})
SERVER = {"type": "binary", "entry_point": "server/demo", "mcp_config": {"command": "${__dirname}/server/demo"}}


def found(name: str = "demo", path: str = ".", ecosystem: Any = "python") -> Found:
    return Found(
        ecosystem=ecosystem, name=name, path=path, version="", license=None, mcp_name=None, entry=name, sites=()
    )  # fmt: skip


def wrapped(files: dict[str, str], *around: Found, mcpb: bool | None = None) -> list[str]:
    settings = Config(packages={"demo": PackageConfig(mcpb=mcpb)})
    return [each.wraps for each in PLUGIN.wrap(Tree(files), around or (found(),), settings)[0]]


@pytest.mark.parametrize(
    ("files", "mcpb", "wanted"),
    [
        ({"manifest.json": BUNDLE}, None, ["demo"]),
        ({"mcpb/manifest.json": BUNDLE}, None, ["demo"]),
        ({"server.json": LISTED}, None, ["demo"]),
        ({}, True, ["demo"]),
        ({"manifest.json": BUNDLE}, False, []),
        ({"manifest.json": '{"manifest_version": 3, "server": {}}'}, None, []),
        ({"manifest.json": '{"manifest_version": "0.3"}'}, None, []),
        ({"manifest.json": "{"}, None, []),
        ({}, None, []),
    ],
)
def test_a_bundle_is_made_where_the_project_asks(
    files: dict[str, str], *, mcpb: bool | None, wanted: list[str]
) -> None:
    """A manifest, server.json or the configuration asks; a browser extension does not, and ``false`` forbids."""
    assert wrapped(files, mcpb=mcpb) == wanted


def test_a_manifest_of_another_server_type_gets_no_bundle() -> None:
    """Only what tagship makes is planned; the reason is told."""
    bundle = json.dumps({"manifest_version": "0.3", "name": "demo", "server": {"type": "python"}})
    made, skips = PLUGIN.wrap(Tree({"manifest.json": bundle}), (found(),), Config())
    assert (made, [skip.path for skip in skips]) == ((), ["manifest.json"])
    assert "of type 'python'" in skips[0].reason


def test_a_manifest_belongs_to_the_package_of_its_folder() -> None:
    """Of two packages, the one whose folder it is in."""
    assert wrapped({"b/manifest.json": BUNDLE}, found("a", "a"), found("b", "b")) == ["b"]


def test_what_no_bundle_is_made_of_is_told() -> None:
    """The reason names the language."""
    made, skips = PLUGIN.wrap(Tree({"manifest.json": BUNDLE}), (found(ecosystem=None),), Config())
    assert made == ()
    said = [(skip.path, skip.reason) for skip in skips]
    assert said == [("manifest.json", "no MCP bundle is made of unbuilt packages")]


@pytest.mark.parametrize(("kind", "version"), [("uv", "0.4"), ("node", "0.2"), ("binary", "0.2")])
def test_the_generated_manifest_is_valid(kind: str, version: str) -> None:
    """An independent validator agrees; secrets are sensitive and get no default."""
    variables = (
        EnvironmentVariable(name="TOKEN", secret=True, required=True, default="x"),
        EnvironmentVariable(name="CITY", default="Bern"),
    )
    own = msgspec.structs.replace(package("@octo/demo", "1.2.0"), server=Server(environment=variables))
    made = mcpb_manifest.generated(own, {**SERVER, "type": kind}, {}, "octo/demo")
    manifest = mcpb_manifest.completed({}, made, Target.MACOS_AARCH64, {})
    from importlib import resources

    schema = json.loads((resources.files("tagship") / f"schema/mcpb/v{version}.schema.json").read_text())
    jsonschema.validate(manifest, schema)
    assert schema_problems(manifest) == []
    assert manifest["user_config"]["TOKEN"]["sensitive"] is True
    assert "default" not in manifest["user_config"]["TOKEN"]
    assert manifest["user_config"]["CITY"]["default"] == "Bern"
    assert manifest["compatibility"]["platforms"] == ["darwin"]
    assert mcpb_manifest.environment(own)["TOKEN"] == "${user_config.TOKEN}"


def test_a_committed_manifest_keeps_its_words() -> None:
    """Only version and platform are the plan's."""
    made = mcpb_manifest.generated(package("demo", "1.2.0"), SERVER, {}, None)
    said = {"manifest_version": "0.3", "version": "0.0.1", "description": "Mine"}
    manifest = mcpb_manifest.completed(said, made, Target.WINDOWS_X86_64, {})
    assert (manifest["manifest_version"], manifest["version"], manifest["description"]) == ("0.3", "1.2.0", "Mine")
    assert manifest["compatibility"] == {"platforms": ["win32"]}


def test_all_that_is_wrong_is_told() -> None:
    """Each mistake of the schema, and what is lacking."""
    assert len(schema_problems({"manifest_version": "0.3", "name": 1, "more": 2})) > 2
    assert schema_problems({"manifest_version": "9"}) == ["manifest_version is '9'; known are 0.1, 0.2, 0.3, 0.4"]
    said = mcpb_manifest.problems({"icon": "i.png", "server": {"entry_point": "x.py"}}, {"main.py"})
    assert [each.split()[0] for each in said] == ["icon", "server.entry_point"]


def test_values_of_other_types_are_left_to_the_schema() -> None:
    """A list where a path belongs breaks nothing here."""
    assert mcpb_manifest.problems({"icon": [], "server": {"entry_point": {}}}, {"main.py"}) == []


def test_an_icon_is_a_square_png() -> None:
    """By its header."""
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    assert mcpb_manifest.icon_problem(head + struct.pack(">II", 64, 64)) == ""
    assert mcpb_manifest.icon_problem(head + struct.pack(">II", 64, 32)) == "it is 64x32, not square"
    assert mcpb_manifest.icon_problem(b"GIF89a") == "it is no PNG file"


@pytest.mark.parametrize(
    ("files", "requires", "markers"),
    [
        (["cp311-abi3"], ">=3.11", [None]),
        (["py3-none"], ">=3", [None]),
        (["cp312-cp312"], ">=3.12,<3.13", [None]),
        (["cp312-cp312", "cp39-cp39"], ">=3.9,<3.13", ["== '3.9'", "== '3.12'"]),
        (["cp311-cp311", "cp312-abi3"], ">=3.11", ["== '3.11'", ">= '3.12'"]),
    ],
)
def test_a_bundle_of_compiled_wheels_has_one_for_each_python(
    files: list[str], requires: str, markers: list[str | None]
) -> None:
    """Told apart by markers, which exclude each other; what it needs of the index is the wheels' own business."""
    names = {}
    for python in files:
        file = f"demo-1.2.0-{python}-manylinux_2_28_x86_64.whl"
        name = wheel_tags.parse(file)
        assert name
        names[file] = name
    told = tomllib.loads(_mcpb_wheels.project(package(version="1.2.0"), names))
    assert told["project"]["requires-python"] == requires
    assert told["project"]["dependencies"] == ["demo"]
    (sources,) = told["tool"]["uv"]["sources"].values()
    assert [each.get("marker") for each in sources] == [each and f"python_version {each}" for each in markers]
    assert {each["path"] for each in sources} == {f"wheels/{file}" for file in names}


def test_what_a_host_starts() -> None:
    """``mcp_config`` with all that it refers to put in: the folder, the person's values, defaults, the platform's override."""
    manifest = {
        "server": {
            "mcp_config": {
                "command": "${__dirname}/server",
                "args": ["--key", "${user_config.key}", "--mode=${user_config.mode}", "${user_config.unknown}"],
                "env": {"WHERE": "${__dirname}", "LOUD": "${user_config.loud}"},
                "platform_overrides": {"win32": {"command": "${__dirname}/server.exe"}},
            }
        },
        "user_config": {
            "key": {"type": "string"},
            "mode": {"default": "fast"},
            "loud": {"type": "boolean", "default": True},
        },
    }
    argv, env = mcpb_manifest.started(manifest, "/b", {"key": "dummy"}, Target.LINUX_X86_64)
    assert argv == ("/b/server", "--key", "dummy", "--mode=fast", "")
    assert env == {"WHERE": "/b", "LOUD": "true"}
    assert mcpb_manifest.started(manifest, "/b", {}, Target.WINDOWS_X86_64)[0][0] == "/b/server.exe"
