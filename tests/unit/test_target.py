"""Targets and their spellings."""

import pytest

from tagship.domain.plans.target import Target, TargetNames
from tagship.errors import UsageError

PLATFORMS = [target for target in Target if target is not Target.ANY]


@pytest.mark.parametrize("target", PLATFORMS)
def test_a_platform_knows_its_spellings(target: Target) -> None:
    """Every toolchain's name is there and speaks of the same system."""
    names, system = target.names, target.value.partition("-")[0]
    assert Target.parse(target.value) is target
    assert names.go.startswith({"macos": "darwin"}.get(system, system) + "/")
    assert names.oci == names.go
    assert names.npm.startswith({"macos": "darwin", "windows": "win32"}.get(system, system) + "/")
    assert bool(names.deb) == bool(names.rpm) == (system == "linux")
    assert names.runner == target.runner


@pytest.mark.parametrize("field", ["go", "rust", "wheel", "npm", "oci", "runner"])
def test_no_two_platforms_share_a_name(field: str) -> None:
    """A name that two platforms share would make one overwrite the other's file."""
    assert field in TargetNames.__struct_fields__
    assert len({getattr(target.names, field) for target in PLATFORMS}) == len(PLATFORMS)


def test_any_is_no_platform() -> None:
    """It has a runner, but no toolchain's spelling."""
    assert Target.ANY.runner.startswith("ubuntu-")
    with pytest.raises(UsageError, match="no platform"):
        _ = Target.ANY.names


def test_an_unknown_target_is_refused_with_the_known_ones() -> None:
    """The hint lists what there is."""
    with pytest.raises(UsageError) as caught:
        Target.parse("linux-riscv64")
    assert all(target.value in caught.value.problems[0].hint for target in Target)
