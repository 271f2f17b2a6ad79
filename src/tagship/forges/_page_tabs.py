"""The ways to install a package as tabs of a page: the lines of each, and what clients take to start what it installs."""

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from tagship.domain import package_site
from tagship.domain.client_setup import Setup, setup_of
from tagship.domain.linux_package import package_name

Json = Mapping[str, Any]
Command = tuple[str, tuple[str, ...]]


class Tab(NamedTuple):
    """One way: what it is called, the lines to type, a file to open, and how clients start the server."""

    label: str
    lines: tuple[str, ...] = ()
    file: str = ""
    setup: Setup | None = None


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


def tabs(plan: Json, names: Collection[str]) -> list[dict[str, Any]]:
    """Return a block per package that people install, with its tabs."""
    base = f"https://github.com/{plan['repository']}/releases/download/{plan['tag']}" if plan.get("repository") else ""
    blocks = []
    for package in plan.get("packages", ()):
        mine = [a for a in plan.get("artifacts", ()) if a["package"] == package["id"] and a["name"] in names]
        channels = {c["kind"]: c for c in plan.get("channels", ()) if c["package"] == package["id"]}
        offer = Offer(package, mine, channels, base, plan.get("repository") or "")
        made = [tab for way in _WAYS for tab in way(offer)]
        if made:
            blocks.append({"package": package, "tabs": made})
    return blocks


def _tab(offer: Offer, label: str, line: str, command: Command | None = None, file: str = "") -> Tab:
    setup = setup_of(offer.package, command[0], command[1]) if command else None
    return Tab(label, (line,) if line else (), file, setup)


def _anywhere(command: Command) -> Command | None:
    """Give a command to clients unless it names a file here: nobody knows where a client starts it."""
    return None if any(word.startswith("./") for word in command[1]) else command


def _uvx(offer: Offer) -> list[Tab]:
    found = offer.named("wheel")
    if not found:
        return []
    extras = str(offer.package.get("details", {}).get("extras", ""))
    name = f"{offer.name}[{extras}]" if extras else offer.name
    if "pypi" in offer.channels:
        what = f"{name}=={offer.spelled('pep440')}"
    elif len(found) > 1:  # one per platform: the installer of the platform chooses
        return [_tab(offer, "pip", f"pip install --find-links . {shlex.quote(name)}")]
    elif offer.base:
        what = f"{name} @ {offer.base}/{found[0]}" if extras else f"{offer.base}/{found[0]}"
    else:
        what = f"./{found[0]}[{extras}]" if extras else f"./{found[0]}"
    if not offer.entry:
        return [_tab(offer, "pip", shlex.join(["pip", "install", what]))]
    arguments = ("--from", what, offer.entry)
    return [_tab(offer, "uvx", shlex.join(["uvx", *arguments]), _anywhere(("uvx", arguments)))]


def _npx(offer: Offer) -> list[Tab]:
    found = offer.named("npm")
    if not found:
        return []
    if "npm" in offer.channels:
        what = f"{offer.name}@{offer.spelled('npm')}"
    else:
        what = f"{offer.base}/{found[0]}" if offer.base else f"./{found[0]}"
    return [_tab(offer, "npx", shlex.join(["npx", "-y", what]), _anywhere(("npx", ("-y", what))))]


def _scripts(offer: Offer) -> list[Tab]:
    command: Command | None = (offer.entry, ()) if offer.entry else None
    made = []
    for ending, label, remote, local in (
        ("install.sh", "Linux, macOS", "curl -fsSL {} | sh", "sh ./{}"),
        ("install.ps1", "Windows", "irm {} | iex", "powershell -File .\\{}"),
    ):
        for name in offer.named("installer", ending):
            line = remote.format(f"{offer.base}/{name}") if offer.base else local.format(name)
            made.append(_tab(offer, label, line, command))
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
        return [_tab(offer, "Docker", f"docker load --input ./{found[0]}")]
    parts = urlsplit(offer.channels["oci"]["address"])
    image = offer.channels["oci"].get("options", {}).get("image") or offer.name.rpartition("/")[2]
    what = f"{parts.netloc}{parts.path.rstrip('/')}/{image}:{offer.spelled('oci')}".lower()
    wanted = offer.package.get("server", {}).get("environment", ()) if offer.package.get("server") else ()
    given = tuple(word for each in wanted for word in ("-e", each["name"]))
    arguments = ("run", "-i", "--rm", *given, what)
    return [_tab(offer, "Docker", shlex.join(["docker", "pull", what]), ("docker", arguments))]


def _systems(offer: Offer) -> list[Tab]:
    command: Command | None = (offer.entry, ()) if offer.entry else None
    made = []
    for kind, label in (("deb", "apt"), ("rpm", "dnf")):
        made += [_tab(offer, label, _system_line(offer, kind, label, name), command) for name in offer.named(kind)[:1]]
    return made


def _system_line(offer: Offer, kind: str, tool: str, name: str) -> str:
    """Install from a repository of packages where there is one, else the file."""
    channel = offer.channels.get(package_site.KIND)
    if channel is None:
        return f"sudo {tool} install ./{name}"
    site = package_site.site_of(channel["address"], channel.get("options", {}), offer.repository)
    ((_, line),) = package_site.lines(site, package_name(offer.name), {kind})
    return line


def _bundle(offer: Offer) -> list[Tab]:
    return [_tab(offer, "MCPB", "", file=name) for name in offer.named("mcpb")[:1]]


_WAYS: Final[tuple[Callable[[Offer], list[Tab]], ...]] = (_uvx, _npx, _scripts, _brew, _docker, _systems, _bundle)
