"""Every format: it makes exactly the files it names."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tagship import plugins
from tagship.adapters.pack import pack
from tagship.domain.components import sbom
from tagship.domain.plans.artifact import collisions, parse_checksums
from tagship.domain.plans.planning import SIGN_STEP
from tagship.domain.plans.probing import Probing
from tagship.ports import Format, FormatJob, Tools
from tests.contract.protocols import RELEASE_FILE
from tests.unit import samples

NAMES = plugins.names("formats")
COMPONENTS: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "components": [{"type": "library", "name": "anyio", "bom-ref": "anyio==4.0", "version": "4.0"}],
    "dependencies": [{"ref": "anyio==4.0"}],
}


@pytest.fixture(params=NAMES)
def format_(request: pytest.FixtureRequest) -> Format:
    """Each format there is."""
    found: Format = plugins.load("formats", request.param)
    return found


@pytest.fixture
def job(tmp_path: Path, format_: Format) -> FormatJob:
    """Two built packages; what is in them is given, since to find that is the ecosystem's part."""
    names = ("alpha", "beta")
    plan = samples.shipped(samples.plan("1.2.0", names))
    details = {"server-json": '{"packages": []}'}
    packages = [msgspec.structs.replace(each, details=details, probing=Probing()) for each in plan.packages]
    if format_.name == "docker-catalog":  # which is for images only
        packages = [msgspec.structs.replace(each, ecosystem="container") for each in packages]
    plan = msgspec.structs.replace(plan, packages=tuple(packages))
    owed = format_.artifacts(plan.name, plan.version, plan.packages)
    plan = msgspec.structs.replace(plan, artifacts=(*plan.artifacts, *owed))
    program = tmp_path / "program"
    program.write_bytes(b"a program")
    files = {}
    for artifact in plan.built:
        files[artifact.name] = tmp_path / artifact.name
        if artifact.kind == "archive":
            ending = ".exe" if artifact.target.startswith("windows") else ""
            pack(files[artifact.name], {f"{artifact.package}{ending}": program}, 0, {f"{artifact.package}{ending}"})
        else:
            files[artifact.name].write_bytes(artifact.name.encode())
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    made = {each.id: sbom.complete(COMPONENTS, plan, each, digests) for each in plan.packages}
    return FormatJob(plan=plan, files=files, digests=digests, components=made)


def test_its_artifacts_are_legal(format_: Format, job: FormatJob) -> None:
    """Plain names, each once, made by the signing step."""
    artifacts = format_.artifacts("alpha", "1.2.0", job.plan.packages)
    assert artifacts
    assert not collisions([artifact.name for artifact in (*artifacts, *job.plan.built)])
    for artifact in artifacts:
        assert RELEASE_FILE.fullmatch(artifact.name)
        assert artifact.leg == SIGN_STEP
        assert artifact.package in {"", "alpha", "beta"}


def test_it_makes_exactly_what_it_names(format_: Format, job: FormatJob, tools: Tools) -> None:
    """Every file, none more, none empty; and the same bytes again."""
    owed = {artifact.name for artifact in format_.artifacts("alpha", "1.2.0", job.plan.packages)}
    made = format_.make(job, tools)
    assert set(made) == owed
    assert all(made.values())
    assert format_.make(job, tools) == made


def test_stages_tell_the_order() -> None:
    """The list of checksums comes last: it holds what the others make."""
    stages = {name: plugins.load("formats", name).stage for name in NAMES}
    assert max(stages, key=lambda name: stages[name]) == "checksums"
    assert list(stages.values()).count(stages["checksums"]) == 1


@pytest.mark.parametrize("format_", ["checksums"], indirect=True)
def test_checksums_list_every_file(format_: Format, job: FormatJob, tools: Tools) -> None:
    """Digest and name of each file that exists."""
    (data,) = format_.make(job, tools).values()
    assert parse_checksums(data.decode()) == job.digests
