"""Which versions a range lets in that names one."""

import pytest

from tagship.domain.versions.ranges import admits
from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import SiteFormat, VersionSite
from tagship.parts.bump import check_versions
from tagship.ports import Found


def site(kind: SiteFormat, before: str, version: str) -> VersionSite:
    return VersionSite(
        file="f",
        line=7,
        format=kind,
        spelling="semver",
        version=version,
        template=f"{before}{{version}}",
        package="core",
    )


@pytest.mark.parametrize(
    ("kind", "asked", "inside", "outside"),
    [
        ("json", "1.2.3", ["1.2.3"], ["1.2.4", "1.2.2", "1.2.3-rc.1"]),
        ("json", "=1.2.3", ["1.2.3"], ["1.2.4"]),
        ("json", "^1.2.3", ["1.2.3", "1.2.4", "1.99.0"], ["1.2.2", "2.0.0", "1.3.0-rc.1", "2.0.0-rc.1"]),
        ("json", "workspace:^0.2.3", ["0.2.3", "0.2.9"], ["0.2.2", "0.3.0", "1.0.0"]),
        ("json", "^0.0.3", ["0.0.3"], ["0.0.4", "0.1.0"]),
        ("json", "~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("json", ">=1.2.3", ["1.2.3", "9.0.0"], ["1.2.2", "9.0.0-rc.1"]),
        ("json", "^1.2.3-rc.1", ["1.2.3-rc.1", "1.2.3", "1.3.0"], ["1.2.3-rc.2", "1.2.3-beta.1", "2.0.0"]),
        ("toml", "1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"]),
        ("toml", "0.0.0", ["0.0.0"], ["0.0.1"]),
        ("toml", "= 1.2.3", ["1.2.3"], ["1.2.4"]),
        ("toml", "core==1.2.3", ["1.2.3"], ["1.2.4"]),
        ("json", "1.x", [], ["1.0.0"]),
    ],
)  # fmt: skip
def test_what_a_range_lets_in(kind: SiteFormat, asked: str, inside: list[str], outside: list[str]) -> None:
    """As npm, Cargo and pip have it; a bare version is a caret to Cargo and exact to npm."""
    start = next(index for index, letter in enumerate(asked) if letter.isdigit())
    place = site(kind, asked[:start], asked[start:])
    said = {version: admits(place, Version.parse(version)) for version in (*inside, *outside)}
    assert said == {**dict.fromkeys(inside, True), **dict.fromkeys(outside, False)}


@pytest.mark.parametrize(("before", "stale"), [("^", False), ("", True)])
def test_only_a_range_that_shuts_its_neighbour_out_is_told(before: str, stale: bool) -> None:  # noqa: FBT001
    """``^1.0.0`` beside 1.2.0 may be meant; ``1.0.0`` cannot be."""
    asking = Found(
        ecosystem="npm", name="web", path="web", version="1.2.0", license=None, mcp_name=None, entry=None,
        sites=(site("json", before, "1.0.0"),),
    )  # fmt: skip
    wrong = check_versions._stale_ranges(asking, {"core": Version.parse("1.2.0")})
    assert [(each.problem.file, each.problem.line) for each in wrong] == ([("f", 7)] if stale else [])
