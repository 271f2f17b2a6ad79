"""Put files on a release: draft first, every byte proved, publish last. Run again at any moment, it converges."""

import mimetypes
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec.structs import replace

from tagship.adapters.step_clock import StepClock
from tagship.domain.plans.artifact import MANIFEST_ENDING, collisions
from tagship.domain.plans.plan import Plan
from tagship.domain.plans.planning import version_of_tag
from tagship.domain.releases import job_summary, picture
from tagship.domain.releases.picture import Stage
from tagship.domain.releases.release import Field, Goal, LocalAsset, ReleaseDraft, RemoteAsset
from tagship.domain.text.markdown import count
from tagship.domain.versions import tags
from tagship.domain.versions.version import Version
from tagship.errors import IntegrityError, TagshipError, UsageError
from tagship.parts import dist, side_by_side
from tagship.parts.inputs import DistFolder, PlanDigest, PlanFile, ReleaseInputs, as_json, pushed_tag, text
from tagship.parts.release import notes_of_release, preflight
from tagship.parts.release.converge import Converger, Outcome, Wanted
from tagship.parts.release.files import find_files, signature_endings
from tagship.parts.release.forge import make_forge
from tagship.ports import Forge, Tools

MAX_ASSETS: Final = 1000
MAX_SIZE: Final = 2 * 1024**3
"""GitHub's limits per release and per file: "under 2 GiB" (docs.github.com: about releases)."""


class Inputs(ReleaseInputs, frozen=True, kw_only=True):
    """Inputs of release-assets."""

    plan: PlanFile = "plan.json"
    plan_digest: PlanDigest = ""
    dist: DistFolder = "dist"
    digests: Annotated[str, text("the output of sign-and-attest (JSON: file name → SHA-256)")] = ""
    files: Annotated[str, text("attach these files instead of a plan's (globs, one a line)")] = ""
    tag: Annotated[str, text("the tag; default: the plan's, else the pushed one")] = ""
    target_commitish: Annotated[
        str, text("where the tag is made if there is none; default: the plan's commit, else the job's")
    ] = ""
    repository: Annotated[str, text("release to this repository (owner/name); default: the job's, else origin's")] = ""
    preflight: Annotated[
        bool, text("only look whether the release can be made (tag, rules, token), before anything is built")
    ] = False


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of release-assets."""

    url: Annotated[str, text("address of the release")]
    id: Annotated[str, text("id of the release")]
    upload_url: Annotated[str, text("upload address of the release")]
    assets: Annotated[str, text("the assets (JSON: name, size, digest, url, path)")]
    manifest: Annotated[str, text("address of the release manifest; empty without a plan")]
    state: Annotated[str, text("created, updated or unchanged")]


def run(inputs: Inputs, tools: Tools, *, alone: bool = True) -> Outputs:
    """Bring the release to where it should be; ``alone``: nobody else draws how it came there.

    Raises:
        IntegrityError: a file is not what was built, or the release has foreign assets.
        RemoteRefused: permission, rule, immutable or different published bytes.
        RemoteUnreachable: it kept failing for ``retry-window`` seconds.
        UsageError: no token, no tag, no files.

    """
    clock = StepClock(tools.clock, inputs.timeout * 60)
    tools = replace(tools, clock=clock)
    if inputs.preflight:
        return _look_first(inputs, tools)
    plan, assets, wanted, converger = _prepared(inputs, tools, clock)
    drawn = plan if alone and not inputs.dry_run else None
    with _drawn_if_it_fails(drawn, assets, tools):
        outcome = _converge(converger, clock, tools)
    tools.reporter.info(f"{outcome.state}: {outcome.release.url}")
    if not inputs.dry_run:
        tools.reporter.summary(_summary(inputs, plan, wanted.goal, outcome, tools, alone=alone))
    return Outputs(
        url=outcome.release.url,
        id=outcome.release.id,
        upload_url=outcome.release.upload_url,
        assets=_assets_json(outcome.assets, assets),
        manifest=next((a.url for a in outcome.assets if plan and a.name.endswith(MANIFEST_ENDING)), ""),
        state=outcome.state,
    )


def complete(inputs: Inputs, tools: Tools) -> None:
    """Bring the release to where it should be, for a step that does more than that: signals are its own business.

    Raises:
        TagshipError: as :func:`run`.

    """
    clock = StepClock(tools.clock, inputs.timeout * 60)
    tools = replace(tools, clock=clock)
    *_, converger = _prepared(inputs, tools, clock)
    converger.run()


def _prepared(
    inputs: Inputs, tools: Tools, clock: StepClock
) -> tuple[Plan | None, tuple[LocalAsset, ...], Wanted, Converger]:
    """Prove the files and decide what the release shall be."""
    made = side_by_side.early(lambda: make_forge(inputs, tools))  # its library is long in coming
    plan, assets = _planned(inputs) if not inputs.files else (None, _loose(inputs))
    forge = made()
    assets = _named(assets, forge, tools)
    _refuse_snapshot(inputs, plan)
    wanted = _wanted(inputs, plan, assets, tools)
    return plan, assets, wanted, Converger(forge, wanted, tools, clock)


def _converge(converger: Converger, clock: StepClock, tools: Tools) -> Outcome:
    """Bring it there; whoever interrupts it is told what is left."""
    try:
        with clock.listening():
            return converger.run()
    except KeyboardInterrupt:
        tools.reporter.warning(f"stopped: {converger.left}")
        raise


@contextmanager
def _drawn_if_it_fails(plan: Plan | None, assets: tuple[LocalAsset, ...], tools: Tools) -> Iterator[None]:
    """Draw how far a plan's release came before it failed."""
    try:
        yield
    except TagshipError:
        if plan:
            tools.reporter.summary(picture.to_release(plan, _sizes(assets), Stage(name="release", state="failed")))
        raise


