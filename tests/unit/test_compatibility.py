"""The compatibility matrix of a plan."""

import msgspec

from tagship.domain.plans import compatibility
from tagship.domain.plans.compatibility import Row
from tagship.domain.plans.plan import Plan, Probe
from tagship.domain.plans.target import Target
from tagship.domain.tools import probe_report
from tagship.domain.tools.probe_report import Verdict
from tests.unit import samples


def plan() -> Plan:
    """Return a plan of a Python package that also has an archive, an image and a bundle."""
    base = samples.plan("1.2.0")
    files = [
        msgspec.structs.replace(samples.artifact(f"demo.{kind}{number}", kind), target=target)
        for kind, targets in (
            ("archive", (Target.LINUX_AARCH64, Target.WINDOWS_X86_64)),
            ("image", (Target.ANY,)),
            ("mcpb", (Target.ANY,)),
        )
        for number, target in enumerate(targets)
    ]
    package = msgspec.structs.replace(base.packages[0], runtimes={"python": ("3.11", "3.12")})
    probes = (
        Probe(id="demo-wheel", runner="r", package="demo", artifact=base.built[0].name, target=Target.LINUX_X86_64),
    )
    return msgspec.structs.replace(base, packages=(package,), artifacts=(*base.artifacts, *files), probes=probes)


def test_each_file_that_people_install_has_a_row_per_platform() -> None:
    """A wheel needs its runtime, an archive brings all; documents and sdists are no rows; probes are named."""
    found = {(row.file, row.system, row.architecture): row for row in compatibility.rows(plan())}
    wheel = "demo-1.2.0-py3-none-any.whl"
    assert found.keys() == {
        (wheel, "any", "any"),
        ("demo.archive0", "linux", "aarch64"),
        ("demo.archive1", "windows", "x86_64"),
        ("demo.image0", "linux", "x86_64"),
        ("demo.image0", "linux", "aarch64"),
        ("demo.mcpb0", "any", "any"),
    }
    assert found[wheel, "any", "any"] == Row(
        file=wheel, package="demo", system="any", architecture="any", runtime="python", versions=("3.11", "3.12"),
        probes=("demo-wheel",),
    )  # fmt: skip
    assert found["demo.archive0", "linux", "aarch64"].versions == ()
    assert found["demo.mcpb0", "any", "any"].runtime == "python"


def test_people_see_one_line_per_file() -> None:
    """With its platforms joined, none twice."""
    header, cells = compatibility.as_markdown(compatibility.rows(plan()))
    assert header == ("file", "system", "architecture", "runtime", "status")
    assert ("demo.image0", "linux", "x86_64, aarch64", "–", "declared") in cells
    assert len(cells) == 5


def test_what_probes_have_seen_is_told_per_platform_and_runtime() -> None:
    """Answered, waiting for configuration, broken, or nobody looked; with the protocol versions that were spoken."""
    base = plan()
    wheel = base.built[0].name
    lines = ("3.11", "3.12", "3.13", "3.14")
    probes = tuple(
        Probe(id=line, runner="r", package="demo", artifact=wheel, target=Target.LINUX_X86_64, runtime=f"python{line}")
        for line in lines
    )
    verdicts: tuple[tuple[str, Verdict], ...] = (("3.11", "ok"), ("3.12", "needs-configuration"), ("3.13", "broken"))
    spoken = probe_report.Protocol(supported=("2025-11-25", "2026-07-28"))
    found = [probe_report.Probe(id=line, verdict=verdict, refused=False, protocol=spoken) for line, verdict in verdicts]
    seen = compatibility.measured(
        msgspec.structs.replace(base, probes=probes), probe_report.Report(probes=tuple(found))
    )
    assert [(each.runtime, each.status) for each in seen] == [
        ("python 3.11", "answered"), ("python 3.12", "started"), ("python 3.13", "broken"), ("python 3.14", "declared"),
    ]  # fmt: skip
    _, cells = compatibility.measured_table(seen)
    assert cells == [
        (
            wheel,
            "linux x86_64",
            "✓ python 3.11, ✓ (needs configuration) python 3.12, ✗ python 3.13, – python 3.14",
            "2025-11-25 … 2026-07-28",
        )
    ]


def test_wheels_for_one_platform_say_more_than_their_package() -> None:
    """Which Pythons, and which C library of Linux."""
    base = plan()
    names = {
        "demo-1.2.0-cp312-cp312-manylinux_2_28_aarch64.whl": ("linux", ("3.12",)),
        "demo-1.2.0-cp311-abi3-musllinux_1_2_aarch64.whl": ("linux (musl)", ("3.11", "3.12")),
        "demo-1.2.0-py3-none-manylinux_2_28_aarch64.whl": ("linux", ("3.11", "3.12")),
    }
    files = tuple(msgspec.structs.replace(samples.artifact(name), target=Target.LINUX_AARCH64) for name in names)
    rows = compatibility.rows(msgspec.structs.replace(base, artifacts=files))
    assert {row.file: (row.system, row.versions) for row in rows} == names
    assert {row.architecture for row in rows} == {"aarch64"}
