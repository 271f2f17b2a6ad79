"""What one more release costs in repositories of 500 packages: indexes read, proved, written and signed; no network."""

import io
import os
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from clock import Add

from tagship.adapters.clock import SystemClock
from tagship.adapters.console import Console
from tagship.adapters.git import Git
from tagship.adapters.gpg_home import GpgHome
from tagship.adapters.shell import SystemShell
from tagship.channels import _pages_site
from tagship.channels._pages_site import Added
from tagship.domain.files.dnf_repository import Entry
from tagship.domain.install.package_site import MAIN, site_of
from tagship.ports import Tools

PACKAGES: Final = 500
WHEN: Final = datetime(2026, 1, 1, tzinfo=UTC)


def measure(add: Add) -> None:
    """Time the release that comes on top of 500 debs, and of 500 rpms."""
    with tempfile.TemporaryDirectory(prefix="tagship-bench-gpg-") as folder:
        key = _key(Path(folder))
    home, ours = GpgHome(key, "", _tools()), site_of("https://octo.github.io/demo", {}, "octo/demo")
    for what in ("deb", "rpm"):
        files: dict[str, bytes] = {}
        for numbers in (range(PACKAGES), range(PACKAGES, PACKAGES + 1)):
            added = Added(
                MAIN,
                WHEN,
                [_paragraph(number) for number in numbers if what == "deb"],
                [_entry(number) for number in numbers if what == "rpm"],
            )
            began = time.perf_counter()
            before = _pages_site.repositories(ours, dict.fromkeys(files, ""), files.__getitem__, home)
            written = _pages_site.written(ours, before, added, dict.fromkeys(files, ""), files.__getitem__, home)
            took = time.perf_counter() - began
            files = {**files, **written.files}
        add(f"one more {what} in a repository of {PACKAGES}", took, {}, "≤ 1 s")


def _paragraph(number: int) -> str:
    name = f"server-{number:03}"
    said = f"Package: {name}\nVersion: 1.0.0\nArchitecture: amd64\nMaintainer: Octo Cat <octo@example.org>\n"
    said += "Section: utils\nPriority: optional\nInstalled-Size: 9000\nDescription: Says something\n And more of it.\n"
    return f"{said}Filename: pool/{name}/{name}_1.0.0_amd64.deb\nSize: 4000000\nSHA256: {number:064x}"


def _entry(number: int) -> Entry:
    head = f'<package pkgid="{number:064x}" name="server-{number:03}" arch="x86_64">\n'
    place = f"Packages/{number:064x}/server-{number:03}-1.0.0-1.x86_64.rpm"
    primary = f'<package type="rpm">\n<name>server-{number:03}</name>\n<arch>x86_64</arch>\n'
    primary += f'<checksum type="sha256" pkgid="YES">{number:064x}</checksum>\n<location href="{place}"/>\n</package>\n'
    return Entry(place, primary, f"{head}<file>/usr/bin/server</file>\n</package>\n", f"{head}</package>\n")


def _key(folder: Path) -> bytes:
    gpg = ["gpg", "--homedir", str(folder), "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
    made = ["--faked-system-time", "20250101T000000", "--quick-gen-key", "bench <bench@example.org>", "ed25519", "sign"]
    subprocess.run([*gpg, *made], check=True, capture_output=True)
    exported = subprocess.run([*gpg, "--armor", "--export-secret-keys"], check=True, capture_output=True)
    subprocess.run(["gpgconf", "--homedir", str(folder), "--kill", "all"], check=False, capture_output=True)
    return exported.stdout


def _tools() -> Tools:
    clock, shell = SystemClock(), SystemShell()
    reporter = Console({}, clock, io.StringIO())
    environment = {"PATH": os.environ["PATH"]}
    return Tools(
        shell=shell,
        clock=clock,
        reporter=reporter,
        environment=environment,
        open_repository=lambda folder: Git(folder, shell, environment),
    )
