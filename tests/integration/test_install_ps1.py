"""What ``install.ps1`` asks of cosign and openssl, asked of them: its own words, read from the script by grammar."""

import base64
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from tagship.adapters.files import sha256_of
from tagship.formats import _scripts
from tagship.ports import FileToSign, Tools
from tagship.signers._algorithms import Name
from tagship.signers.key import KeySigner, generate
from tests.fakes.sigstore import Sigstore
from tests.integration.keyless import signer
from tests.tools import needed, powershell, require

ALGORITHMS: Final[tuple[Name, ...]] = get_args(Name)
VALUES: Final[dict[str, Any]] = {
    "name": "demo", "version": "1.2.0", "tag": "v1.2.0", "base": "https://example.org", "archives": (),
    "programs": ["demo.exe"], "script": "install.ps1", "address": "x", "tool": "1", "origin": "y", "signed_by": "octo/demo",
}  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> FileToSign:
    path = tmp_path / "demo.zip"
    path.write_bytes(b"PK: a program")
    return FileToSign(name=path.name, path=path, sha256=sha256_of(path))


def script(signed_by: str = "octo/demo") -> bytes:
    return _scripts.render("install.ps1.j2", VALUES | {"signed_by": signed_by})


def words(function: str, variables: Mapping[str, str | Path], *, signed_by: str = "octo/demo") -> list[list[str]]:
    """Return the arguments that a function of the script hands on, with its variables filled in."""
    found = powershell.arrays(script(signed_by), "words", function=function)
    return [[str(variables[each.text]) if each.variable else each.text for each in given] for given in found]


def holds(argv: Sequence[str | Path]) -> tuple[bool, str]:
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode == 0, done.stderr


def test_cosign_is_asked_for_its_options_first() -> None:
    """Which begin the command that it understands: of 2.4 and later 2.x, and of 3."""
    given = powershell.arrays(script(), "Arguments", function="Find-Cosign")
    assert [[each.text for each in one] for one in given] == [["verify-blob", "--new-bundle-format"], ["verify-blob"]]
    help_ = subprocess.run([require("cosign"), "verify-blob", "--help"], capture_output=True, text=True, check=True)
    assert "--trusted-root" in help_.stdout + help_.stderr


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_is_checked_by_cosign_and_openssl(
    algorithm: Name, archive: FileToSign, tools: Tools, tmp_path: Path
) -> None:
    """The signature of that key holds, another one's does not; openssl has no digest for Ed25519 and refuses it."""
    (tmp_path / "other.pub").write_bytes(generate("", algorithm)[1])
    private, public = generate("", algorithm)
    key, bundle = tmp_path / "key.pub", tmp_path / "demo.zip.sigstore.json"
    key.write_bytes(public)
    bundle.write_bytes(KeySigner.create({"key": private.decode()}, tools).sign(archive))
    signature = tmp_path / "signature"
    signature.write_bytes(base64.b64decode(json.loads(bundle.read_bytes())["messageSignature"]["signature"]))
    programs = ([require("cosign"), "verify-blob"], [needed("openssl")])
    for right in (True, False):
        variables = {
            "Key": key if right else tmp_path / "other.pub", "bundle": bundle, "signature": signature, "Archive": archive.path,
        }  # fmt: skip
        asked = words("Assert-Signature", variables)
        assert len(asked) == len(programs)
        for program, given in zip(programs, asked, strict=True):
            accepted, said = holds([*program, *given])
            unable = algorithm == "ed25519" and program[0] != require("cosign")
            assert accepted is (right and not unable), said


def test_who_signed_is_asked_of_cosign(archive: FileToSign, job: Tools, instance: Sigstore, tmp_path: Path) -> None:
    """Its own repository is accepted, another's is not."""
    bundle = tmp_path / "demo.zip.sigstore.json"
    bundle.write_bytes(signer(instance.trust_config, job).sign(archive))
    own = ["--trusted-root", instance.trusted_root, "--certificate-oidc-issuer", instance.issuer.address]
    for repository in ("octo/demo", "mallory/demo"):
        variables = {"bundle": bundle, "signer": repository, "Archive": archive.path}
        (given,) = words("Assert-Signer", variables, signed_by=repository)
        assert "https://token.actions.githubusercontent.com" in given
        accepted, said = holds([require("cosign"), "verify-blob", *given, *own])
        assert accepted is (repository == "octo/demo"), said
        assert repository in powershell.texts(script(repository))


def test_install_sh_asks_the_same_of_cosign() -> None:
    """One identity, one issuer, one repository: nobody is trusted on one system and not on the other."""
    shell = _scripts.render("install.sh.j2", VALUES | {"script": "install.sh"}).decode()
    (given,) = words("Assert-Signer", {"bundle": "$WORK/bundle", "signer": "$SIGNED_BY", "Archive": "$WORK/$FILE"})
    begin = shell.index("cosign verify-blob $format ") + len("cosign verify-blob $format ")
    said = shell[begin : shell.index(" >", begin)].replace("\\\n", " ").replace("'", "").replace('"', "").split()
    assert given == said
