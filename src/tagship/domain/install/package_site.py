"""A site of package repositories: what it is called, and the lines by which apt and dnf come to know it.

Sources: sources.list(5), with the key inside of ``Signed-By`` (apt 2.4 and later: Debian 12, Ubuntu 22.04); dnf.conf(5).
"""

import re
import shlex
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

KIND: Final = "pages"
"""The kind of the channel that keeps such a site."""
MAIN, PRERELEASE = "main", "prerelease"
COMPONENTS: Final = (MAIN, PRERELEASE)
"""Final versions, and the others: who wants these asks for them."""
_NAME: Final = re.compile(r"[^a-z0-9-]+")


class Site(NamedTuple):
    """Where it is, and the name that its files have."""

    address: str
    name: str

    def sources(self, key: str) -> bytes:
        """Write what apt reads, with the key that signs; ``key`` is armoured."""
        block = "".join(f" {line or '.'}\n" for line in key.strip().splitlines())
        return (
            f"# Prereleases: add {PRERELEASE} to Components.\nTypes: deb\nURIs: {self.address}/apt\nSuites: stable\n"
            f"Components: {MAIN}\nSigned-By:\n{block}"
        ).encode()

    def repo(self) -> bytes:
        """Write what dnf reads; prereleases are there, and off."""
        return "\n".join(self._section(component) for component in COMPONENTS).encode()

    @property
    def key_file(self) -> str:
        """Path of the public key."""
        return f"{self.name}.asc"

    @property
    def sources_file(self) -> str:
        """Path of what apt reads."""
        return f"apt/{self.name}.sources"

    @property
    def repo_file(self) -> str:
        """Path of what dnf reads."""
        return f"rpm/{self.name}.repo"

    def apt_line(self, package: str) -> str:
        """Install a package with apt, in one line."""
        address, place = (
            shlex.quote(f"{self.address}/{self.sources_file}"),
            f"/etc/apt/sources.list.d/{self.name}.sources",
        )
        fetch = f"curl -fsSL {address} | sudo tee {place} >/dev/null"
        return f"{fetch} && sudo apt update && sudo apt install {package}"

    def dnf_line(self, package: str) -> str:
        """Install a package with dnf, in one line."""
        address = shlex.quote(f"{self.address}/{self.repo_file}")
        return f"sudo curl -fsSLo /etc/yum.repos.d/{self.name}.repo {address} && sudo dnf install {package}"

    def _section(self, component: str) -> str:
        main = component == MAIN
        name, title = (self.name, self.name) if main else (f"{self.name}-{component}", f"{self.name} ({component})")
        return (
            f"[{name}]\nname={title}\n"
            f"baseurl={self.address}/rpm/{component}\nenabled={int(main)}\ngpgcheck=1\nrepo_gpgcheck=1\n"
            f"gpgkey={self.address}/{self.key_file}\n"
        )


def site_of(address: str, options: Mapping[str, str], repository: str | None) -> Site:
    """Name a site: as the option says, else like the repository."""
    name = options.get("name") or (repository or "packages").rpartition("/")[2]
    return Site(address.rstrip("/"), _NAME.sub("-", name.lower()).strip("-") or "packages")


def lines(site: Site, package: str, kinds: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return for whom, and by which line, a package is installed, for the kinds that it is there in."""
    ways = (("deb", "Debian and Ubuntu", site.apt_line), ("rpm", "Fedora and RHEL", site.dnf_line))
    return tuple((whom, line(package)) for kind, whom, line in ways if kind in kinds)
