"""What packages and scripts of programs say: names, versions, tags, quoting; tables and properties."""

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.files import linux_package, program_npm, program_wheel
from tagship.domain.files.linux_package import About, changes, copyright_text, package_name, spelled
from tagship.domain.install.synopsis import synopsis
from tagship.domain.plans.target import Target
from tagship.domain.versions.version import Version
from tagship.ecosystems.program_wheel import PLUGIN
from tagship.formats import _scripts
from tagship.formats.homebrew import class_name
from tagship.parts.plan import later_files
from tagship.parts.publish.channels import kinds
from tagship.ports import Found
from tagship.settings import ChannelConfig, Config, PackageConfig
from tests.unit import samples
from tests.unit.samples import Tree

ABOUT = About(
    name="demo",
    version=Version.parse("1.2.0-rc.1"),
    license="MIT",
    description="The age of the moon: and more.",
    homepage="",
    maintainer="A <a@example.org>",
    changes=("one",),
    depends=(),
    note="The command is demo.",
)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("deb", "1.2.0~rc.1"), ("rpm", "1.2.0~rc.1"), ("apk", "1.2.0_rc1"), ("archlinux", "1.2.0rc.1")],
)
def test_a_prerelease_is_spelled_so_that_it_is_older(kind: linux_package.Format, expected: str) -> None:
    """Each system has a spelling of its own; a final version has only one."""
    assert spelled(Version.parse("1.2.0-rc.1"), kind) == expected
    assert spelled(Version.parse("1.2.0"), kind) == "1.2.0"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("demo", "demo"), ("@octo/Demo_Server", "demo-server"), ("My.Cool_server", "my.cool-server"), ("_a b_", "a-b")],
)
def test_package_names_are_what_all_four_take(name: str, expected: str) -> None:
    """Small letters, digits, plus, minus, dot (Debian policy 5.6.7)."""
    assert package_name(name) == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("The age of the moon: computed.", "Age of the moon"),
        ("demo says things", "Program demo says things"),
        ("", "Program demo"),
        ("a server – for tides", "Server"),
        ("word " * 30, "Word word word word word word word word"),
    ],
)
def test_a_synopsis_is_short_and_plain(description: str, expected: str) -> None:
    """No article, no full stop, not beginning with the name, whole words."""
    assert synopsis(description, "demo", 40) == expected


@given(WORDS)
def test_a_synopsis_is_one_line_of_bounded_length(text: str) -> None:
    """Whatever a project says of itself."""
    made = synopsis(" ".join(text.split()), "demo", 60)
    assert made
    assert len(made) <= 61
    assert "\n" not in made


def test_changes_are_plain_lines() -> None:
    """Markdown's marks are gone; without entries the version is told."""
    section = "### Added\n\n- **cli**: a [flag](https://example.org) `--x`\n* other\n  more\n\ntext\n"
    assert changes(section, Version.parse("1.0.0")) == ("cli: a flag --x", "other")
    assert changes("", Version.parse("1.0.0")) == ("Release 1.0.0.",)


def test_the_copyright_names_holders_and_licence() -> None:
    """A text that Debian has is referred to, another one is repeated; placeholders are nobody."""
    text = copyright_text(ABOUT, ["MIT License\n\nCopyright (c) 2026 Octo Cat\n\nDo what you like.\n"])
    assert "Copyright: Copyright (c) 2026 Octo Cat\nLicense: MIT\n MIT License\n .\n" in text
    apache = copyright_text(ABOUT._replace(license="Apache-2.0"), ["Copyright [yyyy] [name of copyright owner]\n"])
    assert "Copyright: the authors of demo\nLicense: Apache-2.0\n On Debian systems" in apache
    assert "/usr/share/common-licenses/Apache-2.0" in apache


def test_nfpm_is_given_no_variables() -> None:
    """It would put values of the environment in place of them."""
    made = linux_package.described(
        ABOUT._replace(description="Costs $HOME"), "deb", Target.LINUX_X86_64, (), "2026-03-01T12:00:00Z"
    )
    assert "$" not in str(made)
    assert made["description"].splitlines()[0] == "Costs HOME"


def test_a_wheel_serves_every_linux() -> None:
    """A static program needs no C library: tags of glibc and of musl, in one name."""
    name = program_wheel.file_name("Tides.mcp", "1.2.0rc1", Target.LINUX_AARCH64)
    assert name == "tides_mcp-1.2.0rc1-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl"
    assert program_wheel.wheel_text(Target.MACOS_AARCH64, "x 1").endswith("\nTag: py3-none-macosx_12_0_arm64\n")


