"""GoReleaser: ``.goreleaser.yaml``, as https://goreleaser.com/customization/ describes it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.domain.plans.target import Target
from tagship.domain.setup.migration import Fate, Migrated, Rule, account
from tagship.domain.text.config_places import Keys, Place, of_yaml, texts, values

_FILES: Final = (".goreleaser.yaml", ".goreleaser.yml", "goreleaser.yaml", "goreleaser.yml")
_ALL: Final = tuple(target for target in Target if target is not Target.ANY)
_OS: Final = {"darwin": "macos"}
_ARCH: Final = {"amd64": "x86_64", "arm64": "aarch64"}
_DEFAULT: Final = (("linux", "darwin", "windows"), ("amd64", "arm64", "386"))
"""What GoReleaser builds where nothing is said."""
_FIELD: Final = re.compile(r"\{\{-?\s*\.(\w+)\s*-?\}\}")
_FIELDS: Final = {"ProjectName": "{name}", "Version": "{version}", "Os": "{goos}", "Arch": "{goarch}"}
_LINUX: Final = ("deb", "rpm", "apk", "archlinux")
_INSTALLERS: Final = {
    "brews": "homebrew",
    "homebrew_casks": "homebrew",
    "scoops": "scoop",
    "scoop": "scoop",
    "winget": "winget",
}
_HOOKS: Final = (
    "builds run in a clean copy of the commit, without hooks: commit what they make, or make it in the build itself"
)
_VARIABLES: Final = "builds see an allow list of variables, and no secret"
_BY_ITSELF: Final = "found out by tagship itself"
_RULES: Final = (
    Rule("version", "nothing to say", "the file's own format"),
    Rule("project_name", "the package's name", "`name` in tagship.yaml would change it"),
    Rule("before", reason=_HOOKS),
    Rule("after", reason=_HOOKS),
    Rule("builds.*.id", "the plan's package", _BY_ITSELF),
    Rule("builds.*.main", "the plan's package", _BY_ITSELF),
    Rule("builds.*.binary", "the program's name", "as its folder below cmd/ or the module is called"),
    Rule("builds.*.dir", "the package's folder", _BY_ITSELF),
    Rule("builds.*.builder", "the package's language", _BY_ITSELF),
    Rule("builds.*.goamd64", reason="programs are built for amd64 v1, which runs everywhere"),
    Rule("builds.*.goarm*", reason="32-bit ARM is not among the six platforms"),
    Rule("builds.*.ldflags", "version, commit and date", "set by the linker where the code has variables for them; -s -w always"),
    Rule("builds.*.flags", "-trimpath -buildvcs", "always; other flags are not carried over"),
    Rule("builds.*.mod_timestamp", "the commit's time", "builds are reproducible"),
    Rule("builds.*.hooks", reason=_HOOKS),
    Rule("builds.*.skip", reason="`packages.<name>.release: false` keeps a package back"),
    Rule("archives.*.id", "one archive per platform", _BY_ITSELF),
    Rule("archives.*.ids", "one archive per platform", _BY_ITSELF),
    Rule("archives.*.builds", "one archive per platform", _BY_ITSELF),
    Rule("archives.*.format*", "tar.gz, and zip on Windows", "no other formats"),
    Rule("archives.*.files", "readme, licence, completions, man pages", "found by their names; other files are not packed"),
    Rule("archives.*.wrap_in_directory", reason="archives have no folder around their files"),
    Rule("checksum", "checksums.txt", "SHA-256, signed"),
    Rule("snapshot", "the plan of an untagged commit", "named by the version in the files"),
    Rule("nightly", reason="nightly builds are not planned"),
    Rule("changelog.disable", reason="notes are CHANGELOG.md's section; without the file there are none"),
    Rule("changelog", "version-bump's CHANGELOG.md", "from Conventional Commits; `changelog` in tagship.yaml changes it"),
    Rule("release.github", "the repository", _BY_ITSELF),
    Rule("release.draft", "draft, in the workflow"),
    Rule("release.prerelease", "prerelease: auto", "as the version says"),
    Rule("release.make_latest", "make-latest: auto", "the newest final version"),
    Rule("release.mode", "on-different: auto", "equal bytes stay, others are refused once published"),
    Rule("release.replace_existing_*", "nothing to say", "a release always converges"),
    Rule("release.use_existing_draft", "nothing to say", "a release always converges"),
    Rule("release.disable", reason="a release is what tagship makes; `tagship build` alone makes none"),
    Rule("release", reason="title and notes are made by release-assets: `name`, `body-file`"),
    Rule("nfpms.*.maintainer", "linux-packages.maintainer"),
    Rule("nfpms.*.formats", "linux-packages.formats"),
    Rule("nfpms.*.dependencies", "linux-packages.depends"),
    Rule("nfpms.*.license", "the licence in the manifest", _BY_ITSELF),
    Rule("nfpms.*.description", "the package's description", _BY_ITSELF),
    Rule("nfpms.*.homepage", "the repository", _BY_ITSELF),
    Rule("nfpms", reason="packages hold programs, documents, completions and man pages, and no scripts"),
    Rule("brews", "installers: homebrew", "a formula in the release; the channel `homebrew` brings it into a tap"),
    Rule("homebrew_casks", "installers: homebrew", "a formula in the release; the channel `homebrew` brings it into a tap"),
    Rule("scoops", "installers: scoop", "a manifest among the release's files; the channel `scoop` brings it into a bucket"),
    Rule("scoop", "installers: scoop", "a manifest among the release's files; the channel `scoop` brings it into a bucket"),
    Rule("winget", "installers: winget", "manifests among the release's files; the channel `winget` proposes them"),
    Rule("dockers*", "the image of the Dockerfile", "without an engine; `channels: [{kind: oci, address: …}]` pushes it"),
    Rule("docker_manifests", "one image for all platforms"),
    Rule("kos", "an image around the program", "`packages.<name>.container: true`; `channels: [{kind: oci, …}]` pushes it"),
    Rule("sboms", "cyclonedx, spdx", "always, of packages and images"),
    Rule("docker_signs", "signed statements beside the image", "by the same signers"),
    Rule("universal_binaries", reason="macOS gets one program per architecture"),
    Rule("upx", reason="packed programs are taken for malware, and cannot be looked into"),
    Rule("source", reason="GitHub has the sources of each tag"),
    Rule("mcp*", "channels: mcp-registry", "from server.json"),
    Rule("npms", "npm packages around the program", "and the channel npm"),
    Rule("gomod", "the module as committed"),
    Rule("metadata", "the commit's time"),
    Rule("env", reason=_VARIABLES),
    Rule("dist", "the input `dist`"),
    Rule("announce", reason="the channel `webhook` tells others"),
    Rule("milestones", reason="milestones are not closed"),
    Rule("blobs", reason="the channel `artifactory` puts files to stores that take them by PUT"),
    Rule("artifactories", reason="configure the channel `artifactory`"),
    Rule("uploads", reason="the channel `artifactory` puts files to stores that take them by PUT"),
    Rule("publishers", reason="a program of your own is a job of your own, after the release"),
    Rule("notarize", reason="macOS programs are not notarized"),
    Rule("report_sizes", "sizes in the manifest"),
    Rule("git", "the history's tags", _BY_ITSELF),
)  # fmt: skip


class Goreleaser:
    """:class:`tagship.ports.Migration` for GoReleaser."""

    name: ClassVar[str] = "goreleaser"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose its configuration at the top."""
        return [path for path in _FILES if path in paths][:1]

    def read(self, texts: Mapping[str, str], packages: Sequence[str]) -> Migrated:
        """Read it."""
        ((file, text),) = texts.items()
        places = of_yaml(text, file)
        settings: dict[str, Any] = {}
        found = {**_targets(places, settings), **_archives(places, settings), **_signs(places)}
        _packages(places, settings, packages)
        return Migrated(
            notes=account(file, places, _RULES, found),
            settings=settings,
            signers=tuple(dict.fromkeys(_signer(command) for command in _commands(places))),
            draft=True in values(places, "release.draft"),
        )


