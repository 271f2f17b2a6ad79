"""Every signer: what it signs holds, and nothing else does."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pysequoia
import pytest
from msgspec.structs import replace

from tagship import plugins
from tagship.domain.plans.artifact import PUBLIC_KEY, collisions
from tagship.domain.proofs.trust import Identity, Trust
from tagship.errors import IntegrityError, UsageError
from tagship.ports import FileToSign, Signer, Tools
from tagship.signers.key import generate
from tests.contract.protocols import RELEASE_FILE
from tests.fakes import sigstore
from tests.fakes.sigstore.issuer import REPOSITORY

NAMES = plugins.names("signers")


def key_pair(password: str = "") -> tuple[dict[str, str], Trust]:
    private, public = generate(password)
    return {"key": private.decode(), "key-password": password}, Trust(keys={PUBLIC_KEY: public})


def openpgp_key() -> tuple[dict[str, str], Trust]:
    key = pysequoia.Tsk.generate("Tester <tester@example.invalid>")
    return {"gpg-key": str(key)}, Trust(keys={"signing-key.asc": str(key.extract_certificate()).encode()})


def certified() -> tuple[dict[str, str], Trust]:
    instance = sigstore.running()
    identity = Identity(repository=f"https://github.com/{REPOSITORY}", issuer=instance.issuer.address)
    if OTHERS and OTHERS.pop():
        identity = Identity(repository="https://github.com/mallory/demo", issuer=instance.issuer.address)
    config = str(instance.trust_config_v1)
    return {"trust-config": config}, Trust(identity=identity, trust_root=instance.trusted_root.read_bytes())


SECRETS: dict[str, Callable[[], tuple[dict[str, str], Trust]]] = {
    "key": key_pair,
    "gpg": openpgp_key,
    "sigstore": certified,
}
"""How each signer gets its secret inputs, and the trust that goes with them."""
OTHERS: list[bool] = []
"""Not empty: the next trust is in somebody else."""
ANEW = {"sigstore"}
"""Signers that never make the same bytes twice: each signature is logged with its time."""


@pytest.fixture
def tools(tools: Tools, request: pytest.FixtureRequest) -> Tools:
    """In a job that may ask who it is, where the signer needs one."""
    if request.node.callspec.params.get("kind") != "sigstore":
        return tools
    sigstore.running().calm()
    return replace(tools, environment={**tools.environment, **sigstore.running().environment()})


@pytest.fixture(params=NAMES)
def kind(request: pytest.FixtureRequest) -> type[Signer]:
    """Each signer there is."""
    found: type[Signer] = plugins.load("signers", request.param)
    return found


def file(path: Path, content: bytes = b"content") -> FileToSign:
    path.write_bytes(content)
    made = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return FileToSign(name=path.name, path=path, sha256=hashlib.sha256(content).hexdigest(), time=made)


def signed(kind: type[Signer], tmp_path: Path, tools: Tools) -> tuple[FileToSign, bytes, Trust]:
    secrets, trust = SECRETS[kind.name]()
    subject = file(tmp_path / "a.whl")
    return subject, kind.create(secrets, tools).sign(subject), trust


def test_every_signer_has_secrets_here() -> None:
    """A new signer joins this suite with one line."""
    assert set(SECRETS) == set(NAMES)


def test_names_are_legal_and_different(kind: type[Signer]) -> None:
    """One signature per file, and what goes with it."""
    files = ["a.whl", "b.tar.gz", "checksums.txt"]
    names = [artifact.name for artifact in kind.artifacts(files)]
    assert {kind.signature_name(name) for name in files} <= set(names)
    assert not collisions([*names, *files])
    assert all(RELEASE_FILE.fullmatch(name) for name in names)
    assert kind.artifacts(files) == kind.artifacts(list(files))


def test_what_is_signed_holds(kind: type[Signer], tmp_path: Path, tools: Tools) -> None:
    """Signed, checked, and signed again by a re-run: the same bytes, except where each signature is logged."""
    secrets, trust = SECRETS[kind.name]()
    signer, subject = kind.create(secrets, tools), file(tmp_path / "a.whl")
    signature = signer.sign(subject)
    kind.check(subject, signature, trust)
    assert (signer.sign(subject) == signature) == (kind.name not in ANEW)
    named = {a.name for a in kind.artifacts(["a.whl"])} - {kind.signature_name("a.whl")}
    assert set(signer.companions()) == named


def test_another_file_is_refused(kind: type[Signer], tmp_path: Path, tools: Tools) -> None:
    """A changed file, and a bundle moved from one file to another."""
    subject, signature, trust = signed(kind, tmp_path, tools)
    for content in (b"Content", b"", b"content\n"):
        with pytest.raises(IntegrityError):
            kind.check(file(tmp_path / subject.name, content), signature, trust)
        with pytest.raises(IntegrityError):
            kind.check(file(tmp_path / "b.whl", content), signature, trust)


def test_another_key_is_refused(kind: type[Signer], tmp_path: Path, tools: Tools) -> None:
    """Whoever replaces file and signature does not have the key."""
    subject, signature, _ = signed(kind, tmp_path, tools)
    OTHERS[:] = [True] if kind.name == "sigstore" else []
    with pytest.raises(IntegrityError) as caught:
        kind.check(subject, signature, SECRETS[kind.name]()[1])
    assert caught.value.exit_code == 6


def test_no_truncation_holds(kind: type[Signer], tmp_path: Path, tools: Tools) -> None:
    """Whatever a broken download left over."""
    subject, signature, trust = signed(kind, tmp_path, tools)
    for length in range(len(signature.rstrip())):
        with pytest.raises(IntegrityError):
            kind.check(subject, signature[:length], trust)


@pytest.mark.parametrize("data", [b"{" * 200_000, b'{"a":' + b"[" * 200_000, b"[" * 200_000, b"\xff\xfe", b"null"])
def test_hostile_signatures_are_refused(kind: type[Signer], tmp_path: Path, tools: Tools, data: bytes) -> None:
    """Nested beyond all measure, no text, no object."""
    subject, _, trust = signed(kind, tmp_path, tools)
    with pytest.raises(IntegrityError):
        kind.check(subject, data, trust)


def test_no_secret_is_told(kind: type[Signer], tools: Tools) -> None:
    """Without its secrets a signer says which input to set."""
    with pytest.raises(UsageError) as caught:
        kind.create({}, replace(tools, environment={}))
    assert caught.value.problems[0].hint


def values(document: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(document, dict):
        return [path]
    return [found for key, inner in document.items() for found in values(inner, (*path, key))]


def changed(text: str) -> list[str]:
    """Other texts of the same shape: a bit flipped where it is Base64, a letter elsewhere, nothing, rubbish."""
    others = [text[:-1] + ("A" if text[-1:] != "A" else "B"), "", "\u00e9", text + "=", f" {text}"]
    try:
        raw = bytearray(base64.b64decode(text, validate=True))
        raw[len(raw) // 2] ^= 1
        others.append(base64.b64encode(bytes(raw)).decode())
    except ValueError:
        pass
    return others


@pytest.mark.parametrize("kind", ["key"], indirect=True)
def test_every_field_of_a_bundle_counts(kind: type[Signer], tmp_path: Path, tools: Tools) -> None:
    """Media type, key hint, algorithm, digest, signature: changed or taken away, the bundle does not hold."""
    subject, signature, trust = signed(kind, tmp_path, tools)
    document = json.loads(signature)
    assert len(values(document)) == 5
    for path in values(document):
        *outer, last = path
        others: list[Any] = [*changed(value_at(document, path)), None, 1, [], {}]
        for other in others:
            forged = json.loads(signature)
            value_at(forged, tuple(outer))[last] = other
            with pytest.raises(IntegrityError):
                kind.check(subject, json.dumps(forged).encode(), trust)
        if path != ("mediaType",):
            forged = json.loads(signature)
            del value_at(forged, tuple(outer))[last]
            with pytest.raises(IntegrityError):
                kind.check(subject, json.dumps(forged).encode(), trust)


def value_at(document: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


@pytest.mark.parametrize("kind", ["key"], indirect=True)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"key-password": "wrong"}, "password of the signing key is wrong"),
        ({"key-password": ""}, "is encrypted"),
        ({"key": "-----BEGIN nonsense"}, "not a PEM private key"),
        ({"key": "/no/such/file.pem"}, "cannot be read"),
    ],
)
def test_a_key_that_cannot_be_used(kind: type[Signer], tools: Tools, change: dict[str, str], message: str) -> None:
    """The message says what is wrong, and never shows the secret."""
    secrets, _ = key_pair("right horse")
    with pytest.raises(UsageError, match=message) as caught:
        kind.create({**secrets, **change}, tools)
    assert "horse" not in str(caught.value)


@pytest.mark.parametrize("kind", ["key"], indirect=True)
@pytest.mark.parametrize("trust", [b"", b"rubbish", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_a_public_key_that_is_none(kind: type[Signer], tmp_path: Path, tools: Tools, trust: bytes) -> None:
    """A usage error: the file may be good, the key is not one."""
    subject, signature, _ = signed(kind, tmp_path, tools)
    with pytest.raises(UsageError):
        kind.check(subject, signature, Trust(keys={PUBLIC_KEY: trust}))


@pytest.mark.parametrize("kind", ["key"], indirect=True)
def test_a_key_may_lie_in_a_file(kind: type[Signer], tmp_path: Path, tools: Tools) -> None:
    """The input is the PEM text or its path."""
    secrets, trust = key_pair("pw")
    (tmp_path / "key.pem").write_text(secrets["key"])
    subject = file(tmp_path / "a.whl")
    signature = kind.create({**secrets, "key": str(tmp_path / "key.pem")}, tools).sign(subject)
    kind.check(subject, signature, trust)
    assert msgspec.json.decode(signature)
