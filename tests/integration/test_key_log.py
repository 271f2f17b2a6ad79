"""Signatures of a key in a transparency log: entered and proved, accepted by cosign without exceptions, refused when forged."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from msgspec.structs import replace

from tagship.domain.plans.artifact import PUBLIC_KEY
from tagship.domain.proofs.trust import Trust
from tagship.errors import IntegrityError, RemoteRefused, UsageError
from tagship.parts.sign.signing import attest_all, sign_all
from tagship.ports import FileToSign, Tools
from tagship.signers.key import KeySigner, generate
from tests.fakes.sigstore import Sigstore
from tests.integration.mutants import mutants
from tests.integration.test_key_signer import STATEMENT, Cosign, cosign, subject

__all__ = ["cosign", "subject"]
Statement = json.dumps(STATEMENT).encode()


class Logged:
    """A signer whose signatures are logged, with the authority of the instance where the log tells no time."""

    def __init__(self, log: str, algorithm: str, instance: Sigstore, folder: Path, tools: Tools) -> None:
        private, self.public = generate("", algorithm)  # type: ignore[arg-type]
        config = instance.trust_config_v1 if log == "v1" else instance.trust_config
        self.inputs = {"key": private.decode(), "key-log": "true", "trust-config": str(config)}
        keys = {PUBLIC_KEY: self.public}
        if log == "v2":
            address, chain = f"{instance.tsa.address}/api/v1/timestamp", folder / "chain.pem"
            chain.write_bytes(requests.get(f"{address}/certchain", timeout=10).content)
            self.inputs |= {"timestamp-url": address, "timestamp-chain": str(chain)}
            keys["chain.pem"] = chain.read_bytes()
        self.signer = KeySigner.create(self.inputs, tools)
        self.trust = Trust(keys=keys, trust_root=instance.trusted_root.read_bytes())


@pytest.fixture(params=["v1", "v2"])
def log(request: pytest.FixtureRequest) -> str:
    """Take each version of the log."""
    version: str = request.param
    return version


@pytest.fixture
def logged(log: str, tmp_path: Path, instance: Sigstore, tools: Tools) -> Logged:
    """Sign with ECDSA."""
    return Logged(log, "ecdsa-p256", instance, tmp_path, tools)


@pytest.mark.parametrize("algorithm", ["ecdsa-p256", "rsa"])
def test_cosign_finds_the_entry(
    log: str, algorithm: str, tmp_path: Path, instance: Sigstore, tools: Tools, subject: FileToSign, cosign: Cosign
) -> None:
    """No ``--insecure-ignore-tlog``: files and statements; without the entry, or with another log's key, cosign refuses."""
    made = Logged(log, algorithm, instance, tmp_path, tools)
    (tmp_path / "key.pub").write_bytes(made.public)
    (tmp_path / "b.json").write_bytes(made.signer.sign(subject))
    (tmp_path / "s.json").write_bytes(made.signer.attest(Statement))
    root = json.loads(instance.trusted_root.read_bytes())
    (tmp_path / "root.json").write_text(json.dumps(root))
    (tmp_path / "none.json").write_text(json.dumps({**root, "tlogs": []}))
    given = ["--key", "key.pub", "--new-bundle-format", *(["--use-signed-timestamps"] if log == "v2" else [])]
    of_statement = ["verify-blob-attestation", *given, "--type", "slsaprovenance1"]
    for argv, name in ((["verify-blob", *given], "b.json"), (of_statement, "s.json")):
        done = cosign(*argv, "--bundle", name, "--trusted-root", "root.json", "a.whl")
        assert done.returncode == 0, done.stderr
        assert cosign(*argv, "--bundle", name, "--trusted-root", "none.json", "a.whl").returncode != 0
        bare = json.loads((tmp_path / name).read_bytes())
        del bare["verificationMaterial"]["tlogEntries"]
        (tmp_path / "bare.json").write_text(json.dumps(bare))
        assert cosign(*argv, "--bundle", "bare.json", "--trusted-root", "root.json", "a.whl").returncode != 0


def test_a_forged_or_swapped_entry_is_refused(logged: Logged, subject: FileToSign) -> None:
    """Every leaf of it changed, entries of another signature, and of a log that is not trusted."""
    made, stated = json.loads(logged.signer.sign(subject)), logged.signer.attest(Statement)
    KeySigner.check(subject, json.dumps(made).encode(), logged.trust)
    KeySigner.check_statement(stated, logged.trust)
    (entry,) = made["verificationMaterial"]["tlogEntries"]
    other = json.loads(stated)["verificationMaterial"]["tlogEntries"]
    zero = {name for name in ("integratedTime", "logIndex") if entry.get(name, "0") == "0"}
    forged = [
        [changed]
        for what, changed in mutants(entry)
        if not any(f"'{name}'" in what and ("taken away" in what or "None" in what) for name in zero)
    ]
    held = []
    for entries in [*forged, other, [entry, *other]]:
        made["verificationMaterial"]["tlogEntries"] = entries
        try:
            KeySigner.check(subject, json.dumps(made).encode(), logged.trust)
            held.append(json.dumps(entries)[:200])
        except IntegrityError:
            continue
    assert held == []
    assert len(forged) > 100