def _targets(places: Sequence[Place], settings: dict[str, Any]) -> dict[Keys, Fate]:
    """Turn systems and architectures into targets; those that are none are told one by one."""
    systems = texts(places, "builds.*.goos.*") or _DEFAULT[0]
    machines = texts(places, "builds.*.goarch.*") or _DEFAULT[1]
    left_out = {pair for number in _numbers(places, "ignore") for pair in _ignored(places, number)}
    pairs = {(system, machine) for system in systems for machine in machines} - left_out
    chosen = [target for target in _ALL if target.value in {_target(*pair) for pair in pairs}]
    if chosen and len(chosen) < len(_ALL):
        settings["targets"] = [target.value for target in chosen]
    became = f"targets: {', '.join(settings['targets'])}" if "targets" in settings else "all six platforms"
    found = {}
    for place in places:
        kind = place.keys[2] if len(place.keys) > 2 and place.keys[0] == "builds" else ""  # noqa: PLR2004
        known = {"goos": ("linux", "darwin", "windows"), "goarch": tuple(_ARCH)}.get(kind)
        if known:
            inside = place.value in known
            found[place.keys if not inside else place.keys[:3]] = (
                Fate(became) if inside else Fate(reason="it is not among the six platforms")
            )
        elif kind == "ignore":
            found[place.keys[:3]] = Fate(became)
        elif kind == "env":
            static = place.value == "CGO_ENABLED=0"
            found[place.keys] = Fate("static programs", "always") if static else Fate(reason=_VARIABLES)
    return found


