"""npm packages around a program: one per platform, and one that people install, which asks for them all as optional.

npm installs those optional dependencies only whose ``os`` and ``cpu`` are this machine's (docs.npmjs.com/cli/configuring-npm/
package-json#optionaldependencies). Nothing is fetched by a script: there is none. Programs for Linux are static, so there is
no ``libc`` to ask for: one package serves glibc and musl.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tagship.domain.plans.plan import bare
from tagship.domain.plans.target import Target

LICENSE_FALLBACK: Final = "SEE LICENSE IN LICENSE"


def platform_name(name: str, target: Target) -> str:
    """Name the package of a platform: ``@octo/tides-mcp-linux-x64``."""
    return f"{name}-{target.names.npm.replace('/', '-')}"


def tarball_name(name: str, version: str) -> str:
    """Name a tarball as ``npm pack`` does."""
    return f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"


def about(
    version: str, license_: str | None, description: str, repository: str | None, mcp_name: str | None
) -> dict[str, Any]:
    """Say what all packages of a program have in common."""
    said: dict[str, Any] = {"version": version}
    said |= {"description": description} if description else {}
    said |= {"license": license_ or LICENSE_FALLBACK}
    if repository:
        said |= {
            "repository": {"type": "git", "url": f"git+https://github.com/{repository}.git"},
            "homepage": f"https://github.com/{repository}#readme",
        }
    return said | ({"mcpName": mcp_name} if mcp_name else {})


def platform_manifest(name: str, target: Target, said: Mapping[str, Any]) -> dict[str, Any]:
    """Write the manifest of a platform's package. Plug'n'Play of Yarn must unpack it: programs do not run out of archives."""
    system, _, processor = target.names.npm.partition("/")
    own = {key: value for key, value in said.items() if key != "mcpName"}
    words = f"{own.get('description', '')} (the program for {target})".strip()
    return {
        "name": platform_name(name, target),
        **own,
        "description": words,
        "os": [system],
        "cpu": [processor],
        "files": ["bin"],
        "preferUnplugged": True,
    }


def manifest(
    name: str, programs: Mapping[str, str], targets: Sequence[Target], said: Mapping[str, Any]
) -> dict[str, Any]:
    """Write the manifest of the package that people install; ``programs`` are the launchers by their commands."""
    return {
        "name": name,
        **said,
        "bin": dict(sorted(programs.items())),
        "files": ["bin"],
        "engines": {"node": ">=18"},
        "optionalDependencies": {platform_name(name, target): said["version"] for target in sorted(targets)},
    }


def commands(name: str, entry: str, programs: Sequence[str]) -> dict[str, str]:
    """Return the launcher of each command; ``npx <name>`` must find one that is called like the package."""
    own = bare(name)
    made = {program: f"bin/{program}.js" for program in programs}
    return made if len(made) == 1 or own in made else {own: made[entry], **made}
