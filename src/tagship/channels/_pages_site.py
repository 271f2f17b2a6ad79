"""The files of a site of package repositories: read as they were signed, joined with a release, written and signed anew.

What is there is believed only when it was signed with the same key: whoever can write to the branch could otherwise have
anything signed with the next release.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from tagship.adapters import release_page
from tagship.adapters.gpg_home import GpgHome
from tagship.channels import _pages_releases
from tagship.domain.files import apt_repository, deb_file, dnf_repository
from tagship.domain.files.apt_repository import DISTS, HINT, RELEASE, AptRepository
from tagship.domain.files.dnf_repository import REPOMD, DnfRepository, Entry
from tagship.domain.install.package_site import COMPONENTS, Site
from tagship.domain.install.site_releases import LIST
from tagship.errors import IntegrityError

INRELEASE: Final = f"{DISTS}/InRelease"
OURS: Final = (f"{DISTS}/", *(f"rpm/{component}/repodata/" for component in COMPONENTS))
"""Folders where nothing stays that is not written here."""
_SIGNATURES: Final = frozenset(
    {INRELEASE, f"{RELEASE}.gpg", *(f"{path}.{ending}" for path in REPOMD.values() for ending in ("asc", "key"))}
)
_NO_TIME: Final = datetime.fromtimestamp(0, UTC)
_PAGE: Final = "packages.html"


class Added(NamedTuple):
    """What a release adds: to which component, of which time, described for apt and for dnf."""

    component: str
    time: datetime
    paragraphs: Sequence[str]
    entries: Sequence[Entry]


class Written(NamedTuple):
    """The site as it shall be: files by their paths, and paths that stay as they are."""

    files: Mapping[str, bytes]
    stay: frozenset[str]


class Repositories(NamedTuple):
    """Both repositories; without the one that no package was ever for."""

    apt: AptRepository | None
    dnf: Mapping[str, DnfRepository]


def known(paths: Mapping[str, str], read: Callable[[str], bytes]) -> dict[str, str]:
    """Return the packages that are there with the SHA-256 they were released with; nothing is proved of it.

    Raises:
        IntegrityError: it is broken.

    """
    found: dict[str, str] = {}
    try:
        for path in paths:
            if apt_repository.INDEX.fullmatch(path):
                found |= apt_repository.released(read(path))
        for component in COMPONENTS:
            if REPOMD[component] in paths:
                place, _ = dnf_repository.located(read(REPOMD[component]))["primary"]
                found |= dnf_repository.released(read(f"rpm/{component}/{place}"))
    except (KeyError, OSError, EOFError, zlib.error) as error:
        raise IntegrityError(f"the repository on the branch cannot be read: {error!r}", hint=HINT) from None
    return found


def repositories(site: Site, paths: Mapping[str, str], read: Callable[[str], bytes], home: GpgHome) -> Repositories:
    """Read what is there and was signed with this key.

    Raises:
        IntegrityError: something was not.

    """
    apt, dnf = None, {}
    if RELEASE in paths or INRELEASE in paths:
        release = _proved(RELEASE, f"{RELEASE}.gpg", paths, read, home)
        indexes = {path: read(path) for path in paths if apt_repository.INDEX.fullmatch(path)}
        apt = AptRepository.read(site.name, release, indexes)
    for component, path in REPOMD.items():
        if path in paths:
            repomd = _proved(path, f"{path}.asc", paths, read, home)
            places = dnf_repository.located(repomd)
            dnf[component] = DnfRepository.read(
                component, repomd, {kind: read(f"rpm/{component}/{place}") for kind, (place, _) in places.items()}
            )
    return Repositories(apt, dnf)


def written(
    site: Site,
    before: Repositories,
    added: Added,
    paths: Mapping[str, str],
    read: Callable[[str], bytes],
    home: GpgHome,
) -> Written:
    """Write the site with one release more; indexes of the state before stay, for those who just read what names them."""
    old = _indexes(before)
    now = _joined(site, before, added)
    files = _indexes(now)
    if now.apt and files[RELEASE] != old.get(RELEASE):
        signed, time = files[RELEASE], now.apt.time
        files |= {INRELEASE: home.clearsigned(signed, time), f"{RELEASE}.gpg": home.signature(signed, time)}
    for component, one in now.dnf.items():
        path, time = REPOMD[component], datetime.fromtimestamp(one.revision, UTC)
        if files[path] != old.get(path):
            # zypper looks for the key beside the signature
            files |= {f"{path}.asc": home.signature(files[path], time), f"{path}.key": home.certificate}
    files |= _page(site, now, home.certificate, paths, read)
    return Written(files, (frozenset(old) | _SIGNATURES) - files.keys())


def _joined(site: Site, before: Repositories, added: Added) -> Repositories:
    apt, dnf, component = before.apt, dict(before.dnf), added.component
    if added.paragraphs:
        apt = (apt or AptRepository(site.name, _NO_TIME, {})).joined(component, added.paragraphs, added.time)
    if added.entries:
        dnf = {each: dnf.get(each) or DnfRepository(each, 0) for each in COMPONENTS}
        dnf[component] = dnf[component].joined(added.entries, int(added.time.timestamp()))
    return Repositories(apt, dnf)


def _indexes(of: Repositories) -> dict[str, bytes]:
    """Write all but the signatures."""
    files = of.apt.files() if of.apt else {}
    for one in of.dnf.values():
        files |= one.files()
    return files


def _page(
    site: Site, now: Repositories, key: bytes, paths: Mapping[str, str], read: Callable[[str], bytes]
) -> dict[str, bytes]:
    """Write key, what apt and dnf read, and the page, which is the site's first one until a release has its own."""
    files = {site.key_file: key}
    files |= {site.sources_file: site.sources(key.decode())} if now.apt else {}
    files |= {site.repo_file: site.repo()} if now.dnf else {}
    template, listed = release_page.environment().get_template("packages_page.html.j2"), _packages(now)

    def page(*, root: bool) -> bytes:
        return f"{template.render(site=site, packages=listed, root=root)}\n".encode()

    pages = {_PAGE: page(root=False)}
    pages |= {} if LIST in paths else {_pages_releases.INDEX: page(root=True)}
    return files | _pages_releases.ours(pages, paths, read)


def _packages(now: Repositories) -> list[dict[str, object]]:
    """List packages with the files that they have, per system."""
    listed: dict[str, dict[str, list[str]]] = {}
    for each in (p for paragraphs in (now.apt.indexes.values() if now.apt else ()) for p in paragraphs):
        of = listed.setdefault(deb_file.field(each, "Package"), {"deb": [], "rpm": []})
        of["deb"].append(f"apt/{deb_file.field(each, 'Filename')}")
    for component, one in now.dnf.items():
        for entry in one.entries:
            of = listed.setdefault(dnf_repository.name_of(entry), {"deb": [], "rpm": []})
            of["rpm"].append(f"rpm/{component}/{entry.place}")
    return [
        {"name": name, **{kind: sorted(found) for kind, found in of.items()}} for name, of in sorted(listed.items())
    ]


def _proved(path: str, beside: str, paths: Mapping[str, str], read: Callable[[str], bytes], home: GpgHome) -> bytes:
    if path not in paths or beside not in paths:
        raise IntegrityError("the repository's index or its signature is missing", file=path, hint=HINT)
    data = read(path)
    if not home.holds(data, read(beside)):
        raise IntegrityError("the repository was not signed with this key", file=path, hint=HINT)
    return data