def _numbers(places: Sequence[Place], key: str) -> list[Keys]:
    return list(
        dict.fromkeys(each.keys[:4] for each in places if each.keys[:1] == ("builds",) and each.keys[2:3] == (key,))
    )


def _ignored(places: Sequence[Place], keys: Keys) -> list[tuple[str, str]]:
    said = {each.keys[4]: each.value for each in places if each.keys[:4] == keys and len(each.keys) == 5}  # noqa: PLR2004
    systems = [said["goos"]] if "goos" in said else ["linux", "darwin", "windows"]
    machines = [said["goarch"]] if "goarch" in said else list(_ARCH)
    return [(str(system), str(machine)) for system in systems for machine in machines] if len(said) <= 2 else []  # noqa: PLR2004


def _target(system: str, machine: str) -> str:
    return f"{_OS.get(system, system)}-{_ARCH.get(machine, machine)}"


def _archives(places: Sequence[Place], settings: dict[str, Any]) -> dict[Keys, Fate]:
    """Translate the names of archives, if nothing but plain fields is in them."""
    found: dict[Keys, Fate] = {}
    for place in places:
        if place.keys[:1] == ("archives",) and place.keys[2:] == ("name_template",) and isinstance(place.value, str):
            name = _FIELD.sub(lambda field: _FIELDS.get(field[1], field[0]), place.value.strip())
            plain = "{{" not in name and {"{goos}", "{goarch}"} <= set(re.findall(r"\{\w+\}", name))
            if plain:
                settings["archive-name"] = name
            reason = "write `archive-name` by hand: this template has conditions or fields of its own"
            found[place.keys] = Fate(f"archive-name: {name}") if plain else Fate(reason=reason)
    return found


def _packages(places: Sequence[Place], settings: dict[str, Any], packages: Sequence[str]) -> None:
    """Note installers, channels, and what is said of the one package."""
    tops = {each.keys[0] for each in places if each.keys}
    more = sorted({name for key, name in _INSTALLERS.items() if key in tops})
    if more:
        settings["installers"] = ["install-ps1", "install-sh", *more]
    channels = [name for key, name in (("npms", "npm"), ("mcp", "mcp-registry")) if key in tops]
    if channels:
        settings["channels"] = channels
    own: dict[str, Any] = {"npm": True} if "npms" in tops else {}
    if "nfpms" in tops:
        formats = [name for name in _LINUX if name in texts(places, "nfpms.*.formats.*")]
        said: dict[str, Any] = {"maintainer": next(iter(texts(places, "nfpms.*.maintainer")), None)}
        said["depends"] = list(dict.fromkeys(texts(places, "nfpms.*.dependencies.*")))
        own["linux-packages"] = {
            "formats": formats or list(_LINUX),
            **{key: value for key, value in said.items() if value},
        }
    if own and len(packages) == 1:
        settings["packages"] = {packages[0]: own}


def _commands(places: Sequence[Place]) -> list[str]:
    numbers = dict.fromkeys(each.keys[1] for each in places if each.keys[:1] == ("signs",) and len(each.keys) > 1)
    return [next(iter(texts(places, f"signs.{number}.cmd")), "gpg") for number in numbers]


def _signer(command: str) -> str:
    return "sigstore" if "cosign" in command else "gpg"


def _signs(places: Sequence[Place]) -> dict[Keys, Fate]:
    numbers = dict.fromkeys(each.keys[1] for each in places if each.keys[:1] == ("signs",) and len(each.keys) > 1)
    signers = map(_signer, _commands(places))
    reason = "every file, not the list of checksums alone"
    return {
        ("signs", number): Fate(f"signers: {signer}", reason) for number, signer in zip(numbers, signers, strict=True)
    }


PLUGIN: Final = Goreleaser()
