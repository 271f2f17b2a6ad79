"""Every format: it makes exactly the files it names."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from tagship import plugins
from tagship.domain.artifact import collisions, parse_checksums
from tagship.domain.planning import SIGN_STEP
from tagship.ports import Ecosystem, Format, FormatJob, Tools
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
def job(tmp_path: Path, format_: Format, monkeypatch: pytest.MonkeyPatch) -> FormatJob:
    """Two built packages; what an installer would install is given, since that is the ecosystem's part."""

    class Resolved:
        @staticmethod
        def bill_of_materials(*_: object) -> dict[str, Any]:
            return COMPONENTS

    load = plugins.load

    def loaded(folder: str, name: str) -> Ecosystem:
        found: Any = Resolved() if folder == "ecosystems" else load(folder, name)
        return found  # type: ignore[no-any-return]

    monkeypatch.setattr(plugins, "load", loaded)
    names = ("alpha", "beta")
    plan = samples.plan("1.2.0", names, details={"server-json": '{"packages": []}'})
    extra = format_.artifacts(plan.name, plan.version, plan.packages)
    plan = samples.plan("1.2.0", names, extra, details=dict(plan.packages[0].details))
    files = {}
    for artifact in plan.built:
        files[artifact.name] = tmp_path / artifact.name
        files[artifact.name].write_bytes(artifact.name.encode())
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    return FormatJob(plan=plan, files=files, digests=digests)


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
