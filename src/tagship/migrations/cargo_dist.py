"""cargo-dist (``dist``): ``dist-workspace.toml``, ``dist.toml`` or the metadata in ``Cargo.toml``.

Its keys: https://axodotdev.github.io/cargo-dist/book/reference/config.html
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from tagship.domain.plans.target import Target
from tagship.domain.setup.migration import Fate, Migrated, Rule, account
from tagship.domain.text.config_places import Keys, Place, of_toml, texts

_OWN: Final = ("dist-workspace.toml", "dist.toml")
_INSIDE: Final = {
    "dist-workspace.toml": ("dist",),
    "dist.toml": ("dist",),
    "Cargo.toml": ("workspace", "metadata", "dist"),
}
"""Which table of a file is cargo-dist's."""
_INSTALLERS: Final = {"shell": "install-sh", "powershell": "install-ps1", "homebrew": "homebrew"}
_OTHERS: Final = {
    "npm": Fate("npm packages around the program", "`packages.<name>.npm`, and the channel npm"),
    "msi": Fate(reason="there is no MSI: Scoop, WinGet and install.ps1 install programs on Windows"),
    "updater": Fate(reason="programs do not update themselves: the package managers do"),
}
_SYSTEMS: Final = {"linux": "linux", "apple-darwin": "macos", "windows": "windows"}
_CHANNELS: Final = {"npm": "npm"}
_BY_ITSELF: Final = "found out by tagship itself"
_RULES: Final = (
    Rule("cargo-dist-version", "the commit that the workflow is pinned to"),
    Rule("ci", "the release workflow", "GitHub Actions"),
    Rule("github-custom-runners", reason="write `runners` in tagship.yaml: target → label"),
    Rule("github-custom-job-permissions", reason="jobs of your own stand in a workflow of your own"),
    Rule("github-attestations*", "attestations", "always, where the job may write them"),
    Rule("github-release", "publish last", "a release is a draft until every file is there"),
    Rule("github-releases-*", reason="releases are made where the tag is"),
    Rule("github-build-setup", reason="toolchains are those of the runner; cargo-zigbuild and zig are fetched by hash"),
    Rule("create-release", "the release", "made, or completed when it is there"),
    Rule("pr-run-mode", "a plan of one platform on pull requests", "by build-matrix"),
    Rule("dispatch-releases", "workflow_dispatch", "by hand: next version, or an existing tag"),
    Rule("release-branch", reason="releases are made of tags"),
    Rule("tag-namespace", reason="write `packages.<name>.tag` in tagship.yaml"),
    Rule("install-path", "~/.local/bin", "install.sh and install.ps1 have options for another place"),
    Rule("install-success-msg", reason="install.sh says what it did"),
    Rule("install-updater", reason="programs do not update themselves: the package managers do"),
    Rule("install-libraries", reason="programs are static, or stand alone"),
    Rule("tap", reason="the formula is among the release's files: name the tap as the address of the channel `homebrew`"),
    Rule("formula", reason="the formula is called as the package is"),
    Rule("npm-scope", reason="write `packages.<name>.npm: {name: …}` in tagship.yaml"),
    Rule("npm-package", reason="write `packages.<name>.npm: {name: …}` in tagship.yaml"),
    Rule("checksum", "checksums.txt", "SHA-256, signed"),
    Rule("unix-archive", "tar.gz", "no other formats"),
    Rule("windows-archive", "zip", "no other formats"),
    Rule("auto-includes", "readme, licence, completions, man pages", "found by their names"),
    Rule("include", reason="readme, licence, completions and man pages are packed; nothing else is"),
    Rule("extra-artifacts", reason="files of your own: `release-assets` with `files` and `on-extra: keep`"),
    Rule("source-tarball", reason="GitHub has the sources of each tag"),
    Rule("publish-prereleases", "prereleases like final releases", "under their own dist-tags and image tags"),
    Rule("*-jobs", reason="a job of your own stands in a workflow of your own, after the release"),
    Rule("allow-dirty", "nothing to say", "what somebody changed in the workflow is left alone"),
    Rule("cargo-auditable", "cargo auditable", "used where it is installed"),
    Rule("cargo-cyclonedx", "cyclonedx, spdx", "always"),
    Rule("omnibor", reason="there are SBOMs and provenance instead"),
    Rule("msvc-crt-static", "static programs"),
    Rule("min-glibc-version", "musl", "programs for Linux run without any C library"),
    Rule("precise-builds", "one build per package", _BY_ITSELF),
    Rule("features", reason="the default features are built"),
    Rule("all-features", reason="the default features are built"),
    Rule("default-features", reason="the default features are built"),
    Rule("dist", reason="`packages.<name>.release: false` keeps a package back"),
    Rule("ssldotcom-windows-sign", reason="programs have signatures beside them, none inside"),
    Rule("macos-sign", reason="programs have signatures beside them, none inside"),
    Rule("hosting", "GitHub Releases"),
    Rule("display*", "the package's name"),
    Rule("merge-tasks", "legs", "few jobs, as long as they are not too long"),
    Rule("fail-fast", "a release is whole or a draft"),
    Rule("bin-aliases", reason="programs have one name"),
    Rule("dependencies", reason="what a build needs is on the runner, or comes with zig"),
)  # fmt: skip


