"""Signature bundles as data, and the SBOM's root."""

import base64
import json
from typing import Any

import pytest

from tagship.domain.components import sbom
from tagship.domain.proofs import bundle
from tagship.errors import IntegrityError
from tests.unit import samples

DIGEST = "ab" * 32


def test_a_bundle_gives_its_signature_back() -> None:
    """For the same digest and key; the fields are those of Sigstore's bundle v0.3."""
    data = bundle.make(b"spki", DIGEST, b"signature")
    assert bundle.open_bundle(data, file="f", sha256=DIGEST, spki=b"spki") == (b"signature", (), b"", ())
    assert json.loads(data) == {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": bundle.key_hint(b"spki")}},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": base64.b64encode(bytes.fromhex(DIGEST)).decode()},
            "signature": base64.b64encode(b"signature").decode(),
        },
    }


def resolved() -> dict[str, Any]:
    return {
        "bomFormat": "CycloneDX",
        "metadata": {"timestamp": "now", "tools": {"components": [{"name": "cyclonedx-py"}]}},
        "components": [
            {"name": "zlib", "bom-ref": "zlib==1", "version": "1"},
            {
                "name": "Demo",
                "bom-ref": "demo==1.2.0rc1",
                "version": "1.2.0rc1",
                "externalReferences": [{"type": "distribution", "url": "file:///somewhere/demo.whl"}],
            },
            {
                "name": "anyio",
                "bom-ref": "anyio==4",
                "externalReferences": [{"url": "https://anyio"}, {"url": "file:///x"}],
            },
        ],
        "dependencies": [{"ref": "zlib==1"}, {"ref": "demo==1.2.0rc1", "dependsOn": ["anyio==4", "zlib==1"]}],
    }


def test_the_sbom_has_the_package_as_its_root_and_nothing_of_the_machine() -> None:
    """The package is the root and no component; no local path, no clock; digests of its files; sorted."""
    before = resolved()
    document = sbom.complete(before, samples.plan(), samples.package(), {"demo.whl": DIGEST})
    assert before == resolved()
    root = document["metadata"]["component"]
    assert (root["name"], root["bom-ref"], root["purl"]) == ("demo", "demo==1.2.0rc1", "pkg:pypi/demo@1.2.0rc1")
    assert root["licenses"] == [{"expression": "MIT"}]
    assert root["externalReferences"] == [
        {"type": "distribution", "url": "demo.whl", "hashes": [{"alg": "SHA-256", "content": DIGEST}]}
    ]
    assert [component["name"] for component in document["components"]] == ["anyio", "zlib"]
    assert document["components"][0]["externalReferences"] == [{"url": "https://anyio"}]
    assert [edge["ref"] for edge in document["dependencies"]] == ["anyio==4", "demo==1.2.0rc1", "zlib==1"]
    assert document["metadata"]["timestamp"] == "2024-05-06T07:08:09Z"
    assert "file:" not in json.dumps(document)


def test_the_serial_number_follows_the_files() -> None:
    """The same files have the same number, other files another."""

    def number(digest: str) -> str:
        plan, package = samples.plan(), samples.package()
        return str(sbom.complete(resolved(), plan, package, {"demo.whl": digest})["serialNumber"])

    assert number(DIGEST) == number(DIGEST) != number("cd" * 32)


MUTATIONS = [
    b"", b"null", b"\xff", b"{", b'{"a":' + b"[" * 200_000, b"[" * 200_000,
]  # fmt: skip


@pytest.mark.parametrize("data", MUTATIONS, ids=range(len(MUTATIONS)))
def test_what_is_no_bundle(data: bytes) -> None:
    """Refused with the file's name."""
    with pytest.raises(IntegrityError) as caught:
        bundle.open_bundle(data, file="a.whl.sigstore.json", sha256=DIGEST, spki=b"spki")
    assert caught.value.problems[0].file == "a.whl.sigstore.json"


@pytest.mark.parametrize("text", ["\u00e9", "not base64!", "a", "YQ==\n", "Y Q = =", "YQ===", "YWJj=", "YR=="])
@pytest.mark.parametrize("field", ["signature", "digest"])
def test_what_is_no_base64(field: str, text: str) -> None:
    """Strictly the alphabet: nothing is skipped."""
    document = json.loads(bundle.make(b"spki", DIGEST, b"signature"))
    message = document["messageSignature"]
    (message if field == "signature" else message["messageDigest"])[field] = text
    with pytest.raises(IntegrityError, match="not a signature bundle"):
        bundle.open_bundle(json.dumps(document).encode(), file="f", sha256=DIGEST, spki=b"spki")
