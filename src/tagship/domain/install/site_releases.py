"""The install pages of a site: which releases have one, where it is, and which of them is the site's first page.

``releases.json`` lists them for the pages themselves, which thereby know of releases that came later. All that is here is a
function of the releases, in whatever order they were published.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec

from tagship.domain.install.package_site import KIND
from tagship.domain.plans.artifact import MANIFEST_ENDING, PROBE_ENDING, FileName, Sha256
from tagship.domain.plans.plan import ChannelPlan, Plan, encode
from tagship.domain.plans.receipt import Manifest
from tagship.domain.text import structs
from tagship.domain.versions.version import Version
from tagship.errors import IntegrityError, UsageError

LIST: Final = "releases.json"
FOLDER: Final = "releases"
ALL: Final = f"{FOLDER}/index.html"
"""The page with links to all releases, for those without scripts."""
UP: Final = "../../"
"""From the page of a release to the top of the site."""
_HERE: Final = "./"
_HINT: Final = f"delete {LIST} and the folder {FOLDER} on the branch, then publish its releases again (--from-release)"


class Listed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A release with a page: ``files`` are those that the page was made from, with their SHA-256; ``date`` is the commit's."""

    tag: str
    folder: str
    name: str
    version: str
    prerelease: bool
    date: str
    files: dict[FileName, Sha256]


class Releases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``releases.json``: by name, and of a name the newest first."""

    schema: Literal["tagship.site/1"] = "tagship.site/1"
    releases: tuple[Listed, ...] = ()

    def joined(self, one: Listed) -> "Releases":
        """Add a release.

        Raises:
            UsageError: another one has its place.

        """
        others = [each for each in self.releases if each.tag != one.tag]
        if other := next((each for each in others if each.folder == one.folder), None):
            hint = "publish one of them to another site"
            raise UsageError(f"the tags {one.tag} and {other.tag} would have one page, {page_of(one)}", hint=hint)
        newest_first = sorted([*others, one], key=lambda each: (Version.parse(each.version), each.tag), reverse=True)
        return Releases(releases=tuple(sorted(newest_first, key=lambda each: each.name)))

    @property
    def first(self) -> Listed | None:
        """The release that the site shows first: of each name the newest final one, of several names the one of the last day."""
        best = [max(own, key=_preferred) for own in self.named.values()]
        return max(best, key=lambda each: (not each.prerelease, each.date, each.name), default=None)

    @property
    def named(self) -> Mapping[str, Sequence[Listed]]:
        """The releases by their names."""
        found: dict[str, list[Listed]] = {}
        for each in self.releases:
            found.setdefault(each.name, []).append(each)
        return found


def listed(manifest: Manifest, files: Mapping[str, str]) -> Listed:
    """Describe a release by its manifest and the files that its page is made from."""
    plan = manifest.plan
    return Listed(
        tag=plan.tag,
        folder=plan.tag.replace("/", "-"),
        name=plan.name,
        version=plan.version,
        prerelease=plan.prerelease,
        date=plan.commit_time[:10],
        files=dict(sorted(files.items())),
    )


def read(data: bytes) -> Releases:
    """Read ``releases.json``.

    Raises:
        IntegrityError: it is broken.

    """
    try:
        found = structs.decode(data, Releases)
        for each in found.releases:
            Version.parse(each.version)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, UsageError) as error:
        raise IntegrityError(f"the list of releases is broken: {error}", file=LIST, hint=_HINT) from None
    return found


def written(releases: Releases) -> bytes:
    """Write ``releases.json``."""
    return encode(releases)


def page_of(one: Listed) -> str:
    """Return the path of a release's page on the site."""
    return f"{FOLDER}/{one.folder}/index.html"


def at_the_top(page: bytes) -> bytes:
    """Turn the page of a release into the first page of the site: its links lead from there. Quotes in texts are escaped."""
    return page.replace(f'="{UP}'.encode(), f'="{_HERE}'.encode())


def address_of(plan: Plan) -> str:
    """Return where the page of a release will be; empty where no channel has it."""
    entry = next((each for each in plan.channels if owes_page(each)), None)
    return f"{entry.address.rstrip('/')}/{FOLDER}/{quote(plan.tag.replace('/', '-'))}/" if entry else ""


def owes_page(entry: ChannelPlan) -> bool:
    """Whether a channel of a site makes the page of a release."""
    return entry.kind == KIND and any(is_of_page(name) for name in entry.artifacts)


def is_of_page(name: str) -> bool:
    """Whether a page is made from a file: the manifest, the report of the probes."""
    return name.endswith((MANIFEST_ENDING, PROBE_ENDING))


def record(manifest: Manifest, own: Mapping[str, Any]) -> dict[str, Any]:
    """Say of a published release what a page shows; ``own`` is the manifest as a file, which it does not list itself."""
    plan = manifest.plan
    return {
        "name": f"{plan.name} {plan.version}",
        "state": "published",
        "tag": plan.tag,
        "prerelease": plan.prerelease,
        "latest": False,
        "notes": "",
        "assets": [*(msgspec.to_builtins(each) for each in manifest.artifacts), own],
    }


def _preferred(one: Listed) -> tuple[bool, Version]:
    return not one.prerelease, Version.parse(one.version)
