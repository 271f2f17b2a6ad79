"""Ranges that name one version: which versions they let in.

Sources: github.com/npm/node-semver (caret, tilde), doc.rust-lang.org/cargo/reference/specifying-dependencies.html (a bare
version means a caret), packaging.python.org (version specifiers).
"""

from tagship.domain.versions.version import Version
from tagship.domain.versions.version_site import VERSION, VersionSite


def admits(site: VersionSite, version: Version) -> bool:
    """Say whether what a package asks for at a site lets a version in; prereleases are let in by their own number only."""
    asked = site.read()
    if asked is None or asked == version or version.prerelease or version < asked:
        return asked == version
    operator = site.template.partition(VERSION)[0].rstrip()
    if operator.endswith(">="):
        return True
    if operator.endswith("~"):
        return version.core[:2] == asked.core[:2]
    if operator.endswith("^") or (not operator and site.format == "toml"):
        fixed = next((place for place, number in enumerate(asked.core) if number), 2)
        return version.core[: fixed + 1] == asked.core[: fixed + 1]
    return False
