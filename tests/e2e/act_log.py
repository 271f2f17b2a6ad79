"""Reads what act says with ``--json``: one object a line, from which a run's jobs, steps and annotations are put together."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Entry = dict[str, Any]

# Of the legs of a job the worst result counts. A job without a runner is skipped, and act would call that a success.
BETTER_AND_BETTER = ("failure", "cancelled", "skipped", "success")


@dataclass(frozen=True)
class Leg:
    """One run of a job: ``matrix`` is empty unless the job has one."""

    job: str
    matrix: Mapping[str, Any]
    result: str


@dataclass(frozen=True)
class Step:
    """One step of a leg; the id of a step inside a composite action reads ``outer/inner``."""

    job: str
    matrix: Mapping[str, Any]
    id: str
    name: str
    result: str
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class Annotation:
    """A workflow command for the reader: ``level`` is error, warning, notice or debug."""

    job: str
    level: str
    message: str
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """What a run left: act's exit code, a readable log, and the parts of the log."""

    code: int
    log: str
    legs: tuple[Leg, ...] = ()
    steps: tuple[Step, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    summaries: Mapping[str, str] = field(default_factory=dict)

    @property
    def jobs(self) -> dict[str, str]:
        """Give the worst result of each job that was looked at; one whose condition was false is not there."""
        ordered = sorted(self.legs, key=lambda leg: BETTER_AND_BETTER.index(leg.result), reverse=True)
        return {leg.job: leg.result for leg in ordered}

    def step(self, job: str, id: str) -> Step:  # noqa: A002  (as GitHub calls it)
        """Return the one step with this id, of a job without a matrix."""
        found = [step for step in self.steps if (step.job, step.id) == (job, id)]
        assert len(found) == 1, f"{len(found)} steps {id!r} in job {job!r}:\n{self.log[-12000:]}"
        return found[0]

    def assert_succeeded(self, *jobs: str) -> None:
        """Fail with the log unless exactly these jobs ran, every leg of each, and succeeded."""
        assert self.jobs == dict.fromkeys(jobs, "success"), self.log[-12000:]
        assert self.code == 0, self.log[-12000:]


def read(code: int, output: str, errors: str) -> Run:
    """Put a run together."""
    entries = [_entry(line) for line in output.splitlines()]
    return Run(
        code=code,
        log="\n".join(_readable(entries)) + errors,
        legs=tuple(_legs(entries)),
        steps=tuple(_steps(entries)),
        annotations=tuple(_annotations(entries)),
        summaries=_summaries(entries),
    )


def _entry(line: str) -> Entry:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return {"msg": line}
    return entry if isinstance(entry, dict) else {"msg": line}


def _readable(entries: Iterable[Entry]) -> Iterable[str]:
    return (f"[{entry.get('job', '')}] {str(entry['msg']).rstrip()}" for entry in entries if entry.get("msg"))


def _legs(entries: Iterable[Entry]) -> Iterable[Leg]:
    for entry in entries:
        unmapped = "Skipping unsupported platform" in str(entry.get("msg", "")) and not entry.get("raw_output")
        result = "skipped" if unmapped else entry.get("jobResult")
        if result and "jobID" in entry:
            yield Leg(entry["jobID"], entry.get("matrix") or {}, result)


def _steps(entries: Iterable[Entry]) -> Iterable[Step]:
    main = [entry for entry in entries if entry.get("stage") == "Main" and "stepID" in entry]
    outputs: dict[tuple[str, str], dict[str, str]] = {}
    for entry in main:
        if entry.get("command") == "set-output":
            outputs.setdefault(_place(entry), {})[entry["name"]] = entry["arg"]
    for entry in main:
        if "stepResult" in entry:
            id_ = "/".join(entry["stepID"])
            given = outputs.get(_place(entry), {})
            yield Step(entry["jobID"], entry.get("matrix") or {}, id_, entry["step"], entry["stepResult"], given)


def _place(entry: Entry) -> tuple[str, str]:
    return entry["job"], "/".join(entry["stepID"])


def _annotations(entries: Iterable[Entry]) -> Iterable[Annotation]:
    for entry in entries:
        if entry.get("command") in {"error", "warning", "notice", "debug"}:
            properties = entry.get("kvPairs") or {}
            yield Annotation(entry["jobID"], entry["command"], entry["arg"], properties)


def _summaries(entries: Iterable[Entry]) -> dict[str, str]:
    texts: dict[str, str] = {}
    told: set[tuple[str, str]] = set()
    for entry in entries:
        # The steps inside a composite action say theirs; then the action repeats the last one.
        if entry.get("command") == "summary" and _place(entry) not in told:
            texts[entry["jobID"]] = texts.get(entry["jobID"], "") + entry["content"]
            told.add((entry["job"], "/".join(entry["stepID"][:-1])))
    return texts
