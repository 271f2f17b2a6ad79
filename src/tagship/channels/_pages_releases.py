"""The install pages on a site: that of a release, the list of all, and the first page, which is the newest release's."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tagship.adapters import release_page
from tagship.adapters.files import proved
from tagship.adapters.release_page import Place
from tagship.domain.install import install_tabs, site_releases
from tagship.domain.install.site_releases import ALL, LIST, UP, Releases, at_the_top, page_of
from tagship.domain.plans.artifact import MANIFEST_ENDING
from tagship.domain.plans.channel import Owed
from tagship.domain.plans.plan import Plan
from tagship.domain.plans.receipt import Manifest, decode_manifest
from tagship.domain.text import structs

INDEX: Final = "index.html"
NO_JEKYLL: Final = ".nojekyll"
"""Tells GitHub to serve the files as they are: https://docs.github.com/en/pages."""
_MARK: Final = b'<meta name="generator" content="tagship">'
Read = Callable[[str], bytes]


def known(paths: Mapping[str, str], read: Read) -> dict[str, str]:
    """Return the files that the pages on the site were made from, with their SHA-256.

    Raises:
        IntegrityError: the list of releases is broken.

    """
    return {name: digest for each in _listed(paths, read).releases for name, digest in each.files.items()}


def written(owed: Sequence[Owed], paths: Mapping[str, str], read: Read, server: str) -> dict[str, bytes]:
    """Write the page of a release, and what says on the site that it is there.

    Raises:
        IntegrityError: a file is not what was built, or the list of releases is broken.
        UsageError: another release has the place of the page.

    """
    documents = {file.name: proved(Path(file.path), file.sha256) for file in owed}
    of_manifest = next(file for file in owed if file.name.endswith(MANIFEST_ENDING))
    manifest = decode_manifest(documents.pop(of_manifest.name), file=of_manifest.name)
    mine = site_releases.listed(manifest, {file.name: file.sha256 for file in owed})
    now = _listed(paths, read).joined(mine)
    report: Mapping[str, Any] = structs.decode(next(iter(documents.values()), b"{}"), dict[str, Any])
    page = _page(manifest, of_manifest, report, server)
    first = now.first or mine
    top = page if first.tag == mine.tag else read(page_of(first))
    pages = {page_of(mine): page, ALL: _all(now, manifest.plan), INDEX: at_the_top(top)}
    return {LIST: site_releases.written(now), **ours(pages, paths, read)}


def ours(pages: Mapping[str, bytes], paths: Mapping[str, str], read: Read) -> dict[str, bytes]:
    """Leave out pages that somebody else keeps there; where the first page is ours, files are served as they are."""
    kept = {path: data for path, data in pages.items() if path not in paths or _MARK in read(path)}
    return {**kept, NO_JEKYLL: b""} if INDEX in kept else kept


def _listed(paths: Mapping[str, str], read: Read) -> Releases:
    """Read which releases have a page that is still there."""
    found = site_releases.read(read(LIST)) if LIST in paths else Releases()
    return Releases(releases=tuple(each for each in found.releases if page_of(each) in paths))


def _page(manifest: Manifest, file: Owed, report: Mapping[str, Any], server: str) -> bytes:
    own = {"name": file.name, "kind": "manifest", "size": file.size, "sha256": file.sha256}
    record = site_releases.record(manifest, own)
    files = install_tabs.base({"repository": manifest.plan.repository, "tag": manifest.plan.tag}, server)
    notes = files.replace("/releases/download/", "/releases/tag/")
    place = Place(files=files or None, site=UP, notes=notes, server=server)
    return release_page.render(record, structs.builtins(manifest), report, place=place).encode()


def _all(now: Releases, plan: Plan) -> bytes:
    """Write the page that lists all releases, and says of each name which is the newest."""
    groups = []
    for name, releases in now.named.items():
        newest = next((each.tag for each in releases if not each.prerelease), "")
        rows = [{**structs.builtins(each), "newest": each.tag == newest} for each in releases]
        groups.append((name, rows))
    title = (plan.repository or plan.name).rpartition("/")[2]
    template = release_page.environment().get_template("releases_page.html.j2")
    return f"{template.render(title=title, groups=groups)}\n".encode()
