"""How servers are probed: what the configuration says of each package, and where that leaves it open, ``server.json``."""

from collections.abc import Sequence

from tagship.domain.manifests.server import Server
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, Probe
from tagship.domain.plans.probes import Where, plan_probes
from tagship.domain.plans.probing import Probing, ToolCall
from tagship.domain.plans.target import Target
from tagship.package_settings import PackageConfig, ProbeConfig
from tagship.ports import Reporter
from tagship.settings import Config


def probing_of(wanted: PackageConfig, server: Server | None) -> Probing | None:
    """Return how a package's files are probed; ``None`` where the configuration says not to, and for what is no server."""
    if server is None or wanted.probe is False:
        return None
    chosen = _chosen(wanted)
    return Probing(
        arguments=server.arguments if chosen.arguments is None else chosen.arguments,
        environment=dict(sorted(chosen.environment.items())),
        timeout=chosen.timeout,
        network=chosen.network,
        calls=tuple(ToolCall(tool=call.tool, arguments=call.arguments) for call in chosen.calls),
        strict=tuple(sorted(set(chosen.strict))),
    )


def plan(
    packages: Sequence[Package],
    built: Sequence[Artifact],
    settings: Config,
    runners: dict[str, str],
    reporter: Reporter,
) -> tuple[Probe, ...]:
    """Plan the probes, and say which servers have no file that can be started."""
    names = {package.id: package.name for package in packages}
    chosen = {own: _chosen(settings.packages.get(name, PackageConfig())) for own, name in names.items()}
    where = {
        own: Where(platforms=tuple(map(Target, each.platforms)), lowest=each.lowest) for own, each in chosen.items()
    }
    probes = plan_probes(packages, built, where, runners)
    probed = {probe.package for probe in probes}
    for package in packages:
        if package.probing and package.id not in probed:
            reason = "it has no file that starts a server" if package.entry else "it has no command: set `entry`"
            reporter.warning(f"{package.id} is not probed: {reason}")
    return probes


def _chosen(wanted: PackageConfig) -> ProbeConfig:
    return wanted.probe if isinstance(wanted.probe, ProbeConfig) else ProbeConfig()
