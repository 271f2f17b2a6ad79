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
from tagship.domain.plans import matrix
from tagship.domain.proofs.trust import Trust
from tagship.domain.text.markdown import count
from tagship.errors import UsageError
from tagship.parts.chain import Chain
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
    read_trust,
    text,
)
from tagship.parts.sign import attesting
from tagship.ports import Tools
from tagship.steps import build, build_matrix, probe, release_assets, sign_and_attest, verify

T = TypeVar("T", bound=msgspec.Struct)
STAGES: Final = ("plan", "build", "probe", "sign", "release", "verify")
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
    plan_digest: Annotated[str, text("SHA-256 of the plan")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Carry out the chain; each step's errors are its own."""
    chain = Chain(STAGES, tools)
    if inputs.dry_run:
        return _nothing_done(_plan(inputs, f"{inputs.dist}/plan.json", tools))
    with chain.told():
        return _carry_out(inputs, chain, tools)


def _plan(inputs: Inputs, plan_file: str, tools: Tools) -> build_matrix.Outputs:
    with tools.reporter.step("plan"):
        values = msgspec.structs.asdict(inputs)
        given = _take(build_matrix.Inputs, values, plan=plan_file, preflight="false")
        return build_matrix.run(given, tools, here=True)


def _carry_out(inputs: Inputs, chain: Chain, tools: Tools) -> Outputs:
    """Go through the stages, and let each say what it has made."""
    trust_root = _trust_root(inputs)
    key = _key(inputs, tools)
    plan_file = f"{inputs.dist}/plan.json"
    with chain.stage("plan") as told:
        planned = _plan(inputs, plan_file, tools)
        told.append(planned.tag)
        chain.title = planned.tag
        _look_first(inputs, planned, tools)
    values = msgspec.structs.asdict(inputs)
    carried = {**values, "plan": plan_file, "plan_digest": planned.plan_digest, "key": key}
    with chain.stage("build") as told:
        built = build.run(_take(build.Inputs, carried), tools)
        told.append(count(_number_of_files(built.digests), "file"))
    with chain.stage("probe") as told:
        probed = _probe(inputs, planned, carried, built.digests, tools)
        told.extend([probed.status] if probed else [])
    with chain.stage("sign") as told:
        given = {"digests": built.digests, "probe_digests": probed.digests if probed else ""}
        signed = sign_and_attest.run(_take(sign_and_attest.Inputs, carried, **given), tools)
        told.append(count(_number_of_files(signed.subjects), "signature"))
    with chain.stage("release") as told, tools.reporter.step(f"release to {inputs.forge}"):
        given = {"digests": signed.digests, "tag": planned.tag}
        released = release_assets.run(_take(release_assets.Inputs, carried, **given), tools, alone=False)
        told.extend([released.state, count(_number_of_files(signed.digests), "file")])
    with chain.stage("verify") as told:
        if inputs.forge == "directory":
            ours = msgspec.json.decode(signed.digests, type=dict[str, str])
            _verify(released.url, ours, _trust(inputs, released.url, trust_root, tools), tools)
            told.append("all holds")
    if inputs.forge == "directory":
        page = os.path.relpath(Path(released.url) / "index.html")
        tools.reporter.info(f"{planned.tag} {released.state} in {chain.seconds:.1f} s: {page}")
        _say_how_to_verify(released.url, tools)
    return _outputs(planned, signed, released)


def _outputs(
    planned: build_matrix.Outputs, signed: sign_and_attest.Outputs, released: release_assets.Outputs
) -> Outputs:
    return Outputs(
        version=planned.version,
        tag=planned.tag,
        url=released.url,
        state=released.state,
        assets=released.assets,
        manifest=released.manifest,
        digests=signed.digests,
        plan_digest=planned.plan_digest,
    )


def _number_of_files(digests: str) -> int:
    """Count the files of a step's output; receipts are none."""
    return sum("/" not in name for name in msgspec.json.decode(digests, type=dict[str, str]))


def _probe(
    inputs: Inputs, planned: build_matrix.Outputs, carried: dict[str, object], digests: str, tools: Tools
) -> probe.Outputs | None:
    """Probe what this machine can; nothing where there is nothing to probe."""
    if planned.probe_matrix == matrix.NOTHING:
        return None
    jobs = max(inputs.jobs, os.cpu_count() or 1)
    wanted = _take(probe.Inputs, carried, digests=digests, jobs=jobs, timeout=0)
    return probe.run(wanted, tools)


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
        version=planned.version,
        tag=planned.tag,
        url="",
        state="unchanged",
        assets="[]",
        manifest="",
        digests="{}",
        plan_digest=planned.plan_digest,
    )


def _verify(folder: str, ours: Collection[str], trust: Trust, tools: Tools) -> None:
    """Check our files in the folder; what was asked to be kept there is not ours."""
    with tools.reporter.step("verify"):
        verify.check([Path(folder)], trust, tools, only=ours)


def _trust_root(inputs: Inputs) -> bytes:
    """Read whom a private instance trusts, before anything is built: it is asked for again at the end."""
    return read_trust(inputs.root, inputs.trust_config)


def _trust(inputs: Inputs, folder: str, trust_root: bytes, tools: Tools) -> Trust:
    """Trust the keys beside the files, or this very job."""
    keys = {path.name: path.read_bytes() for path in _public_keys(folder)}
    identity = attesting.own_identity(tools, window=inputs.retry_window)
    return Trust(keys=keys, identity=identity, trust_root=trust_root)


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
