"""The package managers of npm packages: how each installs what a lock says, runs a script, and packs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tagship.adapters.shell import scrubbed
from tagship.domain.manifests.layout import join, upwards
from tagship.ports import BuildJob, Tools

LOCKS: Final = {
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
    "bun.lock": "bun",
    "bun.lockb": "bun",
}
_PUBLIC: Final = ("registry", "cafile", "ca", "proxy", "https-proxy", "noproxy", "strict-ssl", "maxsockets")


class Manager(msgspec.Struct, frozen=True, kw_only=True):
    """One package manager's own words; scripts are off while it installs."""

    install: tuple[str, ...]
    run: tuple[str, ...]
    pack: tuple[str, ...]
    refreshed: str
    """The command that brings its lock up to date."""
    rebuild: tuple[str, ...] = ("npm", "rebuild", "--foreground-scripts")
    """Runs the install scripts of the dependencies named: npm does it where there is a ``node_modules`` as it knows it."""


MANAGERS: Final = {
    "npm": Manager(
        install=("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"),
        run=("npm", "run", "--foreground-scripts"),
        pack=("npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", "{folder}"),
        refreshed="npm install --package-lock-only",
    ),
    "pnpm": Manager(
        install=("pnpm", "install", "--frozen-lockfile", "--ignore-scripts"),
        run=("pnpm", "run"),
        rebuild=("pnpm", "rebuild", "--recursive"),
        pack=("pnpm", "pack", "--config.ignore-scripts=true", "--pack-destination", "{folder}"),
        refreshed="pnpm install --lockfile-only",
    ),
    "yarn": Manager(
        install=("yarn", "install", "--immutable", "--mode=skip-build"),
        run=("yarn", "run"),
        rebuild=("yarn", "rebuild"),
        pack=("yarn", "pack", "--out", "{folder}/package.tgz"),
        refreshed="yarn install --mode=update-lockfile",
    ),
    "yarn-classic": Manager(
        install=("yarn", "install", "--ignore-scripts", "--non-interactive"),
        run=("yarn", "run"),
        pack=("yarn", "pack", "--ignore-scripts", "--filename", "{folder}/package.tgz"),
        refreshed="yarn install",
    ),
    "bun": Manager(
        install=("bun", "install", "--frozen-lockfile", "--ignore-scripts"),
        run=("bun", "run"),
        pack=("bun", "pm", "pack", "--ignore-scripts", "--destination", "{folder}"),
        refreshed="bun install --lockfile-only",
    ),
}
UNLOCKED: Final = ("npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund")


def yarn_entries(lock: str) -> set[str]:
    """Name the ranges that a ``yarn.lock`` of Yarn 1 answers.

    That Yarn's ``--frozen-lockfile`` overlooks what a workspace's packages ask for (github.com/yarnpkg/yarn/issues/5840),
    so what it adds to the lock is looked at instead.
    """
    heads = (line[:-1] for line in lock.splitlines() if line.endswith(":") and not line.startswith((" ", "#")))
    return {entry.strip().strip('"') for head in heads for entry in head.split(", ")}


def program(manager: str) -> str:
    """Return the program of a manager: two kinds of Yarn share one."""
    return manager.partition("-")[0]


def versions(job: BuildJob, tools: Tools) -> dict[str, str]:
    """Return the versions of Node.js and of the package manager."""
    names = ("node", program(job.package.details.get("manager", "npm")))
    said = {
        name: tools.shell.run([name, "--version"], cwd=job.out, env=scrubbed(job.environment)).stdout.strip()
        for name in names
    }
    return {name: version.removeprefix("v") for name, version in said.items()}


def choose(paths: Sequence[str], folder: str) -> tuple[str, str]:
    """Return the manager of a package and the folder of its lock: the nearest one upwards; npm without a lock."""
    listed = set(paths)
    for place in upwards(folder):
        for name, manager in LOCKS.items():
            if join(place, name) in listed:
                classic = manager == "yarn" and join(place, ".yarnrc.yml") not in listed
                return (f"{manager}-classic" if classic else manager), place
    return "npm", ""


def public_settings(text: str) -> str:
    """Keep of a user's ``.npmrc`` where packages come from, and nothing that lets anybody in."""
    kept = []
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        name = key.strip()
        wanted = name in _PUBLIC or name.startswith("omit-lockfile") or name.endswith(":registry")
        if sign and wanted and "@" not in value:
            kept.append(line)
    return "\n".join([*kept, ""])


def environment(base: Mapping[str, str], user_settings: Path) -> dict[str, str]:
    """Return what a package manager is started with: no user's settings but those in a file of ours, no questions."""
    return {**base, "NPM_CONFIG_USERCONFIG": str(user_settings), "NPM_CONFIG_UPDATE_NOTIFIER": "false", "CI": "true",
            "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0", "NO_COLOR": "1"}  # fmt: skip
