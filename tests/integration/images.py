"""Images for tests, made by buildah without any engine or registry: bases from this machine's own runtimes, and a look inside."""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import sysconfig
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ENVIRONMENT = {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
"""No kernel file system, no new namespaces: what a test machine may not have."""

_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_STANDARD = (
    "libgcc_s.so.1", "libstdc++.so.6", "libm.so.6", "libdl.so.2", "librt.so.1", "libpthread.so.0", "libutil.so.1", "libz.so.1",
)  # fmt: skip


def need(*programs: str) -> None:
    """Skip loudly where a program is missing; fail in CI."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {', '.join(missing)}")
    if missing:
        pytest.skip(f"TOOL MISSING: {', '.join(missing)}")


def run(*argv: str, cwd: Path | None = None) -> str:
    """Run a container tool as the tests' builds do."""
    done = subprocess.run(argv, cwd=cwd, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{argv}: {done.stderr}"
    return done.stdout


@contextmanager
def base(kind: str, folder: Path) -> Iterator[str]:
    """Make an image of this machine's Python or Node.js, under both platforms' names, until the block ends.

    ``debian`` is Python with pip, a shell, git in place of what ``apt-get`` installs, and this machine's certificates.
    """
    need("buildah")
    root = folder / f"{kind}-root"
    fill = {"python": _python, "node": _node, "debian": _debian}[kind]
    version = fill(root)
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)  # whatever the umask is
    name = f"localhost/tagship-test-{uuid.uuid4().hex}:{version}"
    file = folder / f"{kind}.Containerfile"
    told = f"ENV PIP_CERT={_CERTIFICATES} SSL_CERT_FILE={_CERTIFICATES}\n" if kind == "debian" else ""
    file.write_text(f"FROM scratch\nCOPY . /\n{told}", encoding="utf-8")
    platforms = "linux/amd64,linux/arm64"
    run("buildah", "bud", "--quiet", "--manifest", name, "--platform", platforms, "-f", str(file), str(root))
    try:
        yield name
    finally:
        images = [each["digest"] for each in json.loads(run("buildah", "manifest", "inspect", name))["manifests"]]
        run("buildah", "manifest", "rm", name)
        known = json.loads(run("buildah", "images", "--all", "--json") or "[]")
        for each in known:
            if each.get("digest") in images:
                run("buildah", "rmi", "--force", each["id"])


@contextmanager
def container(layout: Path) -> Iterator[list[str]]:
    """Make a container of an image; give the command that runs something in it."""
    need("buildah")
    name = run("buildah", "from", "--name", f"tagship-test-{uuid.uuid4().hex}", f"oci-archive:{layout}").strip()
    try:
        yield ["env", *(f"{key}={value}" for key, value in ENVIRONMENT.items()), "buildah", "run", name, "--"]
    finally:
        image = run("buildah", "inspect", "--format", "{{.FromImageID}}", name).strip()
        run("buildah", "rm", name)
        run("buildah", "rmi", "--force", image)


def inspect(layout: Path, platform: str = "amd64") -> dict[str, Any]:
    """Return the configuration of one platform's image, as skopeo reads it."""
    need("skopeo")
    said = run(
        "skopeo", "inspect", "--override-arch", platform, "--override-os", "linux", "--config", f"oci-archive:{layout}"
    )
    found: dict[str, Any] = json.loads(said)
    return found


def _python(root: Path) -> str:
    prefix = root / "usr" / "local"
    library = Path(sysconfig.get_path("stdlib"))
    left = shutil.ignore_patterns(
        "site-packages", "test", "tests", "__pycache__", "config-*", "idlelib", "tkinter", "ensurepip"
    )
    shutil.copytree(library, prefix / "lib" / library.name, ignore=left)
    (prefix / "bin").mkdir()
    program = Path(sys.executable).resolve()
    shutil.copy(program, prefix / "bin" / "python3")
    _libraries(root, [program, *(library / "lib-dynload").glob("*.so")])
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _debian(root: Path) -> str:
    need("git", "dash", "rm", "env")
    version = _python(root)
    pip = Path(sysconfig.get_path("purelib", vars={"base": sys.base_prefix})) / "pip"
    shutil.copytree(pip, root / "usr" / "local" / "lib" / f"python{version}" / "site-packages" / "pip")
    programs = {name: Path(shutil.which(name) or "").resolve() for name in ("git", "dash", "rm", "env")}
    for folder in ("bin", "usr/bin", "var/lib/apt/lists", "etc/ssl/certs"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name, path in programs.items():
        shutil.copy(path, root / ("bin/sh" if name == "dash" else f"usr/bin/{name}"))
    _libraries(root, [*programs.values()])
    nothing = root / "usr" / "bin" / "apt-get"
    nothing.write_text("#!/bin/sh\n", encoding="utf-8")
    nothing.chmod(0o755)
    paths = ssl.get_default_verify_paths()
    shutil.copy(os.environ.get("PIP_CERT") or paths.cafile or paths.openssl_cafile, f"{root}{_CERTIFICATES}")
    return version


def _node(root: Path) -> str:
    need("node")
    program = Path(shutil.which("node") or "").resolve()
    (root / "usr" / "local" / "bin").mkdir(parents=True)
    shutil.copy(program, root / "usr" / "local" / "bin" / "node")
    _libraries(root, [program])
    return run("node", "--version").strip().removeprefix("v").partition(".")[0]


def _libraries(root: Path, programs: Sequence[Path]) -> None:
    """Copy the shared libraries that programs are linked with, to the paths where their loader looks."""
    for path in sorted(_linked(programs)):
        to = root / path.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)


def _linked(programs: Iterable[Path]) -> set[str]:
    found: set[str] = set()
    for program in programs:
        done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
        found |= set(re.findall(r"(?:=> )?(/\S+) \(0x", done.stdout))
    # compiled wheels count on them, as the manylinux standard lets them (PEP 599)
    beside = (Path(path).parent / name for path in found for name in _STANDARD)
    return found | {str(path) for path in beside if path.is_file()}
