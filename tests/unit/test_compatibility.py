"""The compatibility matrix of a plan."""

import msgspec

from tagship.domain import compatibility
from tagship.domain.compatibility import Row
from tagship.domain.plan import Plan, Probe
from tagship.domain.target import Target
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
