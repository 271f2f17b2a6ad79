"""The chain in one go: plan, build, probe, sign, release, verify. What the root action does, and the whole thing on a laptop."""

import glob
import os
import shlex
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec

from tagship import plugins
from tagship.adapters import oidc
from tagship.domain import matrix
from tagship.domain.trust import Trust
from tagship.errors import UsageError
from tagship.parts import attesting
from tagship.parts.inputs import (
    AllowPublicLog,
    ConfigFile,
    ForgeName,
    GpgKey,
    GpgPassphrase,
    Jobs,
    KeyLog,
    KeyPassword,
    PlannedTag,
    ReleaseInputs,
    Sboms,
    SigningKey,
    Targets,
    TimestampChain,
    TimestampUrl,
    TrustConfig,
    text,
)
from tagship.ports import Tools
from tagship.steps import build, build_matrix, probe, release_assets, sign_and_attest, verify

T = TypeVar("T", bound=msgspec.Struct)
LOCAL_KEY: Final = "local-signing-key.pem"


class Inputs(ReleaseInputs, frozen=True, kw_only=True):
    """Inputs of release, and of the action at the root."""

    config: ConfigFile = ""
    tag: PlannedTag = ""
    targets: Targets = ""
    jobs: Jobs = 1
    probes: Annotated[bool, text("start and ask every server before it is shipped")] = True
    dist: Annotated[str, text("the folder for what is built; one folder per leg")] = "dist"
    trust_config: TrustConfig = ""
    allow_public_log: AllowPublicLog = False
    signers: Annotated[str, text("who signs, comma-separated; default: the configuration's, else key")] = ""
    sbom: Sboms = ""
    key: SigningKey = ""
    key_password: KeyPassword = ""
    gpg_key: GpgKey = ""
    gpg_passphrase: GpgPassphrase = ""
    timestamp_url: TimestampUrl = ""
    timestamp_chain: TimestampChain = ""
    key_log: KeyLog = False
    forge: ForgeName = "directory"


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of release, and of the action at the root."""

    version: Annotated[str, text("the version, as SemVer spells it")]
    tag: Annotated[str, text("the tag")]
    url: Annotated[str, text("address of the release")]
    state: Annotated[str, text("created, updated or unchanged")]
    assets: Annotated[str, text("the assets (JSON: name, size, digest, url, path)")]
    manifest: Annotated[str, text("address of the release manifest")]
    digests: Annotated[str, text("every file of the release (JSON: file name → SHA-256)")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Carry out the chain; each step's errors are its own."""
    began = tools.clock.monotonic()
    values = msgspec.structs.asdict(inputs)
    key = _key(inputs, tools)
    plan_file = f"{inputs.dist}/plan.json"
    with tools.reporter.step("plan"):
        given = _take(build_matrix.Inputs, values, plan=plan_file, preflight="false")
        planned = build_matrix.run(given, tools, here=True)
    carried = {**values, "plan": plan_file, "plan_digest": planned.plan_digest, "key": key}
    if inputs.dry_run:
        return _nothing_done(planned)
    _look_first(inputs, planned, tools)
    built = build.run(_take(build.Inputs, carried), tools)
    probed = _probe(inputs, planned, carried, built.digests, tools)
    signed = sign_and_attest.run(
        _take(sign_and_attest.Inputs, carried, digests=built.digests, probe_digests=probed), tools
    )
    with tools.reporter.step(f"release to {inputs.forge}"):
        released = release_assets.run(
            _take(release_assets.Inputs, carried, digests=signed.digests, tag=planned.tag), tools
        )
    if inputs.forge == "directory":
        _verify(inputs, released.url, msgspec.json.decode(signed.digests, type=dict[str, str]), tools)
        page = os.path.relpath(Path(released.url) / "index.html")
        tools.reporter.info(f"{planned.tag} {released.state} in {tools.clock.monotonic() - began:.1f} s: {page}")
        _say_how_to_verify(released.url, tools)
    return Outputs(
        version=planned.version,
        tag=planned.tag,
        url=released.url,
        state=released.state,
        assets=released.assets,
        manifest=released.manifest,
        digests=signed.digests,
    )


