"""What is installed in an image, as CycloneDX components: what dpkg, apk and RPM, Python and npm keep of it.

Sources: deb-control(5), dpkg(1) and the ``status.d`` of distroless images; wiki.alpinelinux.org/wiki/Apk_spec;
os-release(5); package URLs: github.com/package-url/purl-spec (types deb, apk, rpm, pypi, npm).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from tagship.domain.components.rpm_packages import Rpm
from tagship.domain.manifests.python_metadata import canonical
from tagship.domain.text.json_text import read_json
from tagship.domain.text.lazy_pattern import lazy

_DPKG: Final = lazy(r"var/lib/dpkg/status(?:\.d/[^/]+)?")
_APK: Final = lazy(r"(?:usr/)?lib/apk/db/installed")
_RPM: Final = lazy(r"(?:var/lib|usr/lib/sysimage)/rpm/rpmdb\.sqlite")
_OTHER_RPM: Final = lazy(r"(?:var/lib|usr/lib/sysimage)/rpm/(?:Packages(?:\.db)?)")
_RELEASE: Final = ("etc/os-release", "usr/lib/os-release")
_PYTHON: Final = lazy(r"(?:.*/)?[^/]+\.dist-info/METADATA")
_NPM: Final = lazy(r"(?:.*/)?node_modules/(?:@[^/]+/)?[^/]+/package\.json")
_WORD: Final = lazy(r"[^\s<>=~!:]+(?::[^\s<>=~!]+)?")
SYSTEM: Final = ("pkg:deb/", "pkg:apk/", "pkg:rpm/")
"""How package URLs of a system begin, whose licences are not those of a project's dependencies."""


class Installed(NamedTuple):
    """One package of a system: what it needs, by alternatives, and what else it goes by."""

    component: dict[str, Any]
    needs: tuple[tuple[str, ...], ...]
    provides: tuple[str, ...]


def is_database(path: str) -> bool:
    """Say whether a file of an image tells what is installed, or on which system."""
    return path in _RELEASE or _is_rpm(path) or any(look.fullmatch(path) for look in (_DPKG, _APK, _PYTHON, _NPM))


def rpm_databases(files: Mapping[str, bytes]) -> list[bytes]:
    """Return the databases of RPM that can be read."""
    return [data for path, data in sorted(files.items()) if _RPM.fullmatch(path)]


def unread(files: Mapping[str, bytes]) -> list[str]:
    """Return the paths of databases that nobody here reads: RPM's older kinds, beside no newer one."""
    return [] if rpm_databases(files) else sorted(path for path in files if _OTHER_RPM.fullmatch(path))


def listed(
    files: Mapping[str, bytes], *, languages: bool, rpms: Sequence[Rpm] = ()
) -> tuple[list[dict[str, Any]], dict[str, set[str]]]:
    """Read the databases of an image: components, and edges between them by their references.

    ``languages``: those of Python and npm too, for an image whose own list is not known otherwise; ``rpms`` are what RPM's
    database has.
    """
    told = {path: data for path, data in sorted(files.items()) if not _is_rpm(path)}
    texts = {path: data.decode("utf-8", "replace") for path, data in told.items()}
    system = _system(texts)
    installed: list[Installed] = []
    for path, text in texts.items():
        if _DPKG.fullmatch(path) and not path.endswith(".md5sums"):
            installed += _debian(text, *system)
        elif _APK.fullmatch(path):
            installed += _alpine(text, *system)
    installed += [_rpm(each, *system) for each in rpms]
    edges = _edges(installed)
    found = {each.component["bom-ref"]: each.component for each in installed}
    if languages:
        found |= {each["bom-ref"]: each for path, text in texts.items() for each in _language(path, text)}
    return [found[own] for own in sorted(found)], edges


def _is_rpm(path: str) -> bool:
    return bool(_RPM.fullmatch(path) or _OTHER_RPM.fullmatch(path))


def _system(texts: Mapping[str, str]) -> tuple[str, str]:
    """Return a system's name and its version, as package URLs name them: ``debian``, ``debian-12``."""
    text = next((texts[path] for path in _RELEASE if path in texts), "")
    said = dict(re.findall(r"^(ID|VERSION_ID)=[\"']?([\w.-]+)", text, re.MULTILINE))
    name, version = said.get("ID", ""), said.get("VERSION_ID", "")
    return name, f"{name}-{version}" if name and version else name


def _stanzas(text: str, pattern: str) -> Iterator[dict[str, str]]:
    """Read paragraphs of fields; a line that goes on belongs to the field above it."""
    for paragraph in re.split(r"\n\s*\n", re.sub(r"\n[ \t]+", " ", text)):
        fields = dict(re.findall(pattern, paragraph, re.MULTILINE))
        if fields:
            yield fields


