"""Which channels a plan has: those that the configuration or an input asks for, and nothing that nobody asked for."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tagship import plugins
from tagship.domain.plans import channel
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Wish
from tagship.domain.plans.plan import ChannelPlan, Package, Plan
from tagship.errors import UsageError
from tagship.ports import Channel, ChannelSettings, Reporter, Tools
from tagship.settings import ChannelConfig, Config


def plan(
    wanted: tuple[str, ...],
    settings: Config,
    packages: Sequence[Package],
    artifacts: Sequence[Artifact],
    reporter: Reporter,
    *,
    certified: bool = True,
) -> tuple[ChannelPlan, ...]:
    """Ask each wanted channel what it owes; ``wanted`` (ids) replaces the configuration's choice.

    ``certified``: identities sign, not only keys, whose statements some channels do not take (``identities_only``).

    Raises:
        UsageError: an unknown kind or option, a broken address, an id that occurs twice or cannot be one.

    """
    planned: list[ChannelPlan] = []
    for wish in _wishes(wanted, settings):
        kind: type[Channel] = plugins.load("channels", wish.kind)
        only_identities = not certified and getattr(kind, "identities_only", False)
        shown = [each for each in artifacts if not (only_identities and each.kind == "attestation")]
        owed = [entry for package in packages if (entry := kind.plan(wish, package, shown))]
        if not owed:
            reporter.warning(f"the channel {wish.id} has nothing to publish: no package has files for {wish.kind}")
        planned += owed
    wraps = {package.id: package.wraps for package in packages}
    return channel.name_each(planned, wraps, {package.id: package.needs for package in packages})


def kinds(wanted: tuple[str, ...], settings: Config) -> tuple[str, ...]:
    """Say which kinds of channels a plan will ask: some files are made for one kind only.

    Raises:
        UsageError: as :func:`plan`.

    """
    return tuple(sorted({wish.kind for wish in _wishes(wanted, settings)}))


def settings_of(
    plan: Plan, entry: ChannelPlan, tools: Tools, given: Mapping[str, str] = MappingProxyType({})
) -> ChannelSettings:
    """Hand a channel its own secrets and no other's: its id stands in the variable's name; ``given`` come first."""
    kind: type[Channel] = plugins.load("channels", entry.kind)
    secrets = {}
    for name in kind.secrets:
        variable = channel.variable(entry.id, name)
        value = (given.get(variable) or tools.environment.get(variable, "")).strip()
        secrets[name] = value
        if value and name != "username":
            tools.reporter.mask(value)
    return ChannelSettings(
        entry=entry,
        package=plan.package(entry.package),
        commit=plan.commit,
        commit_time=plan.commit_time,
        repository=plan.repository or "",
        secrets=secrets,
    )


def _wishes(wanted: tuple[str, ...], settings: Config) -> list[Wish]:
    entries = [ChannelConfig(kind=entry) if isinstance(entry, str) else entry for entry in settings.channels]
    configured = [_wish(entry) for entry in entries]
    known = {wish.id: wish for wish in configured}
    if len(known) < len(configured):
        ids = ", ".join(wish.id for wish in configured)
        raise UsageError(f"two channels have one id: {ids}", hint="give one of them another `id` in tagship.yaml")
    return [known.get(name) or _wish(ChannelConfig(kind=name)) for name in wanted] if wanted else configured


def _wish(entry: ChannelConfig) -> Wish:
    kind: type[Channel] = plugins.load("channels", entry.kind)
    name = entry.id or entry.kind
    if not channel.is_id(name):
        hint = "use small letters, digits and hyphens; its token is then TAGSHIP_<ID>_TOKEN"
        raise UsageError(f"{name!r} cannot be the id of a channel", hint=hint)
    if not entry.address and not kind.address:
        raise UsageError(f"the channel {name} has no address", hint="give it an `address` in tagship.yaml")
    for option in sorted(set(entry.options) - set(kind.options)):
        known = ", ".join(sorted(kind.options)) or "it has none"
        raise UsageError(f"the channel {name} has no option {option!r}", hint=f"options of {entry.kind}: {known}")
    address = channel.checked_address(entry.address or kind.address)
    return Wish(id=name, kind=entry.kind, address=address, options=entry.options)
