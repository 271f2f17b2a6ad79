"""Which probes a plan has, how they are dealt out to jobs, and what the configuration decides about them."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.manifests.server import Server
from tagship.domain.plans.artifact import Artifact, Kind
from tagship.domain.plans.plan import Package, Probe
from tagship.domain.plans.probes import MOST, Where, jobs, missing, plan_probes, told
from tagship.domain.plans.probing import Probing
from tagship.domain.plans.target import Target
from tagship.package_settings import PackageConfig, ProbeConfig, ToolCallConfig
from tagship.parts.plan.probe_choice import probing_of
from tests.unit import samples

LINES = {"python": ("3.11", "3.12"), "node": ("22", "24")}


def server(**changes: object) -> Package:
    """Return a package that is a server and is probed."""
    base = {"probing": Probing(), "server": Server(), "runtimes": LINES}
    return msgspec.structs.replace(samples.package(), **{**base, **changes})


def file(name: str, kind: Kind, target: Target = Target.ANY) -> Artifact:
    return msgspec.structs.replace(samples.artifact(name, kind), target=target)


def ids(*built: Artifact, package: Package | None = None, where: Where | None = None) -> list[str]:
    """Return the ids of the probes."""
    return [probe.id for probe in plan_probes([package or server()], built, {"demo": where or Where()}, {})]


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (file("demo-1-py3-none-any.whl", "wheel"), ["demo-wheel-linux-x86_64-python3.11", "demo-wheel-linux-x86_64-python3.12"]),
        (file("demo-1.tar.gz", "sdist"), ["demo-sdist-linux-x86_64-python3.11", "demo-sdist-linux-x86_64-python3.12"]),
        (file("demo-1-cp312-cp312-manylinux_2_28_x86_64.whl", "wheel", Target.LINUX_X86_64),
         ["demo-wheel-linux-x86_64-python3.12"]),
        (file("demo-1-cp311-abi3-macosx_11_0_arm64.whl", "wheel", Target.MACOS_AARCH64),
         ["demo-wheel-macos-aarch64-python3.11", "demo-wheel-macos-aarch64-python3.12"]),
        (file("demo-1-cp312-abi3-win_amd64.whl", "wheel", Target.WINDOWS_X86_64), ["demo-wheel-windows-x86_64-python3.12"]),
        (file("demo-1-cp312-cp312-musllinux_1_2_x86_64.whl", "wheel", Target.LINUX_X86_64), []),
        (file("demo-1.tgz", "npm"), ["demo-npm-linux-x86_64-node22", "demo-npm-linux-x86_64-node24"]),
        (file("demo-1-windows-aarch64.zip", "archive", Target.WINDOWS_AARCH64), ["demo-archive-windows-aarch64"]),
        (file("demo-1.oci.tar", "image"), ["demo-image-linux-aarch64", "demo-image-linux-x86_64"]),
        (file("demo-1.oci.tar", "image", Target.LINUX_X86_64), ["demo-image-linux-x86_64"]),
        (file("demo-1.mcpb", "mcpb"), ["demo-mcpb-linux-x86_64"]),
        (file("demo_1_amd64.deb", "deb", Target.LINUX_X86_64), ["demo-deb-linux-x86_64"]),
        (file("demo-1.cdx.json", "sbom"), []),
    ],
)  # fmt: skip
def test_a_file_is_started_where_and_in_what_it_is_for(built: Artifact, expected: list[str]) -> None:
    """One probe per platform and runtime that its name and its package declare; documents start nothing."""
    assert ids(built) == expected


@pytest.mark.parametrize("change", [{"entry": None}, {"server": None}, {"probing": None}])
def test_what_is_no_server_or_must_not_be_started_is_not_probed(change: dict[str, None]) -> None:
    """No command, no sign of a server, or a configuration that says so."""
    assert ids(file("demo-1-py3-none-any.whl", "wheel"), package=server(**change)) == []


def test_old_dependencies_and_more_platforms_on_request() -> None:
    """The oldest versions are a second probe of what is resolved when it is installed; each on all platforms asked for."""
    where = Where(platforms=(Target.LINUX_X86_64, Target.MACOS_AARCH64), lowest=True)
    package = server(runtimes={"python": ("3.12",), "node": ("24",)})
    assert ids(file("demo-1-py3-none-any.whl", "wheel"), package=package, where=where) == [
        "demo-wheel-linux-x86_64-python3.12", "demo-wheel-linux-x86_64-python3.12-lowest",
        "demo-wheel-macos-aarch64-python3.12", "demo-wheel-macos-aarch64-python3.12-lowest",
    ]  # fmt: skip
    assert ids(file("demo-1.tgz", "npm"), package=package, where=where) == [
        "demo-npm-linux-x86_64-node24", "demo-npm-macos-aarch64-node24",
    ]  # fmt: skip


def test_a_launcher_is_started_with_the_package_of_each_platform() -> None:
    """Not alone: it asks for one of them, which no registry has yet."""
    built = [
        file("demo-1.tgz", "npm"),
        file("demo-linux-x64-1.tgz", "npm", Target.LINUX_X86_64),
        file("demo-darwin-arm64-1.tgz", "npm", Target.MACOS_AARCH64),
    ]
    package = server(runtimes={})
    assert ids(*built, package=package) == ["demo-npm-linux-x86_64", "demo-npm-macos-aarch64"]


def test_runner_labels_of_ones_own_are_kept() -> None:
    """The label is the target's, unless the configuration has another one."""
    built = [file("a.zip", "archive", Target.LINUX_AARCH64), file("b.zip", "archive", Target.MACOS_AARCH64)]
    found = plan_probes([server()], built, {}, {"linux-aarch64": "ours"})
    assert [probe.runner for probe in found] == ["ours", "macos-15"]


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 3000)), max_size=80))
def test_jobs_are_few_and_each_probe_is_in_one(found: list[tuple[str, int]]) -> None:
    """Never more than a workflow declares outputs for; all of a job's probes are of its runner."""
    probes = [
        Probe(id=f"{runner}-{number}", runner=runner, package="p", artifact=f"f{number % 7}", target=Target.ANY)
        for runner, number in set(found)
    ]
    many = [*probes, *(msgspec.structs.replace(each, id=f"{each.id}-{n}") for n in range(9) for each in probes)]
    dealt = jobs(many)
    assert len(dealt) <= MOST
    assert sorted(itertools.chain.from_iterable(job.probes for job in dealt)) == sorted(probe.id for probe in many)
    runners = {probe.id: probe.runner for probe in many}
    assert all({runners[own] for own in job.probes} == {job.runner} for job in dealt)


