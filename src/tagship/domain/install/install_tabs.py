"""The ways to install a server as tabs of a page: the lines of each, and what clients take to start what it installs."""

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from tagship.domain.files.image_name import repository
from tagship.domain.files.linux_package import package_name
from tagship.domain.install import package_site
from tagship.domain.install.client_setup import Setup, setup_of
from tagship.domain.proofs.claims import GITHUB

Json = Mapping[str, Any]
Command = tuple[str, tuple[str, ...]]


class Tab(NamedTuple):
    """One way: what it is called, the lines to type, a file to open, and how clients start the server.

    ``fetched``: the lines take a file that was downloaded before. ``site``: they are of a site of package repositories.
    """

    label: str
    lines: tuple[str, ...] = ()
    file: str = ""
    setup: Setup | None = None
    fetched: bool = False
    site: bool = False


class Block(NamedTuple):
    """A package with the ways to install it, also as what is wrapped around it: an image, a bundle, Linux packages."""

    package: Json
    tabs: Sequence[Tab]


class Offer(NamedTuple):
    """What a package has to install from: its artifacts that are there, its channels, and the address of the release's files."""

    package: Json
    artifacts: Sequence[Json]
    channels: Mapping[str, Json]
    base: str
    repository: str

    def named(self, kind: str, ending: str = "") -> list[str]:
        """Return the files of a kind."""
        return [each["name"] for each in self.artifacts if each["kind"] == kind and each["name"].endswith(ending)]

    def spelled(self, kind: str) -> str:
        """Return the version as a registry spells it."""
        return str(self.package.get("spellings", {}).get(kind) or self.package.get("version", ""))

    @property
    def entry(self) -> str:
        """The command that it installs."""
        return str(self.package.get("entry") or "")

    @property
    def name(self) -> str:
        """Its published name."""
        return str(self.package["name"])


def base(plan: Json, server: str = GITHUB) -> str:
    """Return the address of the folder of a release's files; empty for a release that is on no server."""
    if not plan.get("repository"):
        return ""
    return f"{server.rstrip('/')}/{plan['repository']}/releases/download/{quote(str(plan['tag']))}"


def tabs(plan: Json, names: Collection[str], server: str = GITHUB) -> list[Block]:
    """Return a block per package that people install, with its tabs; ``names`` are the files that there are."""
    packages: Sequence[Json] = plan.get("packages", ())
    known = {package["id"]: package for package in packages}
    families: dict[str, list[Json]] = {}
    for package in packages:
        families.setdefault(package.get("wraps") or package["id"], []).append(package)
    made = []
    for root, family in families.items():
        offers = [_offer(plan, package, names, base(plan, server)) for package in family]
        found = _distinct([tab for way in _WAYS for offer in offers for tab in way(offer)])
        if found:
            made.append(Block(known.get(root, family[0]), found))
    return made


def _offer(plan: Json, package: Json, names: Collection[str], files: str) -> Offer:
    mine = [a for a in plan.get("artifacts", ()) if a["package"] == package["id"] and a["name"] in names]
    channels = {c["kind"]: c for c in plan.get("channels", ()) if c["package"] == package["id"]}
    return Offer(package, mine, channels, files, plan.get("repository") or "")


def _distinct(found: Sequence[Tab]) -> list[Tab]:
    """Give numbers to the tabs that are called the same, so that each can be told and reached."""
    seen: dict[str, int] = {}
    kept: list[Tab] = []
    for tab in found:
        if any((tab.lines, tab.file) == (other.lines, other.file) for other in kept):
            continue
        seen[tab.label] = seen.get(tab.label, 0) + 1
        kept.append(tab._replace(label=f"{tab.label} ({seen[tab.label]})") if seen[tab.label] > 1 else tab)
    return kept


def _tab(offer: Offer, label: str, line: str, command: Command | None = None, *, fetched: bool = False) -> Tab:
    setup = setup_of(offer.package, command[0], command[1]) if command else None
    return Tab(label, (line,), setup=setup, fetched=fetched)


def _anywhere(command: Command) -> Command | None:
    """Give a command to clients unless it names a file here: nobody knows where a client starts it."""
    return None if any(word.startswith("./") for word in command[1]) else command


