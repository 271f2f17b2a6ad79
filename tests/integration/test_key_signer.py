"""Signatures with keys of every kind: what is signed here cosign accepts, what cosign signs is accepted here."""

import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final, get_args

import pytest

from tagship.domain.plans.artifact import PUBLIC_KEY
from tagship.domain.proofs.trust import Trust
from tagship.errors import IntegrityError, UsageError
from tagship.ports import FileToSign, Tools
from tagship.signers._algorithms import Name
from tagship.signers.key import KeySigner, generate
from tests.tools import require

ALGORITHMS: Final[tuple[Name, ...]] = get_args(Name)
STATEMENT: Final = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "a.whl", "digest": {"sha256": hashlib.sha256(b"content").hexdigest()}}],
    "predicateType": "https://slsa.dev/provenance/v1",
    "predicate": {"buildDefinition": {}, "runDetails": {}},
}
NO_SERVICES: Final = {"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json"}
"""A signing configuration without any log: cosign then writes the bare bundle of a key."""
Cosign = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cosign(tmp_path: Path) -> Cosign:
    """Run cosign in the test's folder, with a password and a home of its own."""
    program = require("cosign")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "COSIGN_PASSWORD": "open sesame"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        argv = [str(program), *arguments]
        return subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture
def subject(tmp_path: Path) -> FileToSign:
    """Write a file to sign."""
    path = tmp_path / "a.whl"
    path.write_bytes(b"content")
    return FileToSign(name="a.whl", path=path, sha256=hashlib.sha256(b"content").hexdigest())


def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("password", ["", "open sesame"])
def test_cosign_accepts_files_and_statements_and_refuses_changed_ones(
    algorithm: Name, password: str, tmp_path: Path, subject: FileToSign, tools: Tools, cosign: Cosign
) -> None:
    """Of each algorithm, with a plain and an encrypted PKCS #8 key; the other file is refused by both."""
    private, public = generate(password, algorithm)
    assert (b"ENCRYPTED" in private) == bool(password)
    signer = KeySigner.create({"key": private.decode(), "key-password": password}, tools)
    (tmp_path / "key.pub").write_bytes(public)
    (tmp_path / "file.json").write_bytes(signer.sign(subject))
    (tmp_path / "statement.json").write_bytes(signer.attest(json.dumps(STATEMENT).encode()))
    (tmp_path / "other").write_bytes(b"Content")
    given = ["--key", "key.pub", "--insecure-ignore-tlog=true", "--bundle"]
    of_statement = ["verify-blob-attestation", *given, "statement.json", "--type", "slsaprovenance1"]
    for argv in (["verify-blob", *given, "file.json"], of_statement):
        done = cosign(*argv, "a.whl")
        assert done.returncode == 0, done.stderr
        assert cosign(*argv, "other").returncode != 0


@pytest.mark.parametrize("kind", ["cosign", "ed25519", "RSA"])
def test_keys_that_cosign_encrypted_sign_and_what_cosign_signed_holds(
    kind: str, tmp_path: Path, subject: FileToSign, tools: Tools, cosign: Cosign
) -> None:
    """``COSIGN_PRIVATE_KEY`` and its password can be given as they are; the bundles of both are of one key."""
    if kind == "cosign":
        assert cosign("generate-key-pair").returncode == 0
    else:
        bits = ["-pkeyopt", "rsa_keygen_bits:2048"] if kind == "RSA" else []
        (tmp_path / "plain.pem").write_bytes(openssl("genpkey", "-algorithm", kind, *bits))
        assert cosign("import-key-pair", "--key", "plain.pem", "--output-key-prefix", "cosign").returncode == 0
    text = (tmp_path / "cosign.key").read_text()
    assert "ENCRYPTED SIGSTORE PRIVATE KEY" in text
    signer = KeySigner.create({"key": text, "key-password": "open sesame"}, tools)
    trust = Trust(keys={PUBLIC_KEY: (tmp_path / "cosign.pub").read_bytes()})
    KeySigner.check(subject, signer.sign(subject), trust)
    assert signer.companions()[PUBLIC_KEY] == trust.keys[PUBLIC_KEY]

    (tmp_path / "none.json").write_text(json.dumps(NO_SERVICES))
    (tmp_path / "predicate.json").write_text(json.dumps(STATEMENT["predicate"]))
    given = ["--yes", "--key", "cosign.key", "--signing-config", "none.json", "--bundle"]
    done = cosign("sign-blob", *given, "theirs.json", "a.whl")
    assert done.returncode == 0, done.stderr
    KeySigner.check(subject, (tmp_path / "theirs.json").read_bytes(), trust)
    about = ["--predicate", "predicate.json", "--type", "slsaprovenance1", "a.whl"]
    done = cosign("attest-blob", *given, "statement.json", *about)
    assert done.returncode == 0, done.stderr
    if kind == "ed25519":  # cosign 3.1.3 signs them pre-hashed (Ed25519ph), and accepts none such itself
        given = ["--key", "cosign.pub", "--insecure-ignore-tlog=true", "--bundle", "statement.json"]
        assert cosign("verify-blob-attestation", *given, "--type", "slsaprovenance1", "a.whl").returncode != 0
        return
    said = json.loads(KeySigner.check_statement((tmp_path / "statement.json").read_bytes(), trust))
    assert said["subject"] == STATEMENT["subject"]


