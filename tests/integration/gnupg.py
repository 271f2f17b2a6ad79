"""Somebody's own GnuPG, with keys that tests sign with, and the two programs that users verify with."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

LONG_AGO: Final = "20250101T000000"


def need(*programs: str) -> None:
    """Skip loudly where a program is missing; fail in CI."""
    missing = [name for name in programs if not shutil.which(name)]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {', '.join(missing)}")
    if missing:
        pytest.skip(f"TOOL MISSING: {', '.join(missing)}")


@dataclass(frozen=True)
class Gnupg:
    """A home of GnuPG; its agent must be stopped in the end."""

    home: Path

    def run(self, *arguments: str, given: bytes = b"", check: bool = True) -> bytes:
        """Run gpg and return what it wrote."""
        argv = ["gpg", "--homedir", str(self.home), "--batch", "--quiet", "--pinentry-mode", "loopback", *arguments]
        done = subprocess.run(argv, input=given, capture_output=True, check=False)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def make(self, name: str, passphrase: str = "", kind: str = "ed25519", *, expires: str = "never") -> str:
        """Make a key that signs, in the past, and return it armoured."""
        made = ["--faked-system-time", LONG_AGO, "--passphrase", passphrase]
        self.run(*made, "--quick-gen-key", f"{name} <{name}@example.invalid>", kind, "sign", expires)
        return self.secret(name, passphrase)

    def secret(self, name: str, passphrase: str = "", how: str = "--export-secret-keys") -> str:
        """Export a secret key."""
        return self.run("--passphrase", passphrase, "--armor", how, f"{name}@").decode()

    def verifies(self, file: Path, signature: Path) -> bool:
        """Ask gpg with the keys of this home."""
        argv = ["gpg", "--homedir", str(self.home), "--batch", "--verify", str(signature), str(file)]
        return subprocess.run(argv, capture_output=True, check=False).returncode == 0

    def stop(self) -> None:
        """Stop the agent that gpg started."""
        for what in (("--kill", "all"), ("--remove-socketdir",)):
            subprocess.run(["gpgconf", "--homedir", str(self.home), *what], capture_output=True, check=False)


def gpgv(ring: Path, file: Path, signature: Path) -> bool:
    """Ask gpgv, which trusts what is in a key ring, in its binary form."""
    binary = ring.with_suffix(".gpg")
    opened = subprocess.run(["gpg", "--batch", "--dearmor"], input=ring.read_bytes(), capture_output=True, check=True)
    binary.write_bytes(opened.stdout)
    argv = ["gpgv", "--keyring", str(binary), str(signature), str(file)]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0
