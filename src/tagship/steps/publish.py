"""Publish a plan's proved files to its channels: look first, send what is missing, wait until it is seen. Safe to run again."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec.structs import replace

from tagship import plugins
from tagship.adapters.files import sha256_of
from tagship.domain.plans import channel
from tagship.domain.plans.artifact import Artifact, BuiltFile
from tagship.domain.plans.channel import Owed
from tagship.domain.plans.plan import ChannelPlan, Plan
from tagship.domain.plans.target import Target
from tagship.domain.proofs.trust import Trust
from tagship.domain.releases import picture
from tagship.domain.releases.picture import Stage
from tagship.errors import UsageError
from tagship.parts import dist
from tagship.parts.inputs import ForgeName, PlannedInputs, as_json, read_bytes, read_trust, split_list, text
from tagship.parts.publish import channels, marks, publishing
from tagship.parts.publish.own_release import Own
from tagship.parts.publish.publishing import Publishing, Result
from tagship.ports import Channel, Forge, Tools


class Inputs(PlannedInputs, frozen=True, kw_only=True):
    """Inputs of publish."""

    digests: Annotated[str, text("the output of sign-and-attest or build (JSON: file name → SHA-256)")] = ""
    channels: Annotated[str, text("ids of the channels, comma-separated; default: all of the plan")] = ""
    retry_window: Annotated[int, text("seconds a channel may keep failing, or not show what it took")] = 120
    from_release: Annotated[
        str, text("a tag: take plan and files from its published release instead, once it is known who signed it")
    ] = ""
    repository: Annotated[str, text("where the release is (owner/name); default: the job's, else origin's")] = ""
    public_key: Annotated[
        str,
        text("with from-release, path of the public key that must have signed the release; several, comma-separated"),
    ] = ""
    workflow: Annotated[
        str,
        text(
            "with from-release and no key, file name of the workflow of `repository` that must have signed; default: any"
        ),
    ] = ""
    issuer: Annotated[str, text("with from-release, who vouched for that workflow; default: GitHub Actions")] = ""
    trust_config: Annotated[
        str,
        text(
            "with from-release, a private Sigstore instance: path of its trusted root or client trust configuration, or JSON"
        ),
    ] = ""
    forge: ForgeName = "github"
    directory: Annotated[str, text("the folder of the forge `directory`")] = "releases"
    token: Annotated[
        str,
        text("GitHub token to read the release with, for from-release and the channel `github-release`", secret=True),
    ] = ""
    pypi_username: Annotated[str, text("user name for a private index; default: __token__")] = ""
    pypi_token: Annotated[str, text("token of the channel `pypi`; default: by OIDC", secret=True)] = ""
    oci_username: Annotated[str, text("user name for a registry of images that wants one")] = ""
    oci_token: Annotated[str, text("token or password of the channel `oci`", secret=True)] = ""
    mcp_registry_key: Annotated[
        str, text("key of the channel `mcp-registry` (PEM), for its logins dns and http", secret=True)
    ] = ""
    artifactory_token: Annotated[str, text("token of the channel `artifactory`; default: by OIDC", secret=True)] = ""
    webhook_secret: Annotated[str, text("what the channel `webhook` signs its body with", secret=True)] = ""
    pages_token: Annotated[
        str, text("GitHub token of the channel `pages`, which commits to its branch", secret=True)
    ] = ""
    pages_gpg_key: Annotated[
        str, text("armoured secret OpenPGP key that signs the repositories of the channel `pages`", secret=True)
    ] = ""
    pages_gpg_passphrase: Annotated[str, text("the passphrase of that key", secret=True)] = ""
    crates_token: Annotated[str, text("token of the channel `crates`; default: by OIDC", secret=True)] = ""
    homebrew_token: Annotated[
        str, text("token of the channel `homebrew`: may write contents and pull requests of the tap", secret=True)
    ] = ""
    scoop_token: Annotated[str, text("the same of the channel `scoop`, for the bucket", secret=True)] = ""
    winget_token: Annotated[
        str, text("the same of the channel `winget`, for the fork; pull requests of the repository", secret=True)
    ] = ""
    npm_token: Annotated[str, text("token of the channel `npm`; default: by OIDC", secret=True)] = ""


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of publish."""

    published: Annotated[str, text("what is where (JSON: channel → state, version, url, seconds)")]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What is published, and the proved files by their names."""

    plan: Plan
    chosen: tuple[ChannelPlan, ...]
    files: dict[str, Owed]
    released: bool = False


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Look at all channels, then serve each after those it waits for; one that fails does not stop the others.

    Raises:
        CheckFailed: a package does not say which server it is, as the MCP Registry will ask; nothing is sent then.
        IntegrityError: a file is not what was built; nothing is sent then.
        RemoteRefused: authorisation, a rule, or other bytes under this version: then nothing is sent anywhere.
        RemoteUnreachable: a channel kept failing, or does not show what it took.
        UsageError: no such channel, no token, a plan without a tag.

    """
    given = {f"TAGSHIP_{name.upper()}": str(value) for name, value in msgspec.structs.asdict(inputs).items()}
    with _source(inputs, tools) as source:
        marks.check(source.plan, source.chosen, source.files)
        work = Publishing(source.plan, source.chosen, tools, window=inputs.retry_window)
        release = _own_release(inputs, source, tools)
        for entry in source.chosen:
            kind: type[Channel] = plugins.load("channels", entry.kind)
            settings = replace(channels.settings_of(source.plan, entry, tools, given), release=release)
            target = kind.create(settings, work.tools_of(entry))
            owed = channel.group(entry, source.plan.artifacts, source.files)
            work.add(entry, target, owed, dry_run=inputs.dry_run)
        work.run()
    publishing.show(work.results, work.errors, tools.reporter, "" if inputs.dry_run else _drawn(source, work))
    if work.errors:
        raise publishing.worst(work.errors)
    return Outputs(published=as_json({name: _told(result) for name, result in work.results.items()}))


