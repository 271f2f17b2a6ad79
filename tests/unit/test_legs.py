"""Which packages and targets one build job builds."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.legs import COMFORTABLE, MOST, Dealt, deal
from tagship.domain.plans.target import Target
from tests.unit.samples import artifact, package

PLATFORMS = [target for target in Target if target is not Target.ANY]


def of(name: str, kind: str, *targets: Target) -> list[Artifact]:
    """Return one archive per target."""
    return [
        msgspec.structs.replace(artifact(f"{name}-{kind}-{target}.zip", "archive", name, kind), target=target)
        for target in targets
    ]


def dealt(built: Sequence[Artifact], runners: dict[str, str] | None = None) -> Dealt:
    """Deal artifacts of packages that wrap nothing."""
    names = sorted({each.package for each in built})
    return deal(built, [package(name) for name in names], runners or {})


@pytest.mark.parametrize(
    ("targets", "runner"),
    [
        ((Target.ANY,), "ubuntu-24.04"),
        (PLATFORMS, "ubuntu-24.04"),
        ((Target.LINUX_X86_64, Target.LINUX_AARCH64), "ubuntu-24.04"),
        ((Target.LINUX_AARCH64,), "ubuntu-24.04-arm"),
        ((Target.MACOS_X86_64, Target.MACOS_AARCH64), "macos-15"),
        ((Target.MACOS_X86_64,), "macos-15-intel"),
        ((Target.WINDOWS_X86_64,), "windows-2025"),
        ((Target.WINDOWS_AARCH64,), "windows-11-arm"),
    ],
)
def test_a_leg_runs_where_its_target_is_native(targets: Sequence[Target], runner: str) -> None:
    """One that crosses systems runs on Linux, one for both kinds of Mac on the newer one."""
    (leg,) = dealt(of("demo", "kind", *targets)).legs
    assert (leg.runner, leg.targets) == (runner, tuple(sorted(targets)))


def test_own_runners_take_the_place_of_hosted_ones() -> None:
    """By target; the others keep theirs."""
    built = [*of("demo", "arm", Target.LINUX_AARCH64), *of("demo", "mac", Target.MACOS_AARCH64)]
    assert [leg.runner for leg in dealt(built, {"linux-aarch64": "mine"}).legs] == ["mine", "macos-15"]


def test_what_wraps_a_package_is_built_where_the_package_is() -> None:
    """Also when the packages of a kind are too many for one job."""
    names = [f"p{number:02}" for number in range(COMFORTABLE + 4)]
    packages = [package(name) for name in names]
    packages += [msgspec.structs.replace(package(f"a{name}-mcpb"), wraps=name) for name in names]
    built = [artifact(f"{each.id}.x", "mcpb" if each.wraps else "wheel", each.id) for each in packages]
    legs, files = deal(built, packages, {})
    assert [leg.id for leg in legs] == ["python-any-01", "python-any-02"]
    at = {each.package: each.leg for each in files}
    assert all(at[name] == at[f"a{name}-mcpb"] for name in names)


@given(st.dictionaries(st.sampled_from(["python-any", "npm-any", "go", "rust-linux"]), st.integers(1, 400), min_size=1))
def test_jobs_are_few_and_every_file_is_made_once(counts: dict[str, int]) -> None:
    """However many packages there are, and no job has more than it must."""
    built = [
        file for kind, count in counts.items() for n in range(count) for file in of(f"{kind}{n}", kind, Target.ANY)
    ]
    legs, files = dealt(built)
    assert len(legs) <= MOST
    assert sorted(name for leg in legs for name in leg.artifacts) == sorted(each.name for each in built)
    assert {each.name: each.leg for each in files} == {name: leg.id for leg in legs for name in leg.artifacts}
    if sum(-(-count // COMFORTABLE) for count in counts.values()) <= MOST:
        assert max(len(leg.packages) for leg in legs) <= COMFORTABLE
