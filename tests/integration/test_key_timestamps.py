"""Timestamps over signatures of a key: asked of a real authority, checked at once, accepted by cosign, refused when forged."""

import base64
import json
from pathlib import Path

import pytest
import requests

from tagship.adapters.http import Transient
from tagship.domain.plans.artifact import PUBLIC_KEY
from tagship.domain.proofs.trust import Trust
from tagship.errors import IntegrityError, RemoteRefused, UsageError
from tagship.ports import FileToSign, Tools
from tagship.signers.key import KeySigner, generate
from tests.fakes import sigstore
from tests.fakes.door import Door
from tests.integration.test_key_signer import STATEMENT, Cosign, cosign, subject

ECDSA = bytes.fromhex("2a8648ce3d040302")
"""ecdsa-with-SHA256, RFC 5758."""
__all__ = ["cosign", "subject"]


class Authority:
    """The real one, the file with its certificates, and a signer that asks it."""

    def __init__(self, folder: Path, tools: Tools) -> None:
        self.door: Door = sigstore.running().tsa
        sigstore.running().calm()
        self.address = f"{self.door.address}/api/v1/timestamp"
        self.chain = folder / "authority.pem"
        self.chain.write_bytes(requests.get(f"{self.address}/certchain", timeout=10).content)
        private, self.public = generate("", "ed25519")
        inputs = {"key": private.decode(), "timestamp-url": self.address, "timestamp-chain": str(self.chain)}
        self.signer = KeySigner.create(inputs, tools)
        self.trust = Trust(keys={PUBLIC_KEY: self.public, "authority.pem": self.chain.read_bytes()})


@pytest.fixture
def authority(tmp_path: Path, tools: Tools) -> Authority:
    """Start the authority, once for all tests."""
    return Authority(tmp_path, tools)


def test_cosign_accepts_the_timestamp_with_the_authoritys_certificates(
    tmp_path: Path, authority: Authority, subject: FileToSign, cosign: Cosign
) -> None:
    """Of files and statements; with another authority's certificates it refuses them."""
    (tmp_path / "key.pub").write_bytes(authority.public)
    (tmp_path / "b.json").write_bytes(authority.signer.sign(subject))
    (tmp_path / "s.json").write_bytes(authority.signer.attest(json.dumps(STATEMENT).encode()))
    root = json.loads(sigstore.running().trusted_root.read_bytes())
    (tmp_path / "root.json").write_text(json.dumps(root))
    (tmp_path / "none.json").write_text(json.dumps({**root, "timestampAuthorities": []}))
    given = ["--key", "key.pub", "--new-bundle-format", "--insecure-ignore-tlog=true", "--use-signed-timestamps"]
    of_statement = ["verify-blob-attestation", *given, "--type", "slsaprovenance1", "--bundle", "s.json"]
    for argv in (["verify-blob", *given, "--bundle", "b.json"], of_statement):
        done = cosign(*argv, "--trusted-root", "root.json", "a.whl")
        assert done.returncode == 0, done.stderr
        assert cosign(*argv, "--trusted-root", "none.json", "a.whl").returncode != 0
    assert len(json.loads((tmp_path / "b.json").read_bytes())["verificationMaterial"]["timestampVerificationData"]) == 1


def test_a_forged_or_swapped_timestamp_is_refused(authority: Authority, subject: FileToSign) -> None:
    """A byte changed anywhere in it, or the timestamp of another signature.

    All but the name of the algorithm beside the authority's signature, which nothing signs and OpenSSL does not read.
    """
    made = json.loads(authority.signer.sign(subject))
    KeySigner.check(subject, json.dumps(made).encode(), authority.trust)
    (stamp,) = made["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    good = base64.b64decode(stamp["signedTimestamp"])
    other = json.loads(authority.signer.attest(b"{}"))["verificationMaterial"]["timestampVerificationData"]
    unread = range(good.rindex(ECDSA), good.rindex(ECDSA) + len(ECDSA))
    flipped = [good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :] for i in range(len(good)) if i not in unread]
    held = 0
    for each in [*flipped, good[:-1], b"", base64.b64decode(other["rfc3161Timestamps"][0]["signedTimestamp"])]:
        stamp["signedTimestamp"] = base64.b64encode(each).decode()
        try:
            KeySigner.check(subject, json.dumps(made).encode(), authority.trust)
            held += 1
        except IntegrityError:
            continue
    assert held == 0


def test_without_its_certificates_a_timestamp_is_at_least_of_this_signature(
    authority: Authority, subject: FileToSign
) -> None:
    """Who only has the public key still finds a timestamp that was moved from another bundle."""
    trust = Trust(keys={PUBLIC_KEY: authority.public})
    made, other = json.loads(authority.signer.sign(subject)), json.loads(authority.signer.attest(b"{}"))
    KeySigner.check(subject, json.dumps(made).encode(), trust)
    made["verificationMaterial"]["timestampVerificationData"] = other["verificationMaterial"][
        "timestampVerificationData"
    ]
    with pytest.raises(IntegrityError, match="of another signature"):
        KeySigner.check(subject, json.dumps(made).encode(), trust)


def test_an_authority_that_is_down_is_asked_again_and_one_that_refuses_is_not(
    tmp_path: Path, authority: Authority, subject: FileToSign, tools: Tools
) -> None:
    """What may pass is told from what will not; no bundle goes out without its timestamp."""
    key = generate("")[0].decode()
    given = {"key": key, "timestamp-chain": str(authority.chain)}
    nowhere = KeySigner.create({**given, "timestamp-url": "http://127.0.0.1:9/api"}, tools)
    with pytest.raises(Transient):
        nowhere.sign(subject)
    wrong = KeySigner.create({**given, "timestamp-url": f"{authority.door.address}/nothing"}, tools)
    with pytest.raises(RemoteRefused):
        wrong.sign(subject)
    cases = {
        "needs the authority's certificates": "",
        "cannot read it": str(tmp_path / "none.pem"),
        "certificates of the timestamp authority cannot be read": str(subject.path),
    }
    for words, chain in cases.items():
        with pytest.raises(UsageError, match=words):
            KeySigner.create({"key": key, "timestamp-url": authority.address, "timestamp-chain": chain}, tools)
