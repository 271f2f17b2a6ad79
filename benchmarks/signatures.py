"""SBOMs, digests, and signing and verifying many files, with a key and keyless against servers on loopback; cosign beside it."""

import hashlib
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Final

from clock import ROOT, Add, clean, median, once

sys.path.insert(0, str(ROOT))  # the servers and other people's verifiers are those of the tests

from tests.fakes.sigstore import Sigstore
from tests.fakes.sigstore.issuer import REPOSITORY, WORKFLOW
from tests.tools import tool

from tagship.adapters.files import sha256_of

_HUNDRED: Final = 100
_RUNS: Final = 3
_LARGE: Final = 256 << 20


def measure(add: Add, place: Path, tagship: Path) -> None:
    """Measure 100 files with a key and provenance, 100 and 300 keyless with each log, and 100 verified beside cosign."""
    python = tagship.with_name("python")
    start = {"Python alone": median([python, "-I", "-c", ""], runs=_RUNS)}
    took = median([python, "-I", Path(__file__).with_name("documents.py")], runs=_RUNS)
    add("SBOM of 100 components, both formats, validated", took, start, "≤ 0.6 s")
    _hashing(add, place / "large.bin")
    key = place / "signing-key.pem"
    once([tagship, "sign-and-attest", "--generate-key", key], clean(), cwd=place)
    signing = [tagship, "sign-and-attest", "--files", "*.bin"]
    hundred = _files(place / "hundred", _HUNDRED)
    with Sigstore() as instance:
        job = {**clean(), **instance.environment(), "PYTHONWARNINGS": "ignore"}
        keyless = [*signing, "--signers", "sigstore", "--trust-config"]
        own = {**clean(), "TAGSHIP_KEY": str(key)}
        with_key = [*signing, "--signers", "key", "--attest", "provenance"]
        took = median(with_key, cwd=hundred, env={**job, **own}, runs=_RUNS)
        add("sign 100 files with a key, with provenance", took, {}, "≤ 1 s")
        for log, config in (("Rekor v1 (a fake)", instance.trust_config_v1), ("Rekor v2", instance.trust_config)):
            for count, limit in ((_HUNDRED, "≤ 5 s"), (3 * _HUNDRED, "seconds")):
                folder = _files(place / f"{config.stem}-{count}", count)
                took = median([*keyless, config, "--attest", "provenance"], cwd=folder, env=job, runs=_RUNS)
                add(f"sign {count} files keyless with provenance, {log}", took, {}, limit)
        _verifying(add, tagship, place / f"{instance.trust_config.stem}-{_HUNDRED}", instance)


def _hashing(add: Add, file: Path) -> None:
    """Hash a file that lies in memory, beside hashlib fed with the same bytes at once."""
    data = os.urandom(_LARGE)
    file.write_bytes(data)
    ours, theirs = [], []
    for _ in range(_RUNS):
        began = time.perf_counter()
        sha256_of(file)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        hashlib.sha256(data).hexdigest()
        theirs.append(time.perf_counter() - began)
    file.unlink()
    add("hash 256 MiB", min(ours), {"hashlib": min(theirs)}, "≥ 0.95 of its speed")


def _verifying(add: Add, tagship: Path, folder: Path, instance: Sigstore) -> None:
    whose = ["--repository", REPOSITORY, "--issuer", instance.issuer.address, "--trust-config", instance.trusted_root]
    ours = median([tagship, "verify", "--files", "*.bin", *whose], cwd=folder, runs=_RUNS)
    who = [
        "--certificate-identity",
        f"https://github.com/{WORKFLOW}",
        "--certificate-oidc-issuer",
        instance.issuer.address,
    ]
    bundle = ["--new-bundle-format", "--bundle", "file-0.bin.sigstore.json", "--trusted-root", instance.trusted_root]
    cosign = [tool("cosign"), "verify-blob", *who, *bundle, "file-0.bin"]
    theirs = median(cosign, cwd=folder, env={**clean(), "HOME": str(folder)}, runs=_RUNS)
    add("verify 100 files and their provenance", ours, {"cosign, called 100 times": _HUNDRED * theirs}, "≤ 2 s")


def _files(folder: Path, count: int) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number in range(count):
        (folder / f"file-{number}.bin").write_bytes(os.urandom(10_000))
    return folder
