"""Values that many tests need: a version strategy, a whole plan, files in memory, a fake stream and a fake clock."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

import msgspec
from hypothesis import strategies as st

from tagship.domain.components.licence_policy import ANY
from tagship.domain.plans import planning
from tagship.domain.plans.artifact import MEDIA_TYPES, Artifact, BuiltFile
from tagship.domain.plans.legs import deal
from tagship.domain.plans.plan import Package, Plan, ToolInfo
from tagship.domain.plans.planning import Origin, assemble, manifest_artifact
from tagship.domain.plans.receipt import (
    Builder,
    Manifest,
    ProbeRecord,
    PublishedRecord,
    Receipt,
    ReleasedFile,
    SignatureRecord,
)
from tagship.domain.plans.target import Target
from tagship.domain.tools.probe_report import Measured, Probe, ProbeResult, Tool, report, schema_sha256
from tagship.domain.versions.version import CHANNELS, Version
from tagship.errors import Problem

COMMIT = "0123456789abcdef0123456789abcdef01234567"

_numbers = st.integers(min_value=0, max_value=10**9) | st.integers(min_value=0, max_value=3)
finals = st.builds(Version, major=_numbers, minor=_numbers, patch=_numbers)
prereleases = st.builds(
    Version, major=_numbers, minor=_numbers, patch=_numbers, channel=st.sampled_from(CHANNELS), number=_numbers
)
versions = finals | prereleases


class FakeClock:
    """A clock that moves only when it sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        """Return the time, UTC."""
        return datetime.fromtimestamp(1_700_000_000 + self.seconds, UTC)

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.seconds += seconds


class FakeTerminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Pretend."""
        return True


class Tree:
    """Files in memory as :class:`tagship.ports.SourceTree`."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    @property
    def paths(self) -> tuple[str, ...]:
        """All files, sorted."""
        return tuple(sorted(self.files))

    def read(self, paths: Sequence[str]) -> Mapping[str, str]:
        """Read files; missing ones are left out."""
        return {path: self.files[path] for path in paths if path in self.files}


class Warned:
    """Keeps what was warned of, as a reporter that nothing else is asked of."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def warning(self, message: str, *, file: str | None = None, line: int | None = None) -> None:
        """Keep a warning."""
        self.problems.append(Problem(message=message, file=file, line=line))


def artifact(name: str, kind: str = "wheel", package: str = "demo", leg: str = "python-any") -> Artifact:
    media_type = MEDIA_TYPES.get(kind, "application/octet-stream")
    return Artifact(name=name, kind=kind, package=package, target=Target.ANY, media_type=media_type, leg=leg)  # type: ignore[arg-type]


def package(name: str = "demo", version: str = "1.2.0-rc.1", entry: str | None = "demo") -> Package:
    parsed = Version.parse(version)
    return Package(
        id=name,
        name=name,
        path=".",
        ecosystem="python",
        version=version,
        spellings=parsed.spellings,
        license="MIT",
        mcp_name=f"io.github.octo/{name}",
        entry=entry,
        version_sites=(),
    )


def built_artifacts(name: str = "demo", version: str = "1.2.0-rc.1") -> tuple[Artifact, ...]:
    spelled = Version.parse(version).spellings.pep440
    return (
        artifact(f"{name}-{spelled}-py3-none-any.whl", "wheel", name),
        artifact(f"{name}-{spelled}.tar.gz", "sdist", name),
    )


def plan(
    version: str = "1.2.0-rc.1",
    names: tuple[str, ...] = ("demo",),
    extra: tuple[Artifact, ...] = (),
    details: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    """Return a whole plan of Python packages with these names, each with these details."""
    parsed = Version.parse(version)
    packages = tuple(msgspec.structs.replace(package(name, version), details=dict(details)) for name in names)
    built = [artifact for name in names for artifact in built_artifacts(name, version)]
    return assemble(
        tool=ToolInfo(name="tagship", version="0.1.0"),
        name=names[0],
        origin=Origin(
            repository="octo/demo",
            commit=COMMIT,
            commit_time="2024-05-06T07:08:09Z",
            tag=f"v{parsed}",
            snapshot=False,
            version=parsed,
        ),
        packages=packages,
        built=deal(built, packages, {}),
        extra=(manifest_artifact(names[0], version), *extra),
        channels=(),
        licenses=ANY,
        signatures=("key",),
    )


def shipped(of: Plan) -> Plan:
    """Give each package of a plan programs for all platforms, and a ``server.json`` that lists a bundle."""
    targets = tuple(sorted(target for target in Target if target is not Target.ANY))
    entry = {"registryType": "mcpb", "identifier": "https://github.com/octo/demo/releases/download/v1/demo.mcpb"}
    details = {"server-json": json.dumps({"name": "io.github.octo/demo", "packages": [entry]})}
    packages = tuple(msgspec.structs.replace(each, targets=targets, details=details) for each in of.packages)
    archives = [planning.archive(each, target, "python-any") for each in packages for target in targets]
    return msgspec.structs.replace(of, packages=packages, artifacts=(*of.artifacts, *archives))


RECEIPT = Receipt(
    plan_digest="0" * 64,
    leg="python-any",
    artifacts=(BuiltFile(name="a.whl", size=3, sha256="1" * 64),),
    builder=Builder(os="linux", arch="x86_64", tools={"uv": "0.9.1"}),
    started="2024-01-02T03:04:05Z",
    finished="2024-01-02T03:04:06Z",
)
MANIFEST = Manifest(
    plan=plan(),
    artifacts=(ReleasedFile(name="a.whl", kind="wheel", size=3, sha256="1" * 64),),
    probes=(ProbeRecord(id="p", status="ok", protocol_versions=("2025-06-18",)),),
    signatures=(SignatureRecord(file="a.whl", bundle="a.whl.sigstore.json", signer="key"),),
    published=(PublishedRecord(channel="pypi", version="1.2.0", url="https://example.org"),),
)


def listed_tool(name: str = "add", description: str = "Add two numbers.", **schema: object) -> Tool:
    """Return a tool with these properties in its input schema."""
    required = schema.pop("required", [])
    full = {"type": "object", "properties": schema, "required": required}
    return Tool(
        name=name,
        description=description,
        input_schema=full,
        input_schema_sha256=schema_sha256(full),
        annotations={"readOnlyHint": True},
        required=tuple(required),  # type: ignore[call-overload]
    )


PROBED = ProbeResult(
    probe=Probe(id="p", artifact="a.whl", verdict="ok", refused=False, tools=(listed_tool(),)),
    measured=Measured(start_seconds=0.2, total_seconds=0.5, exit_seconds=0.1, peak_memory=1 << 20),
)
REPORT = report([PROBED])