def test_a_key_that_cosign_encrypted_needs_its_password(tmp_path: Path, tools: Tools, cosign: Cosign) -> None:
    """Wrong, missing, or a file that is damaged: told apart, and no secret is in the message."""
    assert cosign("generate-key-pair").returncode == 0
    text = (tmp_path / "cosign.key").read_text()
    head, _, body = text.partition("\n")
    cases = {
        "password of the signing key is wrong": (text, "open barley"),
        "is encrypted": (text, ""),
        "not what cosign writes": (f"{head}\n{'A' * 60}\n{body.partition('-----END')[2]}", "open sesame"),
        "is not what cosign": (f"{head}\n!!!\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n", "open sesame"),
    }
    for words, (given, password) in cases.items():
        with pytest.raises(UsageError, match=words) as caught:
            KeySigner.create({"key": given, "key-password": password}, tools)
        assert "open " not in str(caught.value)
        assert body[:40] not in str(caught.value)


def test_hostile_costs_of_a_cosign_key_are_refused(tools: Tools) -> None:
    """Scrypt with all memory there is: the file says how much, so it is asked before it is done."""
    params = {"N": 1 << 30, "r": 8, "p": 1}
    kdf = {"name": "scrypt", "params": params, "salt": "AAAA"}
    locked = {"kdf": kdf, "cipher": {"name": "nacl/secretbox", "nonce": "AAAA"}, "ciphertext": "AAAA"}
    label = "ENCRYPTED SIGSTORE PRIVATE KEY"
    for changed in (params, {"N": 1 << 20, "r": 64, "p": 16}):
        kdf["params"] = changed
        body = base64.b64encode(json.dumps(locked).encode()).decode()
        with pytest.raises(UsageError, match="not what cosign writes"):
            KeySigner.create({"key": f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"}, tools)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], "ECDSA over secp384r1"),
        (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"], "RSA of 1024 bits"),
        (["-algorithm", "X25519"], "X25519"),
    ],
)
def test_keys_that_no_verifier_takes_are_refused(arguments: list[str], words: str, tools: Tools) -> None:
    """Other curves, short RSA keys, keys that cannot sign: exit code 2, and what would do."""
    text = openssl("genpkey", *arguments).decode()
    with pytest.raises(UsageError, match=words) as caught:
        KeySigner.create({"key": text}, tools)
    assert "Ed25519" in caught.value.problems[0].hint
    assert text.splitlines()[1] not in str(caught.value)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_signing_again_gives_the_same_bytes(algorithm: Name, subject: FileToSign, tools: Tools) -> None:
    """Of every algorithm, files and statements: a re-run changes nothing."""
    private, _ = generate("", algorithm)
    signer, again = (KeySigner.create({"key": private.decode()}, tools) for _ in range(2))
    assert signer.sign(subject) == again.sign(subject)
    assert signer.attest(b"{}") == again.attest(b"{}")


def test_ed25519_signs_no_bytes_that_were_not_proved(subject: FileToSign, tools: Tools) -> None:
    """It reads the file itself: one that changed since its digest was taken is refused, and nothing is signed."""
    signer = KeySigner.create({"key": generate("", "ed25519")[0].decode()}, tools)
    subject.path.write_bytes(b"Content")
    with pytest.raises(IntegrityError, match="changed since"):
        signer.sign(subject)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_statements_are_guarded_like_files(algorithm: Name, subject: FileToSign, tools: Tools) -> None:
    """A changed payload, type or signature, two signatures, another key, and a file's bundle in its place: refused."""
    private, public = generate("", algorithm)
    signer, trust = KeySigner.create({"key": private.decode()}, tools), Trust(keys={PUBLIC_KEY: public})
    made = signer.attest(b'{"a": 1}')
    assert KeySigner.check_statement(made, trust) == b'{"a": 1}'
    other = base64.b64encode(b'{"a": 2}').decode()
    forged = []
    for key, value in {"payload": other, "payloadType": "text/plain", "signatures": []}.items():
        document = json.loads(made)
        document["dsseEnvelope"][key] = value
        forged.append(document)
    document = json.loads(made)
    document["dsseEnvelope"]["signatures"] *= 2
    forged += [document, json.loads(signer.sign(subject)), {**json.loads(made), **json.loads(signer.sign(subject))}]
    for each in forged:
        with pytest.raises(IntegrityError):
            KeySigner.check_statement(json.dumps(each).encode(), trust)
    with pytest.raises(IntegrityError):
        KeySigner.check_statement(made, Trust(keys={PUBLIC_KEY: generate("", algorithm)[1]}))
    with pytest.raises(IntegrityError):
        KeySigner.check(subject, made, trust)
