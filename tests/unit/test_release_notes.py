"""The notes of a planned release: what they say, that nothing in them breaks out, and what goes when there is no room."""

import re
import subprocess

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.plans.artifact import Artifact, Kind
from tagship.domain.plans.plan import ChannelPlan, Package, Plan
from tagship.domain.plans.target import Target
from tagship.domain.releases import release_notes
from tagship.domain.releases.release import LocalAsset
from tagship.domain.releases.release_notes import BELOW, LIMIT, Place, compose, cut, place_of
from tagship.domain.versions.version import Version
from tests.unit.samples import plan as sample_plan

PLACE = place_of("https://github.example", "octo/demo", "v1.2.0")


def artifact(name: str, kind: Kind, target: Target = Target.ANY, package: str = "demo") -> Artifact:
    return Artifact(name=name, kind=kind, package=package, target=target, media_type="x/y", leg="python-any")


def package(name: str = "demo", **more: object) -> Package:
    return Package(
        id="demo",
        name=name,
        path=".",
        ecosystem="python",
        version="1.2.0",
        spellings=Version.parse("1.2.0").spellings,
        license="MIT",
        mcp_name=None,
        entry="demo",
        version_sites=(),
        **more,  # type: ignore[arg-type]
    )


def planned(*artifacts: Artifact, channels: tuple[str, ...] = (), name: str = "demo") -> Plan:
    made = tuple(
        ChannelPlan(id=kind, kind=kind, package="demo", artifacts=(), address="", after=()) for kind in channels
    )
    return msgspec.structs.replace(
        sample_plan(),
        tag="v1.2.0",
        repository="octo/demo",
        packages=(package(name),),
        artifacts=artifacts,
        channels=made,
    )


def files(plan: Plan) -> tuple[LocalAsset, ...]:
    return tuple(
        LocalAsset(name=a.name, path=a.name, size=1234, sha256="ab" * 32, media_type="x/y") for a in plan.artifacts
    )


def notes(plan: Plan, changes: str = "- It works.", place: Place = PLACE, limit: int = LIMIT) -> str:
    return compose(plan, changes, files(plan), place, limit)


EVERYTHING = (
    artifact("demo-1.2.0-py3-none-any.whl", "wheel"),
    artifact("demo-1.2.0-linux-x86_64.tar.gz", "archive", Target.LINUX_X86_64),
    artifact("demo-1.2.0.mcpb", "mcpb"),
    artifact("demo-1.2.0.oci.tar", "image"),
    artifact("demo-1.2.0.cdx.json", "sbom"),
    artifact("checksums.txt", "checksums"),
    artifact("checksums.txt.sigstore.json", "bundle"),
    artifact("signing-key.pub", "key"),
    artifact("demo-1.2.0.release.json", "manifest"),
)


def test_all_that_people_ask_of_notes_is_there() -> None:
    """Changes first, then how to install and verify, what it runs on, links, and every file but signatures."""
    said = notes(planned(*EVERYTHING))
    titles = [line for line in said.splitlines() if line.startswith("## ")]
    assert titles == ["## Install", "## Verify", "## Runs on", "## Links", "## Files"]
    assert said.startswith(f"- It works.\n\n{BELOW}\n\n## Install")
    base = "https://github.example/octo/demo/releases/download/v1.2.0"
    for part in (
        f"`pip install {base}/demo-1.2.0-py3-none-any.whl`",
        f"`uvx --from {base}/demo-1.2.0-py3-none-any.whl demo`",
        f"[linux-x86_64]({base}/demo-1.2.0-linux-x86_64.tar.gz)",
        f"[demo-1.2.0.mcpb]({base}/demo-1.2.0.mcpb)",
        "`podman load --input demo-1.2.0.oci.tar`",
        "sha256sum --check --ignore-missing checksums.txt",
        "cosign verify-blob --key signing-key.pub --bundle checksums.txt.sigstore.json",
        f"[what is inside (SBOM): demo-1.2.0.cdx.json]({base}/demo-1.2.0.cdx.json)",
        f"| demo-1.2.0-linux-x86_64.tar.gz | linux-x86_64 | 1,234 | {'ab' * 32} |",
    ):
        assert part in said
    assert "| checksums.txt.sigstore.json |" not in said


