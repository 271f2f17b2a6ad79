"""All channels of a run: first a look at every one, then each after those it waits for; a failure stops only those."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from tagship.domain.plans.channel import OtherBytes, Owed, State
from tagship.domain.plans.plan import ChannelPlan, Plan
from tagship.domain.releases.picture import Stage
from tagship.domain.text.markdown import Markup, code, count, link, section, table
from tagship.errors import IntegrityError, RemoteUnreachable, TagshipError
from tagship.parts import side_by_side
from tagship.parts.publish.delivery import Delivery
from tagship.parts.retry import persist
from tagship.ports import Channel, Reporter, Tools

_SIGNS: Final[Mapping[State | None, str]] = {
    "published": "✅",
    "already-there": "✅",
    "proposed": "⏳",
    "skipped": "–",
    None: "❌",
}


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How one channel ended; for people: ``note`` is the failure, or what it waits for, ``said`` more about where it is."""

    state: State | None
    version: str
    seconds: float
    url: str = ""
    note: str = ""
    said: str = ""


class Publishing:
    """Serves the channels of one plan; ``results`` and ``errors`` fill while it does."""

    def __init__(self, plan: Plan, channels: Sequence[ChannelPlan], tools: Tools, *, window: float) -> None:
        self._plan, self._tools, self._window = plan, tools, window
        self._entries = {entry.id: entry for entry in channels}
        self._deliveries: dict[str, Delivery] = {}
        self._reporters = {
            name: tools.reporter.labelled(name) if len(channels) > 1 else tools.reporter for name in self._entries
        }
        self.results: dict[str, Result] = {}
        self.errors: list[TagshipError] = []

    def tools_of(self, entry: ChannelPlan) -> Tools:
        """Return the tools of one channel: what it says is labelled where several speak."""
        return replace(self._tools, reporter=self._reporters[entry.id])

    def add(self, entry: ChannelPlan, target: Channel, owed: tuple[Owed, ...], *, dry_run: bool) -> None:
        """Take a channel on."""
        self._deliveries[entry.id] = Delivery(target, owed, self.tools_of(entry), dry_run=dry_run)

    def run(self) -> None:
        """Look everywhere, and unless something has other bytes, serve everyone."""
        side_by_side.run(dict.fromkeys(self._entries, ()), self._look)
        if self.errors:
            conflicts = ", ".join(self.results)
            for name in self._entries.keys() - self.results.keys():
                self.results[name] = self._skipped(name, f"nothing is sent before {conflicts} is settled")
        else:
            side_by_side.run({name: self._waits_for(name) for name in self._entries}, self._serve)
        self.results = {name: self.results[name] for name in sorted(self.results)}

    def _waits_for(self, name: str) -> list[str]:
        return [other for other in self._entries[name].after if other in self._entries]

    def _look(self, name: str) -> None:
        """Find other bytes, and files that no channel can want, before anything is sent; what else is wrong comes up again."""
        began = self._tools.clock.monotonic()
        try:
            self._deliveries[name].look()
        except (OtherBytes, IntegrityError) as error:
            self._failed(name, error, began)
        except TagshipError:
            return

    def _serve(self, name: str) -> None:
        failed = [other for other in self._waits_for(name) if self.results[other].state is None]
        failed += [other for other in self._waits_for(name) if self.results[other].note]
        if failed:
            self.results[name] = self._skipped(name, f"waits for {', '.join(sorted(set(failed)))}")
            return
        began, delivery = self._tools.clock.monotonic(), self._deliveries[name]
        tools = self.tools_of(self._entries[name])
        try:
            with tools.reporter.step(f"publish {name}"):
                state = persist(delivery.attempt, delivery.progress, window=self._window, tools=tools)
        except TagshipError as error:
            self._failed(name, error, began)
            return
        self.results[name] = self._result(name, began, state=state, url=delivery.url, said=delivery.said)

    def _failed(self, name: str, error: TagshipError, began: float) -> None:
        self.errors.append(_named(error, name))
        self.results[name] = self._result(name, began, note=error.problems[0].message)

    def _result(self, name: str, began: float, *, state: State | None = None, **more: str) -> Result:
        version = self._plan.package(self._entries[name].package).version
        seconds = round(self._tools.clock.monotonic() - began, 1)
        return Result(state=state, version=version, seconds=seconds, **more)

    def _skipped(self, name: str, note: str) -> Result:
        return self._result(name, self._tools.clock.monotonic(), state="skipped", note=note)


def worst(errors: Sequence[TagshipError]) -> TagshipError:
    """Gather all failures under the exit code of the one that running again mends least."""
    heaviest = max(errors, key=lambda error: (error.exit_code != RemoteUnreachable.exit_code, error.exit_code))
    problems = sorted((problem for error in errors for problem in error.problems), key=lambda each: each.message)
    return type(heaviest).of(problems)


def stage(results: Mapping[str, Result]) -> Stage:
    """Tell how the channels ended, as one box of the picture."""
    states = [result.state for result in results.values()]
    lines = tuple(f"{name}: {result.state or 'failed'}, {result.seconds:.1f} s" for name, result in results.items())
    return Stage(
        name="publish",
        state="failed" if None in states else "left-out" if set(states) <= {"skipped"} else "done",
        lines=lines,
    )


def show(results: Mapping[str, Result], errors: Sequence[TagshipError], reporter: Reporter, drawn: str = "") -> None:
    """Say what is done and what to run again, on the log and, with the way there as a picture, in the summary."""
    rows = [
        (name, r.state or "failed", r.version, f"{r.seconds:.1f} s", r.note or r.said or r.url)
        for name, r in results.items()
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for row in rows:
        reporter.info("  ".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)))
    again = [name for name, r in results.items() if r.state is None or (r.state == "skipped" and r.note)]
    settle = any(isinstance(error, OtherBytes | IntegrityError) for error in errors)
    when = "when that is settled" if settle else "run again, it goes on where it stopped"
    advice = f"{when}: tagship publish --channels {','.join(again)}" if again else ""
    if advice:
        reporter.info(advice)
    if rows:
        reporter.summary(_summary(results, advice, drawn))
    else:
        reporter.info("the plan has no channels: nothing to publish")


def _summary(results: Mapping[str, Result], advice: str, drawn: str) -> str:
    """Write the channels as a table; what has failed comes first."""
    failed = [name for name, result in results.items() if result.state is None]
    rows = [
        (name, f"{_SIGNS[r.state]} {r.state or 'failed'}", r.version, f"{r.seconds:.1f} s", _where(r))
        for name, r in sorted(results.items(), key=lambda item: item[1].state is not None)
    ]
    facts = [f"{len(results) - len(failed)} of {count(len(results), 'channel')}"] if failed else []
    when, _, command = advice.partition(": ")
    again = f"{when.capitalize()}: {code(command)}" if advice else ""
    shown = table(("channel", "state", "version", "time", "where, or why not"), rows)
    return section("Published", facts, drawn, shown, again)


def _where(result: Result) -> str | Markup:
    return result.note or link(result.url, result.url)


def _named(error: TagshipError, channel_id: str) -> TagshipError:
    """Say in every problem which channel has it."""
    return type(error).of([msgspec.structs.replace(p, message=f"{channel_id}: {p.message}") for p in error.problems])