def _uvx(offer: Offer) -> list[Tab]:
    found = offer.named("wheel")
    if not found:
        return []
    fetched = "pypi" not in offer.channels and not offer.base
    extras = str(offer.package.get("details", {}).get("extras", ""))
    name = f"{offer.name}[{extras}]" if extras else offer.name
    if "pypi" in offer.channels:
        what = f"{name}=={offer.spelled('pep440')}"
    elif len(found) > 1:  # one per platform: the installer of the platform chooses
        return [_tab(offer, "pip", f"pip install --find-links . {shlex.quote(name)}", fetched=True)]
    elif offer.base:
        what = f"{name} @ {offer.base}/{found[0]}" if extras else f"{offer.base}/{found[0]}"
    else:
        what = f"./{found[0]}[{extras}]" if extras else f"./{found[0]}"
    if not offer.entry:
        return [_tab(offer, "pip", shlex.join(["pip", "install", what]), fetched=fetched)]
    arguments = ("--from", what, offer.entry)
    return [_tab(offer, "uvx", shlex.join(["uvx", *arguments]), _anywhere(("uvx", arguments)), fetched=fetched)]


def _npx(offer: Offer) -> list[Tab]:
    found = offer.named("npm")
    if not found:
        return []
    if "npm" in offer.channels:
        what = f"{offer.name}@{offer.spelled('npm')}"
    else:
        what = f"{offer.base}/{found[0]}" if offer.base else f"./{found[0]}"
    command = _anywhere(("npx", ("-y", what)))
    return [_tab(offer, "npx", shlex.join(["npx", "-y", what]), command, fetched=what.startswith("./"))]


def _scripts(offer: Offer) -> list[Tab]:
    command: Command | None = (offer.entry, ()) if offer.entry else None
    made = []
    for ending, label, remote, local in (
        ("install.sh", "Linux, macOS", "curl -fsSL {} | sh", "sh ./{}"),
        ("install.ps1", "Windows", "irm {} | iex", "powershell -File .\\{}"),
    ):
        for name in offer.named("installer", ending):
            line = remote.format(f"{offer.base}/{name}") if offer.base else local.format(name)
            made.append(_tab(offer, label, line, command, fetched=not offer.base))
    return made


def _brew(offer: Offer) -> list[Tab]:
    if "homebrew" not in offer.channels or not offer.named("installer", ".rb"):
        return []
    owner, _, tap = urlsplit(offer.channels["homebrew"]["address"]).path.strip("/").partition("/")
    formula = offer.named("installer", ".rb")[0].removesuffix(".rb")
    line = f"brew install {owner}/{tap.removeprefix('homebrew-').removesuffix('.git')}/{formula}"
    return [_tab(offer, "brew", line, (offer.entry or formula, ()))]


def _docker(offer: Offer) -> list[Tab]:
    found = offer.named("image")
    if not found:
        return []
    if "oci" not in offer.channels:
        return [_tab(offer, "Docker", f"docker load --input ./{found[0]}", fetched=True)]
    channel = offer.channels["oci"]
    what = f"{repository(channel['address'], offer.name, channel.get('options', {}))}:{offer.spelled('oci')}"
    wanted = offer.package.get("server", {}).get("environment", ()) if offer.package.get("server") else ()
    given = tuple(word for each in wanted for word in ("-e", each["name"]))
    arguments = ("run", "-i", "--rm", *given, what)
    return [_tab(offer, "Docker", shlex.join(["docker", "pull", what]), ("docker", arguments))]


def _systems(offer: Offer) -> list[Tab]:
    command: Command | None = (offer.entry, ()) if offer.entry else None
    made = []
    for kind, label in (("deb", "apt"), ("rpm", "dnf")):
        for name in offer.named(kind)[:1]:
            line, from_site = _system_line(offer, kind, label, name)
            made.append(_tab(offer, label, line, command, fetched=not from_site)._replace(site=from_site))
    return made


def _system_line(offer: Offer, kind: str, tool: str, name: str) -> tuple[str, bool]:
    """Install from a repository of packages where there is one, else the file."""
    channel = offer.channels.get(package_site.KIND)
    if channel is None:
        return f"sudo {tool} install ./{name}", False
    site = package_site.site_of(channel["address"], channel.get("options", {}), offer.repository)
    ((_, line),) = package_site.lines(site, package_name(offer.name), {kind})
    return line, True


def _bundle(offer: Offer) -> list[Tab]:
    return [Tab("MCPB", file=name) for name in offer.named("mcpb")[:1]]


_WAYS: Final[tuple[Callable[[Offer], list[Tab]], ...]] = (_uvx, _npx, _scripts, _brew, _docker, _systems, _bundle)