@pytest.mark.parametrize(
    ("ecosystem", "wish", "made", "left_out"),
    [
        ("go", None, 1, 0),
        ("python", None, 0, 0),
        ("go", False, 0, 0),
        ("python", True, 0, 1),
    ],
)
def test_a_wheel_is_made_of_programs_that_server_json_lists(
    ecosystem: str, *, wish: bool | None, made: int, left_out: int
) -> None:
    """A Python package is its own wheel; only what somebody asked for in vain is told."""
    entry = {"registryType": "pypi", "identifier": "demo"}
    tree = Tree({"server.json": json.dumps({"name": "io.github.octo/demo", "packages": [entry]})})
    found = Found(
        ecosystem=ecosystem, name="demo", path=".", version="", license=None, mcp_name=None, entry="demo", sites=()
    )
    settings = Config(packages={"demo": PackageConfig(wheel=wish)})
    around, skips = PLUGIN.wrap(tree, (found,), settings)
    assert (len(around), len(skips)) == (made, left_out)


def test_npx_and_uvx_find_a_command_of_the_packages_name() -> None:
    """One command is enough for npx; of several one must be called like the package."""
    assert program_npm.commands("@octo/tides", "tides-mcp", ["tides-mcp"]) == {"tides-mcp": "bin/tides-mcp.js"}
    assert program_npm.commands("@octo/tides", "b", ["a", "b"]) == {
        "a": "bin/a.js",
        "b": "bin/b.js",
        "tides": "bin/b.js",
    }
    assert program_npm.commands("a", "b", ["a", "b"]) == {"a": "bin/a.js", "b": "bin/b.js"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("tides-mcp", "TidesMcp"), ("go2x", "Go2x"), ("a_b.c", "ABC"), ("gtk+x", "Gtkxx"), ("node@22", "NodeAT22")],
)
def test_formula_classes_are_called_as_homebrew_calls_them(name: str, expected: str) -> None:
    """Else it does not find the formula in its file."""
    assert class_name(name) == expected


@given(WORDS)
def test_quoting_leaves_nothing_to_expand(text: str) -> None:
    """A PowerShell text ends at its own quote only; Ruby's has no code and no end of a line."""
    inner = _scripts.powershell(text)[1:-1]
    assert inner.replace("''", "").count("'") == 0
    assert inner.replace("''", "'") == text
    quoted = _scripts.ruby(text)[1:-1]
    assert "#{" not in quoted.replace("\\\\", "").replace("\\#", "")
    assert '"' not in quoted.replace("\\\\", "").replace('\\"', "")


def test_the_shell_reads_a_quoted_text_as_it_is() -> None:
    """Values of a plan are words of a script, never a part of it."""
    hostile = "a'b\"c$(touch x)`y`\\ z"
    script = _scripts.render("install.sh.j2", VALUES | {"name": hostile}).decode()
    line = next(line for line in script.splitlines() if line.startswith("NAME="))
    done = subprocess.run(["sh", "-c", f'{line}\nprintf %s "$NAME"'], capture_output=True, text=True, check=True)
    assert done.stdout == hostile


VALUES = {
    "version": "1", "tag": "v1", "base": "", "archives": (), "programs": ["demo"], "script": "install.sh", "address": "x",
    "tool": "1", "origin": "y", "signed_by": None,
}  # fmt: skip


@pytest.mark.parametrize(("channels", "made"), [((), False), (("pypi",), False), (("homebrew",), True)])
def test_asking_for_a_tap_makes_its_formula(channels: tuple[str, ...], made: bool) -> None:  # noqa: FBT001
    """Whatever `installers` says; no other manifest comes with it."""
    plan = samples.shipped(samples.plan("1.2.0", ("alpha",)))
    entries = tuple(ChannelConfig(kind=kind, address="https://github.com/octo/tap") for kind in channels)
    settings = Config(installers=(), channels=entries)
    choice = later_files.choose("", "none", settings, kinds((), settings))
    named = {each.name for each in later_files.name_all(choice, plan.name, "1.2.0", plan.packages, plan.built)}
    assert {name for name in named if name.endswith((".rb", ".scoop.json", ".sh"))} == ({"alpha.rb"} if made else set())
