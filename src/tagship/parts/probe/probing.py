"""Probes carried out: each file installed into an empty place of its own, its server started and asked; several at a time."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from tagship import plugins
from tagship.adapters import child, isolation, machine
from tagship.domain.manifests.server import Server
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, Plan, Probe
from tagship.domain.plans.probing import Probing, Strictness
from tagship.domain.plans.target import Target
from tagship.domain.tools import probe_report
from tagship.domain.tools.probe_report import Evidence, Measured, ProbeResult
from tagship.errors import CheckFailed, ProjectError
from tagship.mcp.probe import probe_command
from tagship.mcp.served import probe_served
from tagship.ports import Environment, Launch, ProbeJob, ToolCall, Tools, Wanted

if TYPE_CHECKING:
    from concurrent.futures import Future

_PAUSE: Final = 0.1


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked on top of the plan: seconds (0: as planned), variables with dummy values, retries of what failed."""

    timeout: int = 0
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    retries: int = 1


def hindrance(plan: Plan, probe: Probe, tools: Tools, *, look: bool = True) -> str:
    """Say why this machine cannot carry out a probe; empty when it can. Without a ``look`` at what is installed, as far as one
    knows: to find an interpreter starts all of them.
    """
    environment = _environment(plan, probe)
    if environment is None:
        return "nothing here starts files of its kind"
    if not look:
        return machine.hindrance(probe.target)
    package = plan.package(probe.package)
    reason = environment.hindrance(probe, package, tools)
    if not reason and package.probing and not package.probing.network:
        reason = isolation.hindrance(tools.environment)
    return reason


def carry_out(
    plan: Plan, probes: Sequence[Probe], files: Mapping[str, Path], wishes: Wishes, jobs: int, tools: Tools
) -> tuple[list[ProbeResult], dict[str, str]]:
    """Carry out probes, ``jobs`` at a time; return what was found, and by probe why one could not be carried out.

    Raises:
        RemoteUnreachable: a registry that an installer asks cannot be reached.

    """
    from concurrent.futures import ThreadPoolExecutor

    results: list[ProbeResult] = []
    left_out: dict[str, str] = {}

    def one(probe: Probe) -> None:
        reporter = tools.reporter.labelled(probe.id) if jobs > 1 and len(probes) > 1 else tools.reporter
        tools.reporter.output(f"{len(results) + len(left_out)} of {len(probes)} done, now {probe.id}")
        try:
            results.append(_one(plan, probe, files, wishes, replace(tools, reporter=reporter)))
        except ProjectError as error:
            left_out[probe.id] = str(error)

    with ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(one, probe) for probe in probes]
        try:
            for each in running:
                each.result()
        except KeyboardInterrupt:
            _stop(running)
            raise
        finally:
            for each in running:
                each.cancel()
    return results, left_out


def _stop(running: "Sequence[Future[None]]") -> None:
    """End what is under way: a silent server would be waited for as long as it may take, and then tried again."""
    from concurrent.futures import wait

    for each in running:
        each.cancel()
    while wait(running, timeout=_PAUSE).not_done:
        child.kill_all()


def strictness(plan: Plan, found: probe_report.Probe) -> frozenset[Strictness]:
    """Return what the configuration wants to fail for the package of a probe."""
    probing = plan.package(found.package).probing
    return frozenset(probing.strict) if probing else frozenset()


def launchers(plan: Plan, artifact: Artifact) -> list[Artifact]:
    """Return what is for every platform and asks for an artifact that is for one."""
    if artifact.target is Target.ANY:
        return []
    return [
        each
        for each in plan.built
        if (each.package, each.kind, each.target) == (artifact.package, artifact.kind, Target.ANY)
    ]


def _one(plan: Plan, probe: Probe, files: Mapping[str, Path], wishes: Wishes, tools: Tools) -> ProbeResult:
    package = _with_variables(plan.package(probe.package), wishes)
    artifact = next(each for each in plan.built if each.name == probe.artifact)
    environment = _environment(plan, probe)
    began = tools.clock.monotonic()
    with tempfile.TemporaryDirectory(prefix="tagship-probe-", ignore_cleanup_errors=True) as folder:
        beside = tuple(files[each.name] for each in launchers(plan, artifact) if each.name in files)
        job = ProbeJob(
            probe=probe,
            package=package,
            artifact=artifact,
            file=files[artifact.name],
            folder=Path(folder),
            beside=beside,
        )
        try:
            if environment is None:
                raise ProjectError("nothing here starts files of its kind", hint="leave its probe out")
            with environment.installed(job, tools) as launch:
                found = _asked(launch, package, wishes, tools)
        except CheckFailed as error:
            found = _not_installable(error, tools.clock.monotonic() - began)
    return found.of(
        id=probe.id, artifact=probe.artifact, package=probe.package, target=probe.target.value, runtime=probe.runtime
    )


def _asked(launch: Launch, package: Package, wishes: Wishes, tools: Tools) -> ProbeResult:
    probing, server = package.probing or Probing(), package.server or Server()
    wanted = _wanted(package, probing, server, wishes)
    if not probing.network:
        launch = isolation.without_network(launch)
    if server.transport == "stdio" or not server.port:
        return probe_command(launch, wanted, tools)
    return probe_served(launch, f"http://127.0.0.1:{server.port}{server.path or '/mcp'}", wanted, tools)


def _wanted(package: Package, probing: Probing, server: Server, wishes: Wishes) -> Wanted:
    return Wanted(
        timeout=wishes.timeout or probing.timeout,
        version=package.version,
        strict_version="version" in probing.strict,
        known_variables=tuple(each.name for each in server.environment),
        required_variables=tuple(each.name for each in server.environment if each.required),
        calls=tuple(ToolCall(tool=call.tool, arguments=call.arguments) for call in probing.calls),
        retries=wishes.retries,
    )


def _not_installable(error: CheckFailed, seconds: float) -> ProbeResult:
    """Tell a file that cannot be installed as broken, whatever the server in it would say."""
    first, *rest = str(error.problems[0].message).splitlines()
    found = probe_report.Probe(
        verdict="broken", refused=True, reason=first.rstrip(":"), evidence=Evidence(notes=tuple(rest))
    )
    return ProbeResult(probe=found, measured=Measured(total_seconds=round(seconds, 3)))


def _with_variables(package: Package, wishes: Wishes) -> Package:
    probing = package.probing or Probing()
    more = {**probing.environment, **wishes.environment}
    return msgspec.structs.replace(package, probing=msgspec.structs.replace(probing, environment=more))


def _environment(plan: Plan, probe: Probe) -> Environment | None:
    kind = next(each.kind for each in plan.built if each.name == probe.artifact)
    for name in plugins.names("environments"):
        environment: Environment = plugins.load("environments", name)
        if kind in environment.kinds:
            return environment
    return None
