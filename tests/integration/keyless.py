"""What the tests of keyless signatures share: a job whose waiting takes no time, its signer, and whom it trusts."""

import hashlib
from datetime import datetime
from pathlib import Path

from tagship.domain.proofs import provenance
from tagship.domain.proofs.trust import Identity, Trust
from tagship.ports import Clock, FileToSign, Tools
from tagship.signers.sigstore import SigstoreSigner
from tests.fakes.sigstore import Sigstore
from tests.fakes.sigstore.issuer import REPOSITORY, WORKFLOW

NAME = f"https://github.com/{WORKFLOW}"


class StillClock:
    """Time that passes only where somebody waits: an outage of half an hour takes no time."""

    def __init__(self, inner: Clock) -> None:
        self._inner, self.passed = inner, 0.0

    def now(self) -> datetime:
        return self._inner.now()

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


def files(folder: Path, count: int = 1) -> list[FileToSign]:
    made = []
    for number in range(count):
        path = folder / f"file-{number}.bin"
        path.write_bytes(f"content {number}".encode())
        made.append(FileToSign(name=path.name, path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest()))
    return made


def signer(config: Path, tools: Tools, **more: str) -> SigstoreSigner:
    return SigstoreSigner.create({"trust-config": str(config), **more}, tools)


def trust(instance: Sigstore, **wanted: str) -> Trust:
    identity = Identity(
        **{"repository": f"https://github.com/{REPOSITORY}", "issuer": instance.issuer.address, **wanted}
    )
    return Trust(identity=identity, trust_root=instance.trusted_root.read_bytes())


def statement(subject: FileToSign) -> bytes:
    return provenance.statement(
        [(subject.name, subject.sha256)], provenance.SLSA, {"buildDefinition": {}, "runDetails": {}}
    )