def test_without_a_root_of_trust_an_entry_is_at_least_of_this_signature(logged: Logged, subject: FileToSign) -> None:
    """Who only has the public key asks nobody, and still finds an entry that was moved from another bundle."""
    trust = Trust(keys=logged.trust.keys)
    made, other = json.loads(logged.signer.sign(subject)), json.loads(logged.signer.attest(Statement))
    KeySigner.check(subject, json.dumps(made).encode(), trust)
    made["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    with pytest.raises(IntegrityError, match="log entry does not hold"):
        KeySigner.check(subject, json.dumps(made).encode(), trust)


def test_what_is_logged_already_is_found_and_a_second_run_keeps_it(
    instance: Sigstore, tmp_path: Path, tools: Tools, subject: FileToSign
) -> None:
    """RSA signs the same way twice: Rekor v1 answers 409, and the entry that is there is as good."""
    made = Logged("v1", "rsa", instance, tmp_path, tools)
    first, stated = made.signer.sign(subject), made.signer.attest(Statement)
    entries = instance.rekor_v1.size
    assert made.signer.still_holds(subject, first)
    assert made.signer.still_stated(stated) == Statement

    again = KeySigner.create(made.inputs, tools)
    for bundle in (again.sign(subject), first):
        KeySigner.check(subject, bundle, made.trust)
    KeySigner.check_statement(again.attest(Statement), made.trust)
    assert instance.rekor_v1.size == entries

    bare = json.loads(first)
    del bare["verificationMaterial"]["tlogEntries"]
    assert not again.still_holds(subject, json.dumps(bare).encode())
    plain = KeySigner.create({"key": made.inputs["key"]}, tools)
    assert not plain.still_holds(subject, first)


def test_rekor_v2_gives_no_entry_out_again(
    instance: Sigstore, tmp_path: Path, tools: Tools, subject: FileToSign
) -> None:
    """The same signature of RSA: refused at once, with what to do. ECDSA signs another way each time."""
    made = Logged("v2", "rsa", instance, tmp_path, tools).signer
    made.sign(subject)
    with pytest.raises(RemoteRefused, match="does not give it out again") as caught:
        made.sign(subject)
    assert "ECDSA" in caught.value.problems[0].hint
    other = Logged("v2", "ecdsa-p256", instance, tmp_path, tools).signer
    assert other.sign(subject) != other.sign(subject)


FAULTS: dict[str, Callable[[Sigstore], None]] = {
    "502": lambda instance: _once(instance, 502, 0),
    "commits and answers 500": lambda instance: _once(instance, 0, 500),
    "commits and loses its answer": lambda instance: _once(instance, 0, True),  # noqa: FBT003
}


def _once(instance: Sigstore, before: int, after: int) -> None:
    first, then = [before], [after]
    instance.rekor_v1.before = lambda: (first.pop() or None) if first else None
    instance.rekor.before = lambda *_: (first.pop() or None) if first else None
    instance.rekor_v1.after = lambda: then.pop() if then else 0
    instance.rekor.after = lambda *_: then.pop() if then else 0


@pytest.mark.parametrize("fault", FAULTS)
def test_a_log_that_fails_is_asked_again(
    fault: str, logged: Logged, instance: Sigstore, job: Tools, subject: FileToSign
) -> None:
    """The bundle goes out with its entry, or not at all; a refusal is final."""
    FAULTS[fault](instance)
    (made,) = sign_all(logged.signer, [subject], window=60, tools=job).values()
    KeySigner.check(subject, made, logged.trust)
    FAULTS[fault](instance)
    (stated,) = attest_all(logged.signer, [Statement], window=60, tools=job)
    assert KeySigner.check_statement(stated, logged.trust) == Statement
    assert all(json.loads(each)["verificationMaterial"]["tlogEntries"] for each in (made, stated))
    _once(instance, 403, 0)
    with pytest.raises(RemoteRefused, match="403"):
        logged.signer.sign(replace(subject, sha256="ab" * 32))


def test_what_cosign_logs_is_accepted_here(
    instance: Sigstore, tmp_path: Path, subject: FileToSign, cosign: Cosign
) -> None:
    """The other way round: cosign signs with its key and logs it in Rekor v2."""
    assert cosign("generate-key-pair").returncode == 0
    given = ["--yes", "--key", "cosign.key", "--signing-config", str(instance.signing_config), "--bundle", "b.json"]
    done = cosign("sign-blob", *given, "--trusted-root", str(instance.trusted_root), "a.whl")
    assert done.returncode == 0, done.stderr
    chain = _chain(instance)
    keys = {PUBLIC_KEY: (tmp_path / "cosign.pub").read_bytes(), "chain.pem": chain}
    trust = Trust(keys=keys, trust_root=instance.trusted_root.read_bytes())
    bundle = (tmp_path / "b.json").read_bytes()
    KeySigner.check(subject, bundle, trust)
    assert json.loads(bundle)["verificationMaterial"]["tlogEntries"]
    with pytest.raises(IntegrityError):
        KeySigner.check(subject, bundle, Trust(keys=keys, trust_root=_other_log(instance)))


def _chain(instance: Sigstore) -> bytes:
    return requests.get(f"{instance.tsa.address}/api/v1/timestamp/certchain", timeout=10).content


def _other_log(instance: Sigstore) -> bytes:
    root = json.loads(instance.trusted_root.read_bytes())
    for each in root["tlogs"]:
        each["logId"]["keyId"] = base64.b64encode(b"x" * 32).decode()
    return json.dumps(root).encode()


def test_an_ed25519_key_cannot_be_logged(tools: Tools) -> None:
    """Told before anything is signed, with what would do."""
    with pytest.raises(UsageError, match="Ed25519") as caught:
        KeySigner.create({"key": generate("", "ed25519")[0].decode(), "key-log": "true"}, tools)
    assert "key-log" in caught.value.problems[0].hint