def _probe(
    inputs: Inputs, planned: build_matrix.Outputs, carried: dict[str, object], digests: str, tools: Tools
) -> str:
    """Probe what this machine can; return the digest of the report, nothing where there is nothing to probe."""
    if planned.probe_matrix == matrix.NOTHING:
        return ""
    jobs = max(inputs.jobs, os.cpu_count() or 1)
    wanted = _take(probe.Inputs, carried, digests=digests, jobs=jobs, timeout=0)
    return probe.run(wanted, tools).digests


def _look_first(inputs: Inputs, planned: build_matrix.Outputs, tools: Tools) -> None:
    """Look whether GitHub will take the release, with the token that will make it, before anything is built."""
    if inputs.forge == "github" and inputs.token:
        given = {**msgspec.structs.asdict(inputs), "tag": "", "plan": planned.plan, "preflight": True}
        release_assets.run(_take(release_assets.Inputs, given), tools)


def _take(kind: type[T], values: dict[str, object], **more: object) -> T:
    """Make a step's inputs of the values that carry the same names."""
    names = {field.name for field in msgspec.structs.fields(kind)}
    return kind(**{**{name: value for name, value in values.items() if name in names}, **more})


def _nothing_done(planned: build_matrix.Outputs) -> Outputs:
    return Outputs(
        version=planned.version, tag=planned.tag, url="", state="unchanged", assets="[]", manifest="", digests="{}"
    )


def _verify(inputs: Inputs, folder: str, ours: Collection[str], tools: Tools) -> None:
    """Check our files in the folder with the keys beside them, or as this job; what was asked to be kept there is not ours."""
    with tools.reporter.step("verify"):
        verify.check([Path(folder)], _trust(inputs, folder, tools), tools, only=ours)


def _trust(inputs: Inputs, folder: str, tools: Tools) -> Trust:
    keys = {path.name: path.read_bytes() for path in _public_keys(folder)}
    root = (inputs.root / inputs.trust_config).read_bytes() if inputs.trust_config else b""
    return Trust(keys=keys, identity=attesting.own_identity(tools, window=inputs.retry_window), trust_root=root)


def _say_how_to_verify(folder: str, tools: Tools) -> None:
    keys = ",".join(os.path.relpath(path) for path in _public_keys(folder))
    argv = [_program(), "verify", "--files", glob.escape(os.path.relpath(folder)), *(("--key", keys) if keys else ())]
    tools.reporter.info(f"verify it yourself: {shlex.join(argv)}")


def _public_keys(folder: str) -> list[Path]:
    signers = [plugins.load("signers", name) for name in plugins.names("signers")]
    return [path for signer in signers if (path := Path(folder) / signer.key_file).is_file()]


def _program() -> str:
    """Return how this command was called, so that the line can be pasted."""
    import shutil
    import sys

    called = Path(sys.argv[0])
    if called.stem != "tagship" or shutil.which("tagship") == str(called):
        return "tagship"
    shown = os.path.relpath(called)
    return str(called) if shown.startswith("..") else shown


def _key(inputs: Inputs, tools: Tools) -> str:
    """Return the signing key: the given one, else, for a folder on somebody's own machine, a key that stays there."""
    if (
        inputs.key
        or oidc.available(tools.environment)
        or inputs.forge != "directory"
        or tools.environment.get("CI") == "true"
        or inputs.dry_run
    ):
        return inputs.key
    from tagship.adapters.files import write_whole
    from tagship.signers.key import generate

    home = tools.environment.get("XDG_DATA_HOME") or tools.environment.get("LOCALAPPDATA")
    if not home and not tools.environment.get("HOME"):
        raise UsageError("there is no signing key and no home folder to keep one in", hint="set TAGSHIP_KEY")
    path = (Path(home) if home else Path(tools.environment["HOME"], ".local", "share")) / "tagship" / LOCAL_KEY
    if not path.is_file():
        write_whole(path, generate("")[0], mode=0o600)
        tools.reporter.notice(f"made a signing key for this machine: {path}; set TAGSHIP_KEY to sign with yours")
    return str(path)