class CargoDist:
    """:class:`tagship.ports.Migration` for cargo-dist."""

    name: ClassVar[str] = "cargo-dist"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose its own file, else the workspace's manifest."""
        return [path for path in (*_OWN, "Cargo.toml") if path in paths][:1]

    def read(self, texts: Mapping[str, str], packages: Sequence[str]) -> Migrated:
        """Read it; a manifest may have nothing of it."""
        ((file, text),) = texts.items()
        inside = _INSIDE[file]
        places = [
            Place(keys=place.keys[len(inside) :], value=place.value, line=place.line)
            for place in of_toml(text, file)
            if place.keys[: len(inside)] == inside
        ]
        settings: dict[str, Any] = {}
        found = {**_targets(places, settings), **_installers(places, settings, packages)}
        return Migrated(notes=account(file, places, _RULES, found), settings=settings)


def _targets(places: Sequence[Place], settings: dict[str, Any]) -> dict[Keys, Fate]:
    """Turn Rust's triples into targets; a C library is not chosen: musl runs everywhere."""
    known = {
        place.keys: _target(str(place.value)) for place in places if place.keys[:1] == ("targets",) and place.value
    }
    chosen = {target for target in known.values() if target}
    wanted = [target.value for target in Target if target in chosen]
    if chosen and len(wanted) < len(Target) - 1:
        settings["targets"] = wanted
    became = f"targets: {', '.join(wanted)}" if "targets" in settings else "all six platforms"
    lost = {keys: Fate(reason="it is not among the six platforms") for keys, target in known.items() if target is None}
    return {**({("targets",): Fate(became)} if chosen else {}), **lost}


def _target(triple: str) -> Target | None:
    machine, _, rest = triple.partition("-")
    system = next((name for word, name in _SYSTEMS.items() if word in rest), "")
    return next((target for target in Target if target.value == f"{system}-{machine}"), None)


def _installers(places: Sequence[Place], settings: dict[str, Any], packages: Sequence[str]) -> dict[Keys, Fate]:
    """Sort installers into ours, packages around the program, and those that there are not."""
    wanted = texts(places, "installers.*")
    if "homebrew" in wanted:
        settings["installers"] = ["install-ps1", "install-sh", "homebrew"]
    jobs = [name for name in texts(places, "publish-jobs.*") if name in _CHANNELS]
    if jobs:
        settings["channels"] = jobs
    if "npm" in wanted and len(packages) == 1:
        settings["packages"] = {packages[0]: {"npm": True}}
    found = {}
    for place in places:
        if place.keys[:1] == ("installers",) and isinstance(place.value, str):
            ours = _INSTALLERS.get(place.value)
            fate = (
                Fate(f"installers: {ours}")
                if ours
                else _OTHERS.get(place.value, Fate(reason="there is nothing like it"))
            )
            found[place.keys] = fate
        elif place.keys[:1] == ("publish-jobs",) and place.value in _CHANNELS:
            found[place.keys] = Fate(
                f"channels: {_CHANNELS[place.value]}", "with TAGSHIP_NPM_TOKEN, or as trusted publisher"
            )
        elif place.keys[:1] == ("publish-jobs",) and place.value != "homebrew":
            found[place.keys] = Fate(reason="a job of your own stands in a workflow of your own, after the release")
        elif place.keys[:1] == ("publish-jobs",):
            found[place.keys] = Fate(
                reason="the formula is among the release's files: name the tap as the address of the channel `homebrew`"
            )
    return found


PLUGIN: Final = CargoDist()