def test_what_is_left_out_is_told_once_for_each_reason() -> None:
    """Runtimes that are missing in one line for each language, by number; everything else with its ids."""
    runtimes = ("python3.14", "python3.9", "python3.14", "node22", "", "", "python3.11")
    probes = [
        Probe(id=f"p{number}", runner="r", package="p", artifact="f", target=Target.ANY, runtime=runtime)
        for number, runtime in enumerate(runtimes)
    ]
    left_out = {probe.id: missing(probe.runtime) if probe.runtime else "it runs elsewhere" for probe in probes[:-1]}
    assert list(told(probes, left_out)) == [
        "on Python 3.9, 3.14: not on this machine",
        "on Node.js 22: not on this machine",
        "p4, p5: it runs elsewhere",
    ]


def test_the_configuration_decides_how_a_server_is_probed() -> None:
    """Arguments of server.json unless others are given; what fails is sorted; false: not at all."""
    said = Server(arguments=("--stdio",))
    assert probing_of(PackageConfig(), said) == Probing(arguments=("--stdio",))
    assert probing_of(PackageConfig(probe=False), said) is None
    assert probing_of(PackageConfig(), None) is None
    chosen = ProbeConfig(
        arguments=("serve",), environment={"B": "2", "A": "1"}, strict=("version", "flaky"), network=False,
        calls=(ToolCallConfig(tool="add", arguments={"a": 1}),),
    )  # fmt: skip
    probing = probing_of(PackageConfig(probe=chosen), said)
    assert probing is not None
    assert (probing.arguments, list(probing.environment)) == (("serve",), ["A", "B"])
    assert (probing.strict, probing.network, probing.calls[0].arguments) == (("flaky", "version"), False, {"a": 1})