def _sizes(assets: Iterable[LocalAsset]) -> dict[str, int]:
    """Return the sizes by the names that the plan knows, whatever the forge calls the files."""
    return {Path(asset.path).name: asset.size for asset in assets}


def _refuse_snapshot(inputs: Inputs, plan: Plan | None) -> None:
    if plan and plan.snapshot and inputs.forge == "github" and not inputs.target_commitish:
        hint = f"tag the commit (`git tag {plan.tag} && git push origin {plan.tag}`) and plan again"
        raise UsageError("the plan is a snapshot: no tag is on its commit", hint=hint)


def _look_first(inputs: Inputs, tools: Tools) -> Outputs:
    """Look whether the release can be made, by the token that will make it."""
    plan = dist.read_plan(inputs)[0] if (inputs.root / inputs.plan).is_file() else None
    tag = _tag(inputs, plan, tools)
    _refuse_snapshot(inputs, plan)
    commit = plan.commit if plan else tools.environment.get("GITHUB_SHA", "")
    preflight.check(make_forge(inputs, tools), tag, commit, tools, may_write=True)
    return Outputs(url="", id="", upload_url="", assets="[]", manifest="", state="unchanged")


def _planned(inputs: Inputs) -> tuple[Plan, tuple[LocalAsset, ...]]:
    plan, plan_digest = dist.read_plan(inputs)
    folder = inputs.root / inputs.dist
    files = dist.collect(folder, plan.artifacts, dist.read_digests(inputs.digests), plan_digest)
    assets = tuple(
        LocalAsset(
            name=a.name,
            path=str(folder / a.leg / a.name),
            size=files[a.name].size,
            sha256=files[a.name].sha256,
            media_type=a.media_type,
        )
        for a in plan.artifacts
    )
    return plan, assets


def _loose(inputs: Inputs) -> tuple[LocalAsset, ...]:
    """Measure the files that the globs name, several at a time."""
    paths = find_files(inputs.root, inputs.files, signatures=True)
    for path in paths:
        _check_size(path.stat().st_size, str(path))  # before any is read
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(_local, paths))


def _local(path: Path) -> LocalAsset:
    file = dist.built_file(path)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return LocalAsset(name=path.name, path=str(path), size=file.size, sha256=file.sha256, media_type=kind)


def _named(assets: tuple[LocalAsset, ...], forge: Forge, tools: Tools) -> tuple[LocalAsset, ...]:
    """Give files the names the forge will give them, and refuse before the first request what it would refuse later."""
    named = []
    for asset in assets:
        name = forge.asset_name(asset.name)
        if name != asset.name:
            tools.reporter.notice(f"{asset.name!r} will be called {name!r} on the release")
        _check_size(asset.size, asset.path)
        named.append(msgspec.structs.replace(asset, name=name))
    twice = collisions([asset.name for asset in named])
    if twice:
        raise IntegrityError(f"two files would have one name: {', '.join(twice)}", hint="rename one of them")
    if len(named) > MAX_ASSETS:
        raise IntegrityError(
            f"{len(named)} assets are more than the {MAX_ASSETS} of a release", hint="archive some of them"
        )
    return tuple(named)


