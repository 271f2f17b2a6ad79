"""Wheels around a program: installers put it where commands are, so that ``uvx <name>`` starts it; no Python of ours runs.

Sources: packaging.python.org/en/latest/specifications/ (binary-distribution-format, core-metadata, platform-compatibility-tags).
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from tagship.domain.manifests.python_metadata import canonical
from tagship.domain.plans.target import Target

_LINUX: Final = ("manylinux_2_17_{0}", "manylinux2014_{0}", "musllinux_1_1_{0}")
"""A static program needs no C library: one file serves every Linux."""
_MACOS: Final = {"x86_64": "macosx_12_0_x86_64", "aarch64": "macosx_12_0_arm64"}
"""What programs of Go 1.25 and later need (go.dev/doc/go1.25#darwin); those of Rust run on older ones, too."""
_WINDOWS: Final = {"x86_64": "win_amd64", "aarch64": "win_arm64"}
_README: Final = {".md": "text/markdown", ".rst": "text/x-rst"}


class About(NamedTuple):
    """What a wheel says of itself; ``urls`` by their labels, ``readme`` with its file's ending, ``licences`` are file names."""

    name: str
    version: str
    summary: str
    license: str | None
    licences: tuple[str, ...]
    urls: Mapping[str, str]
    readme: str
    ending: str


def platforms(target: Target) -> tuple[str, ...]:
    """Return the platform tags of a target's programs."""
    system, _, architecture = target.partition("-")
    if system == "linux":
        return tuple(tag.format(architecture) for tag in _LINUX)
    return ((_MACOS if system == "macos" else _WINDOWS)[architecture],)


def stem(name: str, version: str) -> str:
    """Return what the wheel and its folders begin with: ``tides_mcp-1.2.0``."""
    return f"{canonical(name).replace('-', '_')}-{version}"


def file_name(name: str, version: str, target: Target) -> str:
    """Name a wheel."""
    return f"{stem(name, version)}-py3-none-{'.'.join(platforms(target))}.whl"


def wheel_text(target: Target, generator: str) -> str:
    """Write the file ``WHEEL``: a tag a line, and that it is bound to a platform."""
    tags = "".join(f"Tag: py3-none-{platform}\n" for platform in platforms(target))
    return f"Wheel-Version: 1.0\nGenerator: {generator}\nRoot-Is-Purelib: false\n{tags}"


def metadata_text(about: About) -> str:
    """Write the file ``METADATA``, the readme as its body."""
    lines = ["Metadata-Version: 2.4", f"Name: {about.name}", f"Version: {about.version}"]
    lines += [f"Summary: {' '.join(about.summary.split())}"] if about.summary else []
    lines += [f"License-Expression: {about.license}"] if about.license else []
    lines += [f"License-File: {name}" for name in about.licences]
    lines += [f"Project-URL: {label}, {url}" for label, url in sorted(about.urls.items())]
    if not about.readme:
        return "\n".join([*lines, ""])
    lines += [f"Description-Content-Type: {_README.get(about.ending.lower(), 'text/plain')}", "", about.readme]
    return "\n".join(lines)


def record_text(members: Iterable[tuple[str, bytes, int]], own: str) -> str:
    """Write the file ``RECORD``: name, digest and size of each member; of itself only the name."""
    lines = [
        f"{name},sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()},{size}"
        for name, digest, size in members
    ]
    return "\n".join([*sorted(lines), f"{own},,", ""])
