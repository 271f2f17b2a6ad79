"""What is not as it was signed is refused: every leaf of a bundle, its certificate, log, time and statement, bit by bit."""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tagship.domain.proofs.trust import Trust
from tagship.errors import IntegrityError
from tagship.ports import FileToSign, Tools
from tagship.signers.sigstore import SigstoreSigner
from tests.fakes.sigstore import Sigstore
from tests.integration.keyless import files, signer, statement, trust
from tests.integration.mutants import Place, accepted, at


class Signed:
    """A file, its bundle and the bundle of a statement about it."""

    def __init__(self, config: Path, job: Tools, instance: Sigstore, folder: Path) -> None:
        made = signer(config, job)
        self.subject, self.other = files(folder, 2)
        self.bundle, self.attested = made.sign(self.subject), made.attest(statement(self.subject))
        self.of_other, self.about_other = made.sign(self.other), made.attest(statement(self.other))
        self.trust = trust(instance)

    def check(self, bundle: bytes, file: FileToSign | None = None, whom: Trust | None = None) -> None:
        SigstoreSigner.check(file or self.subject, bundle, whom or self.trust)

    def read(self, bundle: bytes, whom: Trust | None = None) -> bytes:
        return SigstoreSigner.check_statement(bundle, whom or self.trust)


@pytest.fixture(params=["v1", "v2"])
def signed(request: pytest.FixtureRequest, job: Tools, instance: Sigstore, tmp_path: Path) -> Signed:
    """Sign with each version of the log."""
    config = instance.trust_config if request.param == "v2" else instance.trust_config_v1
    return Signed(config, job, instance, tmp_path)


@pytest.mark.parametrize("kind", ["signature", "statement"])
def test_no_changed_bundle_is_accepted(kind: str, signed: Signed) -> None:
    """Certificate, SCT, signature, entry, promise, proof, checkpoint, timestamp, digest, payload: all hundreds are refused."""
    bundle, check = (signed.bundle, signed.check) if kind == "signature" else (signed.attested, signed.read)
    check(bundle)
    found, tried = accepted(bundle, check)
    assert found == []
    assert tried > 300


def test_no_part_of_another_bundle_is_accepted(signed: Signed) -> None:
    """Whole, or any one branch of it: entry, proof, timestamps, signature, digest, envelope."""
    mine, theirs = json.loads(signed.bundle), json.loads(signed.of_other)
    places: list[Place] = [
        ("messageSignature",),
        ("messageSignature", "signature"),
        ("messageSignature", "messageDigest"),
    ]
    entry: Place = ("verificationMaterial", "tlogEntries", 0)
    places += [("verificationMaterial", "tlogEntries"), ("verificationMaterial", "timestampVerificationData")]
    places += [
        (*entry, key) for key in mine["verificationMaterial"]["tlogEntries"][0] if key not in {"logId", "kindVersion"}
    ]
    for place in places:
        swapped = copy.deepcopy(mine)
        if at(mine, place) != at(theirs, place):
            at(swapped, place[:-1])[place[-1]] = at(theirs, place)
            with pytest.raises(IntegrityError):
                signed.check(json.dumps(swapped).encode())
    for bundle in (signed.of_other, signed.attested):
        with pytest.raises(IntegrityError):
            signed.check(bundle)
    with pytest.raises(IntegrityError):
        signed.read(signed.bundle)


def test_an_envelope_has_one_signature_of_one_statement(signed: Signed) -> None:
    """Two signatures, two statements, another payload type, a payload that is no statement."""
    document, theirs = json.loads(signed.attested), json.loads(signed.about_other)
    envelope, other = document["dsseEnvelope"], theirs["dsseEnvelope"]
    for changed in (
        {**envelope, "signatures": [*envelope["signatures"], *other["signatures"]]},
        {**envelope, "signatures": []},
        {**envelope, "payload": [envelope["payload"], other["payload"]]},
        {**envelope, "payload": other["payload"]},
        {**envelope, "payloadType": "text/plain"},
    ):
        with pytest.raises(IntegrityError):
            signed.read(json.dumps({**document, "dsseEnvelope": changed}).encode())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(b'"mediaType"', b'"mediaType": "x", "mediaType"', 1),
        lambda data: data.replace(b'"signature"', b'"signature": "AAAA", "signature"', 1),
        lambda data: data[:-2] + b', "x": NaN}',
        lambda data: data[:-2] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        lambda data: data[:-2] + b', "x": "' + b"a" * (33 * 1024 * 1024) + b'"}',
        lambda data: data + data,
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.decode().encode("utf-16"),
        lambda _: b"",
    ],
    ids=[
        "a key twice",
        "an inner key twice",
        "no number",
        "deep",
        "huge",
        "two documents",
        "a mark",
        "UTF-16",
        "nothing",
    ],
)
def test_documents_with_more_than_one_reading_are_refused(spoil: Callable[[bytes], bytes], signed: Signed) -> None:
    """Before anything in them is looked at."""
    assert signed.bundle.endswith(b"}\n")
    with pytest.raises(IntegrityError):
        signed.check(spoil(signed.bundle))


def window(trust_root: bytes, part: str, **times: str) -> bytes:
    root = json.loads(trust_root)
    for each in root[part]:
        holder = each["publicKey"] if part in {"tlogs", "ctlogs"} else each
        holder["validFor"] = {"start": "2026-01-01T00:00:00Z", **times}
    return json.dumps(root).encode()


PAST, FUTURE = {"end": "2026-01-02T00:00:00Z"}, {"start": "2099-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("part", "times"),
    [
        ("certificateAuthorities", FUTURE),
        ("timestampAuthorities", PAST),
        ("timestampAuthorities", FUTURE),
        ("tlogs", FUTURE),
        ("ctlogs", FUTURE),
    ],
)
def test_what_was_not_valid_then_is_refused(part: str, times: dict[str, str], signed: Signed) -> None:
    """Who vouches must have been entitled when it was signed: not any more, or not yet, is no."""
    root = window(signed.trust.trust_root, part, **times)
    with pytest.raises(IntegrityError):
        signed.check(signed.bundle, whom=Trust(identity=signed.trust.identity, trust_root=root))


@pytest.mark.parametrize("part", ["certificateAuthorities", "timestampAuthorities", "tlogs", "ctlogs"])
def test_somebody_elses_instance_vouches_for_nothing(part: str, signed: Signed, instance: Sigstore) -> None:
    """Each part of the root of trust replaced by that of a second instance, and all of it."""
    with Sigstore() as second:
        mine, theirs = json.loads(signed.trust.trust_root), json.loads(second.trusted_root.read_bytes())
    for root in ({**mine, part: theirs[part]}, theirs):
        with pytest.raises(IntegrityError):
            signed.check(
                signed.bundle, whom=Trust(identity=signed.trust.identity, trust_root=json.dumps(root).encode())
            )