def _check_size(size: int, path: str) -> None:
    if not size:
        raise IntegrityError("an empty file cannot be attached", file=path, hint="leave it out, or fill it")
    if size >= MAX_SIZE:
        raise IntegrityError("a file of 2 GiB or more cannot be attached", file=path, hint="split or compress it")


def _wanted(inputs: Inputs, plan: Plan | None, assets: tuple[LocalAsset, ...], tools: Tools) -> Wanted:
    tag = _tag(inputs, plan, tools)
    body = notes_of_release.written(inputs)
    changes = notes_of_release.section(inputs, _version(plan, tag), plan) if body is None else ""
    notes = notes_of_release.complete(inputs, plan, changes, assets, tools) if body is None else body
    unsaid: dict[Field, bool] = {
        "name": not inputs.name,
        "body": body is None and not changes,
        "prerelease": inputs.prerelease == "auto",
    }
    manifest = tuple(MANIFEST_ENDING + ending for ending in ("", *signature_endings()))
    goal = Goal(
        draft=_draft(inputs, plan, tag, notes, tools),
        keep=frozenset(field for field, is_unsaid in unsaid.items() if is_unsaid),
        assets=assets,
        last=tuple(a.name for a in assets if plan and a.name.endswith(manifest)),
        publish=not inputs.draft,
        on_different=inputs.on_different,
        on_extra=inputs.on_extra,
    )
    return Wanted(
        goal=goal,
        make_latest=inputs.make_latest,
        parallel=inputs.parallel,
        retry_window=inputs.retry_window,
        dry_run=inputs.dry_run,
    )


def _version(plan: Plan | None, tag: str) -> Version | None:
    known = tags.read(tag, "")
    return Version.parse(plan.version) if plan else known.version if known else version_of_tag(tag)


def _tag(inputs: Inputs, plan: Plan | None, tools: Tools) -> str:
    tag = inputs.tag or (plan.tag if plan else pushed_tag(tools.environment))
    if not tag:
        raise UsageError("it is not known which tag to release", hint="give `tag`, or run on a tag push")
    if plan and tag != plan.tag:
        raise UsageError(f"the plan is for {plan.tag}, asked for is {tag}", hint="leave out `tag`, or plan that tag")
    return tag


def _draft(inputs: Inputs, plan: Plan | None, tag: str, notes: str, tools: Tools) -> ReleaseDraft:
    """Say what a new release looks like."""
    version = version_of_tag(tag)
    prerelease = inputs.prerelease == "true" or (inputs.prerelease == "auto" and bool(version and version.prerelease))
    if prerelease and inputs.make_latest == "true":
        raise UsageError("a prerelease cannot be the latest release", hint="leave out make-latest, or prerelease")
    return ReleaseDraft(
        tag=tag,
        commitish=inputs.target_commitish or (plan.commit if plan else tools.environment.get("GITHUB_SHA", "")),
        name=inputs.name or (f"{plan.name} {plan.version}" if plan else tag),
        body=notes_of_release.marked(notes, tag),
        prerelease=prerelease,
        generate_notes=inputs.generate_notes,
    )


def _assets_json(remote: tuple[RemoteAsset, ...], local: tuple[LocalAsset, ...]) -> str:
    paths = {asset.name: os.path.relpath(asset.path) for asset in local}
    listed = [
        {"name": a.name, "size": a.size, "digest": f"sha256:{a.sha256}", "url": a.url, "path": paths.get(a.name, "")}
        for a in remote
    ]
    return as_json(listed)


def _summary(inputs: Inputs, plan: Plan | None, goal: Goal, outcome: Outcome, tools: Tools, *, alone: bool) -> str:
    names = {asset.name for asset in outcome.assets}
    ways = job_summary.ways(plan, names, notes_of_release.place(inputs, plan, tools)) if plan else ""
    state = ("published" if goal.publish else "draft", outcome.state)
    stage = Stage(name="release", lines=(*state, count(len(outcome.assets), "file")))
    drawn = picture.to_release(plan, _sizes(goal.assets), stage) if plan and alone else ""
    return job_summary.released(goal.draft.name, outcome.release.url, state, outcome.assets, ways, drawn)
