"""Names of platform wheels, and what may bear them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import parse_wheel_filename

from tagship.domain.files import wheel_tags
from tagship.domain.files.wheel_tags import (
    Tag,
    covers,
    file_name,
    lines_of,
    misfit,
    parse,
    platform_of,
    tags,
    uv_platform,
)
from tagship.domain.plans.target import Target

LINES = ("3.11", "3.12", "3.13")
PLATFORMS = [target for target in Target if target is not Target.ANY]


@pytest.mark.parametrize(
    ("kind", "older", "expected"),
    [
        ("each", False, [("cp311-cp311", "3.11"), ("cp312-cp312", "3.12"), ("cp313-cp313", "3.13")]),
        ("abi3", False, [("cp311-abi3", "3.11")]),
        ("cp38-abi3", False, [("cp38-abi3", "3.11")]),
        ("cp312-abi3", False, [("cp312-abi3", "3.12")]),
        ("cp312-abi3", True, [("cp311-cp311", "3.11"), ("cp312-abi3", "3.12")]),
        ("py3-none", False, [("py3-none", "")]),
        ("cp315-abi3", False, []),
    ],
)
def test_a_wheel_per_python_or_one_for_the_stable_abi(
    kind: str, expected: list[tuple[str, str]], *, older: bool
) -> None:
    """The oldest Python builds it, so that it cannot use what others lack."""
    assert list(tags(kind, LINES, older=older)) == [Tag(*each) for each in expected]


@pytest.mark.parametrize("target", PLATFORMS)
def test_planned_names_are_what_installers_read(target: Target) -> None:
    """By the library that pip uses; and our own reader agrees."""
    name = file_name("Demo.Fast", "1.2.0rc1", "cp311-abi3", platform_of(target))
    project, version, build, found = parse_wheel_filename(name)
    assert (project, str(version), build) == ("demo-fast", "1.2.0rc1", ())
    (tag,) = found
    read = parse(name)
    assert read
    assert (tag.interpreter, tag.abi, tag.platform) == (*read.python.split("-"), read.platforms[0])


def test_the_c_library_can_be_chosen() -> None:
    """On Linux; other systems have none in their tags."""
    assert platform_of(Target.LINUX_AARCH64, "2_17") == "manylinux_2_17_aarch64"
    assert platform_of(Target.WINDOWS_X86_64, "2_17") == "win_amd64"
    assert wheel_tags.musl_of(Target.LINUX_AARCH64) == "musllinux_1_2_aarch64"


@pytest.mark.parametrize(
    ("made", "planned", "fits"),
    [
        ("manylinux_2_17_x86_64", "manylinux_2_28_x86_64", True),
        ("manylinux2014_x86_64", "manylinux_2_28_x86_64", True),
        ("manylinux1_x86_64", "manylinux_2_17_x86_64", True),
        ("manylinux_2_34_x86_64", "manylinux_2_28_x86_64", False),
        ("manylinux_2_17_aarch64", "manylinux_2_28_x86_64", False),
        ("linux_x86_64", "manylinux_2_28_x86_64", False),
        ("musllinux_1_1_x86_64", "musllinux_1_2_x86_64", True),
        ("musllinux_1_2_x86_64", "manylinux_2_28_x86_64", False),
        ("macosx_10_9_x86_64", "macosx_10_15_x86_64", True),
        ("macosx_10_9_universal2", "macosx_11_0_arm64", True),
        ("macosx_14_0_arm64", "macosx_11_0_arm64", False),
        ("macosx_11_0_arm64", "macosx_10_15_x86_64", False),
        ("win_amd64", "win_amd64", True),
        ("win_arm64", "win_amd64", False),
    ],
)
def test_a_wheel_may_promise_less_than_it_could_and_never_more(made: str, planned: str, *, fits: bool) -> None:
    """A planned tag is a floor: what needs an older C library runs there too, what needs a newer one does not."""
    assert covers(made, planned) is fits


@given(st.integers(5, 60), st.integers(5, 60))
def test_floors_are_ordered(made: int, planned: int) -> None:
    """For every C library."""
    assert covers(f"manylinux_2_{made}_x86_64", f"manylinux_2_{planned}_x86_64") is (made <= planned)


def test_a_wheel_for_several_platforms_fits_where_one_of_them_does() -> None:
    """Auditwheel names a C library in old and new words."""
    planned = parse("d-1-cp311-abi3-manylinux_2_28_x86_64.whl")
    made = parse("d-1-cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl")
    other = parse("d-1-1-cp312-cp312-linux_x86_64.whl")
    assert planned
    assert made
    assert other
    assert misfit(made, planned) == ""
    assert misfit(other, planned) == "it is for cp312-cp312, planned is cp311-abi3"
    assert "needs linux_x86_64" in misfit(other._replace(python="cp311-abi3"), planned)
    assert parse("demo-1.0.tar.gz") is None
    assert parse("demo.whl") is None


@pytest.mark.parametrize(
    ("python", "expected"),
    [
        ("py3-none", LINES),
        ("cp312-cp312", ("3.12",)),
        ("cp312-abi3", ("3.12", "3.13")),
        ("cp38-abi3", LINES),
        ("cp315-cp315", ()),
    ],
)
def test_which_pythons_install_a_wheel(python: str, expected: tuple[str, ...]) -> None:
    """The stable ABI serves its own Python and all later ones."""
    assert lines_of(python, LINES) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("manylinux_2_17_x86_64", "x86_64-manylinux_2_28"),
        ("manylinux_2_30_aarch64", "aarch64-manylinux_2_31"),
        ("manylinux_2_39_x86_64", "x86_64-manylinux_2_39"),
        ("musllinux_1_2_x86_64", "x86_64-unknown-linux-musl"),
        ("macosx_11_0_arm64", "aarch64-apple-darwin"),
        ("win_amd64", "x86_64-pc-windows-msvc"),
        ("win_arm64", "aarch64-pc-windows-msvc"),
    ],
)
def test_uvs_names_of_platforms(tag: str, expected: str) -> None:
    """The SBOM of a wheel is resolved for its platform, on whatever machine."""
    assert uv_platform(tag) == expected