def _drawn(source: Source, work: Publishing) -> str:
    """Draw the way of these files to their channels; a release is known to be there only where they come from it."""
    before = picture.handed_on(source.plan, {name: owed.size for name, owed in source.files.items()})
    there = Stage(name="release", lines=(source.plan.tag,))
    release = there if source.released else Stage(name="release", state="left-out", lines=("not looked at",))
    return picture.flow([*before, release, publishing.stage(work.results)])


@contextmanager
def _source(inputs: Inputs, tools: Tools) -> Iterator[Source]:
    """Take what was built from ``dist``, or from a release that is already published."""
    if inputs.from_release:
        with tempfile.TemporaryDirectory(prefix="tagship-publish-") as folder:
            yield _from_release(inputs, Path(folder), tools)
        return
    plan, plan_digest = dist.read_plan(inputs)
    chosen = channel.select(plan.channels, split_list(inputs.channels))
    if plan.snapshot and chosen and not inputs.dry_run:
        hint = f"tag the commit (`git tag {plan.tag}`) and plan again"
        raise UsageError("the plan is a snapshot: no tag is on its commit, so nothing is published", hint=hint)
    yield Source(plan=plan, chosen=chosen, files=_proved(inputs, plan, plan_digest, chosen))


def _from_release(inputs: Inputs, folder: Path, tools: Tools) -> Source:
    """Fetch the manifest and what the channels owe; believe both only when the right one has signed them."""
    trust = _trust(inputs, tools)
    from tagship.parts.publish.from_release import Released
    from tagship.parts.release.forge import make_forge
    from tagship.steps import verify

    with tools.reporter.step(f"fetch from the release {inputs.from_release}"):
        released = Released(make_forge(inputs, tools), inputs.from_release, folder, tools, window=inputs.retry_window)
        manifest, path = released.manifest()
        verify.check([path], trust, tools)
        chosen = channel.select(manifest.plan.channels, split_list(inputs.channels))
        names = sorted({name for entry in chosen for name in entry.artifacts})
        paths = released.fetch(names)
        verify.check(list(dict.fromkeys([path, *paths])), trust, tools)
        own = BuiltFile(name=path.name, size=path.stat().st_size, sha256=sha256_of(path))
        known = {own.name: own} | {
            file.name: BuiltFile(name=file.name, size=file.size, sha256=file.sha256) for file in manifest.artifacts
        }
        files = {
            a.name: _owed(a, folder / a.name, known[a.name].size, known[a.name].sha256)
            for a in manifest.plan.artifacts
            if a.name in names
        }
    return Source(plan=manifest.plan, chosen=chosen, files=files, released=True)


def _trust(inputs: Inputs, tools: Tools) -> Trust:
    """Believe the keys that are given, else a workflow of the repository whose release it is.

    Raises:
        UsageError: neither is known, or a file cannot be read.

    """
    if inputs.public_key:
        keys = [inputs.root / each for each in split_list(inputs.public_key)]
        return Trust(keys={key.name: read_bytes(key, "mend `public-key`") for key in keys})
    from tagship.parts.release.forge import known_repository
    from tagship.parts.sign import whose

    repository = known_repository(inputs.repository, inputs.root, tools)
    if not repository:
        hint = "give the public key's path in `public-key`, or `repository`, whose workflow must have signed"
        raise UsageError("from-release needs to know who signed the release", hint=hint)
    root = read_trust(inputs.root, inputs.trust_config)
    return Trust(identity=whose.of_repository(repository, inputs.workflow, inputs.issuer, tools), trust_root=root)


def _own_release(inputs: Inputs, source: Source, tools: Tools) -> Own:
    """Know the release of the plan; its files are at hand unless they come from it."""

    def forge() -> Forge:
        from tagship.parts.release.forge import make_forge

        return make_forge(inputs, tools)

    def complete() -> None:
        from tagship.steps import release_assets

        same = (
            "working_directory",
            "plan",
            "plan_digest",
            "dist",
            "digests",
            "forge",
            "directory",
            "repository",
            "token",
            "retry_window",
        )
        release_assets.complete(release_assets.Inputs(**{name: getattr(inputs, name) for name in same}), tools)

    return Own(source.plan.tag, forge, None if source.released else complete)


def _proved(inputs: Inputs, plan: Plan, plan_digest: str, chosen: tuple[ChannelPlan, ...]) -> dict[str, Owed]:
    """Prove every leg that a channel takes files from, whole."""
    names = {name for entry in chosen for name in entry.artifacts}
    legs = {artifact.leg for artifact in plan.artifacts if artifact.name in names}
    owed = tuple(artifact for artifact in plan.artifacts if artifact.leg in legs)
    folder = inputs.root / inputs.dist
    files = dist.collect(folder, owed, dist.read_digests(inputs.digests), plan_digest)
    return {a.name: _owed(a, folder / a.leg / a.name, files[a.name].size, files[a.name].sha256) for a in owed}


def _owed(artifact: Artifact, path: Path, size: int, sha256: str) -> Owed:
    universal = artifact.target is Target.ANY
    return Owed(name=artifact.name, path=str(path), size=size, sha256=sha256, universal=universal)


def _told(result: Result) -> dict[str, object]:
    return {name: getattr(result, name) for name in ("state", "version", "url", "seconds")}
