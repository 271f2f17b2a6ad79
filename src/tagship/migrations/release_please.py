"""release-please: ``release-please-config.json`` and its manifest of versions.

Its keys: https://github.com/googleapis/release-please/blob/main/schemas/config.json
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.domain.setup.migration import Fate, Migrated, Rule, account
from tagship.domain.text.config_places import Keys, Place, of_json, texts, values

_CONFIG: Final = "release-please-config.json"
_VERSIONS: Final = ".release-please-manifest.json"
_LANGUAGES: Final = ("node", "python", "rust", "go", "simple")
_PER_PACKAGE: Final = ("", "packages.*.")
_BY_ITSELF: Final = "found out by tagship itself"
_RULES: Final = (
    Rule("$schema", "nothing to say", "the file's own format"),
    *(
        Rule(f"{prefix}{key}", became, reason)
        for prefix in _PER_PACKAGE
        for key, became, reason in (
            ("package-name", "the manifest's name", _BY_ITSELF),
            ("component", "the package's name", "`packages.<name>.tag` says how its tags look"),
            ("include-component-in-tag", "tags as in the history", "`packages.<name>.tag` says otherwise"),
            ("include-v-in-tag", "tags as in the history", "`version.tag` says otherwise"),
            ("tag-separator", "tags as in the history", "`packages.<name>.tag` says otherwise"),
            ("changelog-path", "CHANGELOG.md", "beside the manifest"),
            ("changelog-type", "the changelog's style", "`changelog` in tagship.yaml changes it"),
            ("changelog-host", "the repository", _BY_ITSELF),
            ("changelog-sections", "", "write `changelog.titles`, and `version.types` for what raises the version"),
            ("skip-changelog", "", "write a changelog template that is empty"),
            (
                "bump-minor-pre-major",
                "version.major-on-zero: false",
                "the default: breaking changes raise the minor number",
            ),
            ("bump-patch-for-minor-pre-major", "", "write `version.types: {feat: patch}` until 1.0.0"),
            ("versioning", "versions as the commits say", "`version.scheme` for dates"),
            ("prerelease", "version-bump's input `prerelease`", "when a version is made"),
            ("prerelease-type", "version-bump's input `prerelease`", "alpha, beta or rc"),
            ("draft", "draft, in the workflow", ""),
            ("draft-pull-request", "", "the release pull request is an open one"),
            ("force-tag-creation", "the tag", "made when the pull request is merged"),
            ("skip-github-release", "", "a release is made of each tag"),
            ("release-as", "version-bump's input `version`", "when a version is made"),
            ("pull-request-*", "", "title and text of the release pull request are fixed"),
            ("separate-pull-requests", "", "there is one release pull request"),
            ("version-file", "", "name the file in `version.sites`"),
            ("exclude-paths", "", "a commit counts for the packages whose files it touches"),
            ("extra-label", "", "the release pull request has its own label"),
            ("initial-version", "the version in the files", "the first release is what they say"),
        )
    ),
    Rule("release-type", reason="tagship has no such language"),
    Rule("packages.*.release-type", reason="tagship has no such language"),
    Rule("packages.*.extra-files.*", reason="it is found by a marker in the file: name the place in `version.sites`"),
    Rule("extra-files.*", reason="it is found by a marker in the file: name the place in `version.sites`"),
    Rule("packages", "the packages of the commit", _BY_ITSELF),
    Rule("bootstrap-sha", "the history's tags", "the last one before HEAD is the last release"),
    Rule("last-release-sha", "the history's tags", "the last one before HEAD is the last release"),
    Rule("plugins", "versions that follow each other", "dependencies inside of the repository are written with them"),
    Rule("group-pull-request-title-pattern", reason="title and text of the release pull request are fixed"),
    Rule("always-*", reason="what did not change is not released again"),
    Rule("sequential-calls", "nothing to say", "requests are paced"),
    Rule("label", reason="the release pull request has its own label"),
    Rule("release-label", reason="the release pull request has its own label"),
    Rule("signoff", reason="the commit is GitHub's, and signed by it"),
    Rule("commit-*", reason="history is read as far as the last release"),
    Rule("release-search-depth", "the history's tags"),
)


class ReleasePlease:
    """:class:`tagship.ports.Migration` for release-please."""

    name: ClassVar[str] = "release-please"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose configuration and versions, at the top or where they usually are."""
        return [path for path in paths if path in {_CONFIG, _VERSIONS, f".github/{_CONFIG}", f".github/{_VERSIONS}"}]

    def read(self, texts: Mapping[str, str], packages: Sequence[str]) -> Migrated:
        """Read both."""
        del packages
        notes: list[Any] = []
        settings: dict[str, Any] = {}
        draft = False
        for file, text in texts.items():
            places = of_json(text, file)
            if file.endswith(_VERSIONS):
                reason = "tags and manifests say which versions there are: the file can go"
                notes += account(file, places, [Rule("*", "the history's tags", reason)])
                continue
            found = {**_languages(places), **_sites(places, settings), **_linked(places, settings)}
            notes += account(file, places, _RULES, found)
            draft = draft or True in [*values(places, "draft"), *values(places, "packages.*.draft")]
        return Migrated(notes=tuple(notes), settings=settings, draft=draft)


def _languages(places: Sequence[Place]) -> dict[Keys, Fate]:
    return {
        place.keys: Fate(f"the package's language: {place.value}", _BY_ITSELF)
        for place in places
        if place.keys[-1:] == ("release-type",) and place.value in _LANGUAGES
    }


def _sites(places: Sequence[Place], settings: dict[str, Any]) -> dict[Keys, Fate]:
    """Turn extra files that have a path in JSON, YAML or TOML into places of the version."""
    found: dict[Keys, Fate] = {}
    sites: list[dict[str, str]] = []
    for keys in dict.fromkeys(place.keys[:-1] for place in places if "extra-files" in place.keys[:-2]):
        said = {place.keys[-1]: str(place.value) for place in places if place.keys[:-1] == keys}
        path, file = said.get("jsonpath", ""), said.get("path", "")
        folder = keys[1] if keys[0] == "packages" and keys[1] != "." else ""
        plain = _plain_path(path)
        if file and plain and not any(letter in file for letter in "*?["):
            site = {"file": f"{folder}/{file}".lstrip("/") if not file.startswith("/") else file[1:], "path": plain}
            sites.append(site)
            found[keys] = Fate(f"version.sites: {site['file']} {plain}")
        else:
            found[keys] = Fate(reason="it has no plain path to one value: name the place in `version.sites`")
    if sites:
        settings.setdefault("version", {})["sites"] = sites
    return found


def _plain_path(jsonpath: str) -> str:
    """Turn ``$.image.tag`` and ``$.a[0].b`` into keys joined by dots; empty where more is in it."""
    text = (
        jsonpath.removeprefix("$")
        .removeprefix(".")
        .replace("[", ".")
        .replace("]", "")
        .replace("'", "")
        .replace('"', "")
    )
    return "" if not text or any(letter in text for letter in "*?@(),: ") or ".." in text else text.lstrip(".")


def _linked(places: Sequence[Place], settings: dict[str, Any]) -> dict[Keys, Fate]:
    """Keep components that always have one version."""
    found = {}
    for place in places:
        if place.keys[:1] == ("plugins",) and place.value == "linked-versions" and place.keys[-1] == "type":
            names = texts(places, f"plugins.{place.keys[1]}.components.*")
            if names:
                settings.setdefault("version", {}).setdefault("linked", []).append(names)
            found[place.keys[:2]] = Fate(f"version.linked: {', '.join(names)}")
    return found


PLUGIN: Final = ReleasePlease()
