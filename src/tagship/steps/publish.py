"""Publish a plan's proved files to its channels: look first, send what is missing, wait until it is seen. Safe to run again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import msgspec

from tagship import plugins
from tagship.domain import channel, picture
from tagship.domain.channel import Owed, State
from tagship.domain.plan import ChannelPlan, Plan
from tagship.errors import RemoteUnreachable, TagshipError, UsageError
from tagship.parts import dist
from tagship.parts.delivery import Delivery
from tagship.parts.inputs import PlannedInputs, as_json, split_list, text
from tagship.parts.retry import persist
from tagship.ports import Channel, ChannelSettings, Tools


class Inputs(PlannedInputs, frozen=True, kw_only=True):
    """Inputs of publish."""

    digests: Annotated[str, text("the output of sign-and-attest or build (JSON: file name → SHA-256)")] = ""
    channels: Annotated[str, text("ids of the channels, comma-separated; default: all of the plan")] = ""
    retry_window: Annotated[int, text("seconds a channel may keep failing, or not show what it took")] = 120
    pypi_username: Annotated[str, text("user name for a private index; default: __token__")] = ""
    pypi_token: Annotated[str, text("token of the channel `pypi`", secret=True)] = ""


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of publish."""

    published: Annotated[str, text("what is where (JSON: channel → state, version, url, seconds)")]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How one channel ended; ``note`` is for people: the failure, or why it was skipped."""

    state: State | None
    version: str
    url: str
    seconds: float
    note: str = ""


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Serve each channel after those it waits for; one that fails does not stop the others.

    Raises:
        IntegrityError: a file is not what was built; nothing is sent then.
        RemoteRefused: authorisation, a rule, or other bytes under this version.
        RemoteUnreachable: a channel kept failing, or does not show what it took.
        UsageError: no such channel, no token, a plan without a tag.

    """
    plan, plan_digest = dist.read_plan(inputs)
    chosen = channel.select(plan.channels, split_list(inputs.channels))
    if plan.snapshot and chosen and not inputs.dry_run:
        hint = f"tag the commit (`git tag {plan.tag}`) and plan again"
        raise UsageError("the plan is a snapshot: no tag is on its commit, so nothing is published", hint=hint)
    files = _proved(inputs, plan, plan_digest, chosen)
    results: dict[str, Result] = {}
    errors: list[TagshipError] = []
    for entry in chosen:
        failed = [other for other in entry.after if other in results and results[other].state is None]
        results[entry.id] = (
            _skipped(plan, entry, failed) if failed else _serve(inputs, plan, entry, files, tools, errors)
        )
    _show(results, tools)
    if errors:
        raise _worst(errors)
    done = {name: {f: getattr(r, f) for f in ("state", "version", "url", "seconds")} for name, r in results.items()}
    return Outputs(published=as_json(done))


def _serve(
    inputs: Inputs,
    plan: Plan,
    entry: ChannelPlan,
    files: Mapping[str, Owed],
    tools: Tools,
    errors: list[TagshipError],
) -> Result:
    """Serve one channel; its failure becomes a result and is kept."""
    began, version = tools.clock.monotonic(), plan.package(entry.package).version
    try:
        with tools.reporter.step(f"publish {entry.id}"):
            kind: type[Channel] = plugins.load("channels", entry.kind)
            target = kind.create(_settings(inputs, plan, entry, kind, tools), tools)
            delivery = Delivery(target, tuple(files[name] for name in entry.artifacts), tools, dry_run=inputs.dry_run)
            state = persist(delivery.attempt, delivery.progress, window=inputs.retry_window, tools=tools)
    except TagshipError as error:
        errors.append(_named(error, entry.id))
        seconds = round(tools.clock.monotonic() - began, 1)
        return Result(state=None, version=version, url="", seconds=seconds, note=error.problems[0].message)
    seconds = round(tools.clock.monotonic() - began, 1)
    return Result(state=state, version=version, url=target.url, seconds=seconds)


def _settings(inputs: Inputs, plan: Plan, entry: ChannelPlan, kind: type[Channel], tools: Tools) -> ChannelSettings:
    """Hand a channel its own secrets and no other's: its id stands in the variable's name."""
    given = {f"TAGSHIP_{name.upper()}": str(value) for name, value in msgspec.structs.asdict(inputs).items()}
    prefix = channel.entry_of(entry.id).upper().replace("-", "_")
    secrets = {}
    for name in kind.secrets:
        variable = f"TAGSHIP_{prefix}_{name.upper()}"
        value = (given.get(variable) or tools.environment.get(variable, "")).strip()
        secrets[name] = value
        if value and name != "username":
            tools.reporter.mask(value)
    return ChannelSettings(entry=entry, package=plan.package(entry.package), secrets=secrets)


def _proved(inputs: Inputs, plan: Plan, plan_digest: str, chosen: tuple[ChannelPlan, ...]) -> dict[str, Owed]:
    """Prove every leg that a channel takes files from, whole."""
    names = {name for entry in chosen for name in entry.artifacts}
    legs = {artifact.leg for artifact in plan.artifacts if artifact.name in names}
    owed = tuple(artifact for artifact in plan.artifacts if artifact.leg in legs)
    folder = inputs.root / inputs.dist
    files = dist.collect(folder, owed, dist.read_digests(inputs.digests), plan_digest)
    return {
        a.name: Owed(
            name=a.name, path=str(folder / a.leg / a.name), size=files[a.name].size, sha256=files[a.name].sha256
        )
        for a in owed
    }


def _skipped(plan: Plan, entry: ChannelPlan, failed: list[str]) -> Result:
    note = f"waits for {', '.join(failed)}"
    return Result(state="skipped", version=plan.package(entry.package).version, url="", seconds=0.0, note=note)


def _worst(errors: Sequence[TagshipError]) -> TagshipError:
    """Gather all failures under the exit code of the one that running again mends least."""
    worst = max(errors, key=lambda error: (error.exit_code != RemoteUnreachable.exit_code, error.exit_code))
    return type(worst).of([problem for error in errors for problem in error.problems])


def _named(error: TagshipError, channel_id: str) -> TagshipError:
    """Say in every problem which channel has it."""
    return type(error).of([replace(p, message=f"{channel_id}: {p.message}") for p in error.problems])


def _show(results: Mapping[str, Result], tools: Tools) -> None:
    """Say what is done and what to run again, on the log and in the summary."""
    rows = [
        (name, r.state or "failed", r.version, f"{r.seconds:.1f} s", r.note or r.url) for name, r in results.items()
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for row in rows:
        tools.reporter.info("  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)))
    again = [name for name, r in results.items() if r.state is None or (r.state == "skipped" and r.note)]
    advice = f"run again, it goes on where it stopped: tagship publish --channels {','.join(again)}" if again else ""
    if advice:
        tools.reporter.info(advice)
    if rows:
        table = picture.table(("channel", "state", "version", "time", "where, or why not"), rows)
        tools.reporter.summary(f"### Published\n\n{table}\n{advice}".rstrip())
    else:
        tools.reporter.info("the plan has no channels: nothing to publish")