def test_an_index_is_named_where_the_package_goes_to_one() -> None:
    """People install from there."""
    said = notes(planned(EVERYTHING[0], artifact("demo-1.2.0.tgz", "npm"), channels=("pypi", "npm")))
    assert "`pip install demo==1.2.0`" in said
    assert "`npm install --global demo@1.2.0`" in said


def test_the_page_on_a_site_is_linked() -> None:
    """Where a channel makes it; a site of repositories alone has none."""
    made = planned(*EVERYTHING)
    entry = ChannelPlan(
        id="p", kind="pages", package="demo", artifacts=(), address="https://octo.github.io/d/", after=()
    )
    for files, linked in ((("demo-1.2.0.release.json",), True), (("demo.deb",), False)):
        with_page = msgspec.structs.replace(made, channels=(msgspec.structs.replace(entry, artifacts=files),))
        assert ("https://octo.github.io/d/releases/v1.2.0/" in notes(with_page)) == linked


def test_a_folder_has_no_addresses() -> None:
    """Files are named, nothing points to a server."""
    said = notes(planned(*EVERYTHING), place=Place())
    assert "http" not in said
    assert "`pip install demo-1.2.0-py3-none-any.whl`" in said


def test_without_changes_the_rest_stands_alone() -> None:
    """And without anything to install there is nothing to say about it."""
    assert notes(planned(*EVERYTHING), changes="").startswith(BELOW)
    assert "## Install" not in notes(planned(EVERYTHING[4]))


@pytest.mark.parametrize("name", ["a`b`", "$(id)", "a; rm -rf /", "a b", "`|x", "[x](http://evil)", "<script>"])
def test_no_name_breaks_out(name: str) -> None:
    """Neither of code nor of a command line: pasted into a shell it is one word; no link and no tag come of it."""
    line = next(
        each for each in notes(planned(EVERYTHING[0], channels=("pypi",), name=name)).splitlines() if "pip" in each
    )
    command = line.split("`")[1]
    assert line.count("`") == 4
    shown = subprocess.run(["sh", "-c", command.replace("pip install", "printf %s")], capture_output=True, check=True)
    assert shown.stdout.decode() == name.replace("`", "") + "==1.2.0"
    before = line.split("`")[0]
    assert re.search(r"(?<!\\)\[", before) is None
    assert "<script" not in before


def test_what_does_not_fit_goes_from_the_end_and_changes_are_cut_at_a_heading() -> None:
    """The table of files goes first; a long changelog ends before a heading and says where the rest is."""
    many = [artifact(f"f{number}.whl", "wheel") for number in range(2000)]
    said = notes(planned(*many))
    assert "## Files" not in said
    assert "## Install" in said
    section = "".join(f"### Part {part}\n\n" + "- entry\n" * 500 + "\n" for part in range(100))
    said = notes(planned(*EVERYTHING), changes=section)
    assert len(said) <= LIMIT
    assert "… the rest is in https://github.example/octo/demo/blob/v1.2.0/CHANGELOG.md" in said
    last = said.partition("\n\n… the rest")[0]
    assert last.endswith("- entry")
    assert last.rpartition("### Part")[2].count("- entry") == 500, "no section is cut in its middle"
    assert "## Verify" in said


@given(st.text(alphabet="a #\n-", max_size=400), st.integers(80, 300))
def test_a_cut_text_is_never_longer_and_always_a_beginning(text: str, limit: int) -> None:
    """Whatever it holds."""
    made = cut(text, limit, "there")
    assert len(made) <= max(limit, 0)
    assert text.startswith(made.partition("\n\n… the rest")[0])
    assert made == text or made.endswith("… the rest is in there")


def test_no_repository_no_place() -> None:
    """A plan of a project that is nowhere."""
    assert place_of("https://github.com", None, "v1") == Place()
    assert release_notes.ROOM < LIMIT


def test_a_tag_cannot_end_an_address() -> None:
    """What an address must not hold is escaped, whoever writes it; slashes stay, as GitHub takes them."""
    place = place_of("https://github.com/", "octo/demo", "@octo/demo#1 (x)@1.2.0")
    assert place.file("a.whl") == (
        "https://github.com/octo/demo/releases/download/%40octo/demo%231%20%28x%29%401.2.0/a.whl"
    )