def _debian(text: str, system: str, distribution: str) -> Iterator[Installed]:
    for said in _stanzas(text, r"^([A-Za-z-]+):[ \t]*(.*)$"):
        if "Package" not in said or not said.get("Status", "ok installed").endswith(" installed"):
            continue
        component = _component(
            "deb",
            system or "debian",
            distribution,
            said["Package"],
            said.get("Version", ""),
            said.get("Architecture", ""),
        )
        component |= _about(said.get("Description", ""), said.get("Maintainer", ""), said.get("Homepage", ""))
        needs = [part for key in ("Pre-Depends", "Depends") for part in said.get(key, "").split(",")]
        yield Installed(
            component,
            tuple(tuple(_names(re.sub(r":\w+", "", part), "|")) for part in needs if part.strip()),
            tuple(_names(said.get("Provides", ""), ",")),
        )


def _alpine(text: str, system: str, distribution: str) -> Iterator[Installed]:
    for said in _stanzas(text, r"^([A-Za-z]):(.*)$"):
        if "P" not in said:
            continue
        component = _component("apk", system or "alpine", distribution, said["P"], said.get("V", ""), said.get("A", ""))
        component |= _about(said.get("T", ""), said.get("m", ""), said.get("U", ""))
        if said.get("L"):
            component["licenses"] = [{"expression": said["L"]}]
        needs = [word for word in said.get("D", "").split() if not word.startswith("!")]
        provides = tuple(_names(said.get("p", ""), " "))
        yield Installed(component, tuple(tuple(_names(word, " ")) for word in needs), provides)


def _rpm(said: Rpm, system: str, distribution: str) -> Installed:
    more = {"epoch": str(said.epoch)} if said.epoch is not None else {}
    component = _component("rpm", system or "rpm", distribution, said.name, said.version, said.arch, more)
    component |= _about(said.summary, said.vendor, said.url)
    if said.license:
        component["licenses"] = [{"expression": said.license}]
    return Installed(component, tuple((need,) for need in said.requires), said.provides)


def _component(
    kind: str,
    system: str,
    distribution: str,
    name: str,
    version: str,
    machine: str,
    more: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    qualifiers = {"arch": machine, "distro": distribution, **more}
    ending = "&".join(f"{key}={quote(value, safe='')}" for key, value in qualifiers.items() if value)
    purl = f"pkg:{kind}/{system}/{quote(name, safe='')}@{quote(version, safe=':~')}" + (f"?{ending}" if ending else "")
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _about(description: str, maintainer: str, homepage: str) -> dict[str, Any]:
    name = maintainer.partition("<")[0].strip()
    links = [{"type": "website", "url": homepage}] if homepage.startswith(("https://", "http://")) else []
    said = {"description": description.partition("  ")[0].strip(), "supplier": {"name": name} if name else None}
    return {key: value for key, value in said.items() if value} | ({"externalReferences": links} if links else {})


def _names(text: str, between: str) -> Iterator[str]:
    """Take the names out of a list of names with versions: ``libc6 (>= 2.36) | so:libc.so``."""
    for part in text.split(between):
        match = _WORD.match(part.strip())
        if match:
            yield match[0]


def _edges(installed: Iterable[Installed]) -> dict[str, set[str]]:
    """Lead each need to the first of its alternatives that is there."""
    packages = list(installed)
    own = {name: each.component["bom-ref"] for each in packages for name in each.provides}
    own |= {each.component["name"]: each.component["bom-ref"] for each in packages}
    edges: dict[str, set[str]] = {}
    for each in packages:
        reference = each.component["bom-ref"]
        led = (next((own[name] for name in need if name in own), reference) for need in each.needs)
        edges.setdefault(reference, set()).update(other for other in led if other != reference)
    return edges


def _language(path: str, text: str) -> Iterator[dict[str, Any]]:
    """Read what a distribution of Python, or a module of npm, says of itself."""
    said: Mapping[str, Any] = {}
    if _PYTHON.fullmatch(path):
        from email.parser import HeaderParser

        header = HeaderParser().parsestr(text)
        said = {"name": header["Name"], "version": header["Version"], "license": header["License-Expression"]}
    elif _NPM.fullmatch(path):
        read = read_json(text)
        said = read if isinstance(read, dict) else {}
    name, version, licence = (said.get(key) for key in ("name", "version", "license"))
    if not (isinstance(name, str) and isinstance(version, str)):
        return
    kind = f"pypi/{canonical(name)}" if _PYTHON.fullmatch(path) else f"npm/{quote(name, safe='/')}"
    purl = f"pkg:{kind}@{quote(version, safe=':~')}"
    own: dict[str, Any] = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    yield own | ({"licenses": [{"expression": licence}]} if isinstance(licence, str) and licence else {})
