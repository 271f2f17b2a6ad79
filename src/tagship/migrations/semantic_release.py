"""semantic-release: ``.releaserc`` in JSON or YAML, or ``release`` in ``package.json``.

Its keys: https://semantic-release.gitbook.io/semantic-release/usage/configuration
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.domain.setup.migration import Fate, Migrated, Note, Rule, account
from tagship.domain.text.config_places import Keys, Place, of_json, of_yaml, values

_FILES: Final = (".releaserc", ".releaserc.json", ".releaserc.yaml", ".releaserc.yml")
_PROGRAMS: Final = (".releaserc.js", ".releaserc.cjs", ".releaserc.mjs", ".releaserc.ts", "release.config.js",
                    "release.config.cjs", "release.config.mjs", "release.config.ts")  # fmt: skip
_INSIDE: Final = "package.json"
_CHANGES: Final = {"major": "major", "minor": "minor", "patch": "patch", "false": "none"}
_PLUGINS: Final = {
    "@semantic-release/commit-analyzer": Fate("version-bump", "`version.types` changes what types of commits mean"),
    "@semantic-release/release-notes-generator": Fate(
        "notes from CHANGELOG.md", "with install commands, digests, verification"
    ),
    "@semantic-release/changelog": Fate("CHANGELOG.md", "kept by version-bump"),
    "@semantic-release/github": Fate("release-assets", "a draft until every planned file is there"),
    "@semantic-release/git": Fate("version-bump", "commit and tag together, signed by GitHub in a workflow"),
    "@semantic-release/npm": Fate("channels: npm", "with TAGSHIP_NPM_TOKEN, or as trusted publisher"),
    "@semantic-release/exec": Fate(
        reason="commands of your own are jobs of your own; versions in files are `version.sites`"
    ),
    "semantic-release-pypi": Fate("channels: pypi", "with TAGSHIP_PYPI_TOKEN, or as trusted publisher"),
    "@semantic-release/gitlab": Fate(reason="releases are made on GitHub, or in a folder"),
    "semantic-release-monorepo": Fate("packages with tags of their own", "found out by tagship itself"),
    "semantic-release-replace-plugin": Fate(reason="name the places in `version.sites`"),
    "@google/semantic-release-replace-plugin": Fate(reason="name the places in `version.sites`"),
}
_PUBLISHERS: Final = {"@semantic-release/npm": "npm", "semantic-release-pypi": "pypi"}
_DEFAULT: Final = "@semantic-release/npm"
"""It is among the plug-ins where none are named, like the other three that need nothing here."""
_RULES: Final = (
    Rule("extends", reason="a package of somebody's is not read: say here what it says"),
    Rule("branches.*.prerelease", "version-bump's input `prerelease`", "alpha, beta or rc, when a version is made"),
    Rule("branches.*.channel", "the dist-tag as the version says", "`rc` of 1.0.0-rc.1, `release-1.x` of an older line"),
    Rule("branches.*.range", "dist-tags of older lines", "as the version says"),
    Rule("branches", "the branch that the workflow is run on", "a version is made where it is asked for"),
    Rule("repositoryUrl", "the repository", "found out by tagship itself"),
    Rule("tagFormat", "version.tag"),
    Rule("dryRun", "--dry-run", "of every command"),
    Rule("ci", "nothing to say", "commands work on a laptop, too"),
    Rule("debug", "nothing to say"),
    Rule("preset", "version-bump", "Conventional Commits"),
    Rule("plugins.*", reason="tagship has nothing like this plug-in, as far as is known: it is a job of your own"),
    *(
        Rule(step, reason="steps are fixed: a command of your own is a job of your own")
        for step in ("verifyConditions", "analyzeCommits", "verifyRelease", "generateNotes", "prepare", "publish", "addChannel",
                     "success", "fail")
    ),
)  # fmt: skip


class SemanticRelease:
    """:class:`tagship.ports.Migration` for semantic-release."""

    name: ClassVar[str] = "semantic-release"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose its own file, a program that makes one, or the manifest."""
        return [path for path in (*_FILES, *_PROGRAMS, _INSIDE) if path in paths][:1]

    def read(self, texts: Mapping[str, str], packages: Sequence[str]) -> Migrated:
        """Read it; a manifest may have nothing of it, and a program is not run."""
        del packages
        ((file, text),) = texts.items()
        if file in _PROGRAMS:
            reason = "it is a program, and not run: write what it makes as .releaserc.json, and call init again"
            return Migrated(notes=(Note(file=file, line=1, what="the configuration", reason=reason),))
        places = _places(file, text)
        if not places:
            return Migrated()
        settings: dict[str, Any] = {}
        found = {**_plugins(places, settings), **_types(places, settings)}
        style = next(iter(values(places, "tagFormat")), None)
        if isinstance(style, str) and style.count("${version}") == 1:
            settings.setdefault("version", {})["tag"] = style.replace("${version}", "{version}")
        return Migrated(notes=account(file, places, _RULES, found), settings=settings)


def _places(file: str, text: str) -> Sequence[Place]:
    if file != _INSIDE:
        return of_json(text, file) if text.lstrip().startswith("{") else of_yaml(text, file)
    return [
        Place(keys=place.keys[1:], value=place.value, line=place.line)
        for place in of_json(text, file)
        if place.keys[:1] == ("release",) and len(place.keys) > 1
    ]


def _plugins(places: Sequence[Place], settings: dict[str, Any]) -> dict[Keys, Fate]:
    """Say what each plug-in became, with all its options; those that publish are channels."""
    found: dict[Keys, Fate] = {}
    channels = []
    named = {
        place.keys[1]: str(place.value)
        for place in places
        if place.keys[:1] == ("plugins",) and place.keys[1:2] and place.keys[2:] in {(), ("0",)}
    }
    for number, name in (named or {"": _DEFAULT}).items():
        if fate := _PLUGINS.get(name):
            found["plugins", number] = Fate(f"{name} is {fate.became}" if fate.became else "", fate.reason)
        if name in _PUBLISHERS and False not in values(places, f"plugins.{number}.1.npmPublish"):
            channels.append(_PUBLISHERS[name])
    if channels:
        settings["channels"] = channels
    return found


def _types(places: Sequence[Place], settings: dict[str, Any]) -> dict[Keys, Fate]:
    """Turn rules about a type of commit alone into ``version.types``."""
    found: dict[Keys, Fate] = {}
    types: dict[str, str] = {}
    for keys in dict.fromkeys(place.keys[:-1] for place in places if place.keys[-3:-2] == ("releaseRules",)):
        said = {place.keys[-1]: place.value for place in places if place.keys[:-1] == keys}
        change = _CHANGES.get(str(said.get("release")).lower())
        if set(said) == {"type", "release"} and change:
            types[str(said["type"])] = change
            found[keys] = Fate(f"version.types: {said['type']}: {change}")
        else:
            found[keys] = Fate(reason="rules are about types of commits alone: `version.types`")
    if types:
        settings.setdefault("version", {})["types"] = types
    return found


PLUGIN: Final = SemanticRelease()
