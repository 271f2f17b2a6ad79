"""What a release is made of: the packages that can be built, what is wrapped around them, and the files of each."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from tagship import plugins
from tagship.domain.manifests.server import Server
from tagship.domain.plans import planning
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import Package, bare
from tagship.domain.plans.planning import Origin
from tagship.domain.plans.target import Target
from tagship.domain.versions.version import Version
from tagship.errors import ProjectError
from tagship.package_settings import PackageConfig, WheelsConfig
from tagship.parts.plan.probe_choice import probing_of
from tagship.parts.plan.project import Project, declared_version
from tagship.ports import Building, BuildingEcosystem, Found, Order, Skip, Tools, Wrapper
from tagship.settings import Config


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A package of the plan, who builds it, and the files it will be shipped as."""

    builder: Building
    package: Package
    artifacts: tuple[Artifact, ...]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What all packages of a plan have in common; ``targets``, where there are any, limit the configuration's choice;
    ``probes``: servers are started and asked before they are shipped; ``channels`` are the kinds of those asked for.
    """

    origin: Origin
    settings: Config
    targets: tuple[Target, ...] = ()
    probes: bool = True
    channels: frozenset[str] = frozenset()


class _Identity(NamedTuple):
    id: str
    wraps: str | None
    server: Server | None
    needs: tuple[str, ...] = ()


def buildable(project: Project) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
    """Take what can be built and is published; of the rest say why not."""
    ready: list[Found] = []
    skips: list[Skip] = []
    for found in project.found:
        if reason := _reason_against(found):
            remedy = f"say in its manifest that {found.name} is published, if it is to be" if found.private else ""
            skips.append(Skip(path=found.path, reason=reason, remedy=remedy))
        else:
            ready.append(found)
    return tuple(ready), tuple(skips)


def needed(project: Project, chosen: Sequence[Found], version: Version, kinds: Collection[str]) -> tuple[Found, ...]:
    """Find what the chosen packages need and is only built for channels of these kinds, as libraries are: of the same version.

    One that has another version is released by itself, before.
    """
    known = {found.name: found for found in project.found if not found.private and set(found.built_for) & set(kinds)}
    names, found = [name for each in chosen for name in each.needs], dict[str, Found]()
    while names:
        each = known.get(names.pop())
        if each and each.not_built and each.name not in found and declared_version(each) in {None, version}:
            found[each.name] = each
            names += each.needs
    return tuple(each for each in project.found if each.name in found)


def wrapped(project: Project, ready: Sequence[Found]) -> tuple[tuple[Found, ...], tuple[Skip, ...]]:
    """Find the images and bundles to make: of the packages that are published, else of those that are only versioned."""
    around = list(ready) or [found for found in project.found if not found.not_built]
    made: list[Found] = []
    skips: list[Skip] = []
    for name in plugins.names("ecosystems"):
        wrapper = plugins.load("ecosystems", name)
        if isinstance(wrapper, Wrapper):
            more, left_out = wrapper.wrap(project.tree, around, project.settings)
            made += more
            skips += left_out
    return tuple(made), tuple(skips)


def plan_packages(
    languages: Sequence[Found], wrappers: Sequence[Found], server_of: Callable[[Found], Server | None], choice: Wanted
) -> list[Planned]:
    """Give each package its id and its files; ``server_of`` tells how each is started."""
    ids = _ids([found.name for found in languages], [found.ecosystem or "" for found in languages])
    planned: list[Planned] = []
    files: dict[str, tuple[Artifact, ...]] = {}
    owners = dict(zip((found.name for found in languages), ids, strict=True))
    kin = {(found.ecosystem, found.name): own for found, own in zip(languages, ids, strict=True)}
    for found, own in zip(languages, ids, strict=True):
        needs = tuple(sorted({kin[found.ecosystem, name] for name in found.needs if (found.ecosystem, name) in kin}))
        server = None if found.not_built else server_of(found)
        made = _planned(found, _Identity(own, None, server, needs), choice, ())
        files[own] = made.artifacts
        planned.append(made)
    licences = {found.name: found.license for found in languages}
    for around in wrappers:
        found = replace(around, license=licences.get(around.wraps, around.license))
        owner = owners.get(found.wraps)
        identity = _Identity(f"{owner or bare(found.name)}-{found.ecosystem}", owner, server_of(found))
        made = _planned(found, identity, choice, files.get(owner or "", ()))
        planned += [made] if made.artifacts else []
    return planned


def on_this_machine(made: Sequence[Planned], tools: Tools) -> list[Planned]:
    """Keep what this machine can build, and say what it cannot.

    Raises:
        ProjectError: it can build nothing.

    """
    reasons: dict[tuple[str, str], str] = {}
    for each in made:
        for leg in sorted({artifact.leg for artifact in each.artifacts}):
            targets = sorted({artifact.target for artifact in each.artifacts if artifact.leg == leg})
            if reason := each.builder.hindrance(each.package, targets, tools):
                reasons[leg, each.package.id] = reason
    left = [_without(each, reasons) for each in made]
    if not any(each.artifacts for each in left):
        raise ProjectError(f"this machine can build nothing: {'; '.join(sorted(set(reasons.values())))}")
    for (leg, own), reason in sorted(reasons.items()):
        tools.reporter.notice(f"left out {own} of {leg}: {reason}")
    return [each for each in left if each.artifacts]


def _without(planned: Planned, reasons: Collection[tuple[str, str]]) -> Planned:
    """Leave out the files of legs that cannot be built: its own, or those of what it is made of."""
    own = {planned.package.id, planned.package.wraps or planned.package.id}
    kept = tuple(each for each in planned.artifacts if not any((each.leg, name) in reasons for name in own))
    return _shipped(replace(planned, artifacts=kept))


def _reason_against(found: Found) -> str:
    if found.ecosystem is None:
        return "it is a project without a package"
    if found.private:
        return "it is private"
    if found.not_built:
        return found.not_built
    if not _builds(found.ecosystem):
        return f"{found.ecosystem} packages are versioned, but not built"
    return ""


@cache
def _builds(ecosystem: str) -> bool:
    """Say whether packages of a language can be built; a Protocol with many members is slow to compare with."""
    return isinstance(plugins.load("ecosystems", ecosystem), BuildingEcosystem)


def _ids(names: Sequence[str], ecosystems: Sequence[str]) -> list[str]:
    """Call each package by its name without scope; where several have it, by its language too, else by its scope."""
    several = Counter(bare(name).lower() for name in names)
    ids = [
        bare(name) if several[bare(name).lower()] == 1 else f"{bare(name)}-{ecosystem}"
        for name, ecosystem in zip(names, ecosystems, strict=True)
    ]
    again = Counter(each.lower() for each in ids)
    return [
        each if again[each.lower()] == 1 else name.removeprefix("@").replace("/", "-")
        for each, name in zip(ids, names, strict=True)
    ]


def _targets(name: str, settings: Config, wanted: Sequence[Target]) -> tuple[Target, ...]:
    named = settings.packages.get(name, PackageConfig()).targets or settings.targets
    chosen = tuple(Target(each) for each in named) if named else tuple(each for each in Target if each != Target.ANY)
    return tuple(target for target in chosen if target in wanted) if wanted else chosen


def _extras(wanted: Sequence[str]) -> dict[str, str]:
    """Return the extras that a Python package is installed with, for whoever installs it, as they are written."""
    return {"extras": ",".join(dict.fromkeys(wanted))} if wanted else {}


def _wheels(wanted: WheelsConfig) -> dict[str, str]:
    """Return what the configuration says of wheels, as the Python ecosystem notes it."""
    pythons = sorted(wanted.pythons, key=lambda line: int(line.partition(".")[2]))
    said = {"wheels": wanted.tag or "", "pythons": " ".join(pythons), "glibc": (wanted.glibc or "").replace(".", "_")}
    return {key: value for key, value in said.items() if value}


def _planned(found: Found, identity: _Identity, choice: Wanted, made: tuple[Artifact, ...]) -> Planned:
    settings, version = choice.settings, choice.origin.version
    name = found.wraps or found.name
    builder: Building = plugins.load("ecosystems", found.ecosystem or "")
    wanted = settings.packages.get(name, PackageConfig())
    allowed = {"allow-files": "\n".join(settings.allow_files)} if settings.allow_files else {}
    package = Package(
        id=identity.id,
        name=found.name,
        path=found.path,
        ecosystem=builder.name,
        version=str(version),
        spellings=msgspec.structs.replace(version.spellings, pep440=planning.pep440_spelling(version, found.version)),
        license=found.license,
        mcp_name=wanted.mcp_name or found.mcp_name,
        entry=wanted.entry or found.entry,
        version_sites=planning.site_places(found.sites),
        stamps=tuple(site for site in found.sites if site.placeholder and not site.package),
        wraps=identity.wraps,
        needs=identity.needs,
        server=identity.server,
        runtimes=dict(found.runtimes),
        probing=probing_of(wanted, identity.server) if choice.probes else None,
        details=dict(found.details) | allowed | _extras(wanted.extras) | _wheels(wanted.wheels),
    )
    targets = _targets(name, settings, choice.targets)
    order = Order(targets=targets, made=made, archive_name=settings.archive_name, channels=choice.channels)
    return _shipped(Planned(builder=builder, package=package, artifacts=builder.artifacts(package, found, order)))


def _shipped(planned: Planned) -> Planned:
    """Note which platforms there are programs for: later steps know them by that."""
    targets = tuple(sorted({each.target for each in planned.artifacts if each.kind == "archive"} - {Target.ANY}))
    return replace(planned, package=msgspec.structs.replace(planned.package, targets=targets))
