"""sign-and-attest: a true SBOM, checksums and signatures that other people's tools accept, of proved bytes only."""

import base64
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration import projects
from tests.integration.projects import Project, Result
from tests.integration.sboms import both
from tests.tools import require

DIST = Path("dist")
SIGNED = DIST / "sign-and-attest"
WHEEL = "demo_server-1.2.0-py3-none-any.whl"
DEPENDENCIES = '"requests>=2.32,<3", "click>=8"'


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build a project with a few real dependencies, once."""
    files = projects.plain(projects.manifest(projects.HATCH, dependencies=DEPENDENCIES))
    project = projects.make(tmp_path_factory.mktemp("built"), files)
    assert project.tagship("build-matrix").code == 0
    assert project.tagship("build").code == 0
    assert (
        project.tagship("sign-and-attest", "--generate-key", "../key.pem", TAGSHIP_KEY_PASSWORD="open sesame").code == 0
    )
    return project


@pytest.fixture
def project(built: Project, tmp_path: Path) -> Project:
    """Copy the built project, to be signed or spoiled."""
    copy = Project(tmp_path / "project", tmp_path)
    subprocess.run(["cp", "-a", str(built.root), str(copy.root)], check=True)
    (tmp_path / "key.pem").write_bytes((built.root.parent / "key.pem").read_bytes())
    return copy


def sign(project: Project, *arguments: str, **environment: str) -> Result:
    key = (project.root.parent / "key.pem").read_text(encoding="utf-8")
    secrets = {"TAGSHIP_KEY": key, "TAGSHIP_KEY_PASSWORD": "open sesame"}
    return project.tagship("sign-and-attest", *arguments, **{**secrets, **environment})


def signed_files(project: Project) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (project.root / SIGNED).iterdir() if p.name != "receipt.json"}


@pytest.fixture(scope="module")
def signed(built: Project) -> Project:
    """Sign the project once."""
    done = sign(built)
    assert done.code == 0, done.said
    return built


@pytest.mark.network
def test_the_sbom_is_valid_by_the_librarys_own_validator(signed: Project) -> None:
    """An independent judge: cyclonedx-python-lib's strict validation."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = (signed.root / SIGNED / "demo-server-1.2.0.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert "file:" not in text
    assert str(signed.root.parent) not in text


@pytest.mark.network
def test_the_sbom_lists_what_an_installer_installs(signed: Project, tmp_path: Path) -> None:
    """Names, versions, licences and edges, compared with a fresh installation of the wheel."""
    venv = tmp_path / "venv"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, venv], check=True)
    wheel = signed.root / DIST / "python-any" / WHEEL
    subprocess.run([uv, "pip", "install", "-q", "--no-config", "--python", venv, wheel], check=True)
    listed = subprocess.run(
        [uv, "pip", "list", "--format", "json", "--python", venv], check=True, capture_output=True
    ).stdout
    installed = {entry["name"]: entry["version"] for entry in json.loads(listed)}

    document: dict[str, list[dict[str, Any]]] = both(signed.root / SIGNED, "demo-server-1.2.0")
    components = {c["name"].lower().replace("_", "-"): c for c in document["components"]}
    assert {name: c["version"] for name, c in components.items()} == {
        n: v for n, v in installed.items() if n != "demo-server"
    }
    assert all(c["licenses"] and c["purl"].startswith("pkg:pypi/") for c in components.values())
    assert {digest["content"] for c in components.values() for digest in c["hashes"]} == _downloaded(wheel, tmp_path)
    edges = {edge["ref"]: set(edge.get("dependsOn", ())) for edge in document["dependencies"]}
    root = document["metadata"]["component"]["bom-ref"]  # type: ignore[call-overload]
    assert edges[root] == {components["requests"]["bom-ref"], components["click"]["bom-ref"]}
    assert components["urllib3"]["bom-ref"] in edges[components["requests"]["bom-ref"]]


def _downloaded(wheel: Path, folder: Path) -> set[str]:
    """Let pip download what a wheel needs, and hash the files."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "--seed", "--python", sys.executable, folder / "pip"], check=True)
    argv = [folder / "pip/bin/pip", "download", "-q", "--only-binary", ":all:", "-d", folder / "wheels", wheel]
    subprocess.run(argv, check=True, capture_output=True)
    files = (folder / "wheels").iterdir()
    return {hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.name != wheel.name}


@pytest.mark.network
def test_signing_again_gives_the_same_bytes(project: Project) -> None:
    """Documents and signatures are reproducible, so a re-run changes nothing on a release."""
    assert sign(project).code == 0
    first = signed_files(project)
    assert sign(project).code == 0
    assert signed_files(project) == first
    assert len(first) == 12


@pytest.mark.network
def test_cosign_accepts_every_bundle_and_refuses_a_changed_file(signed: Project, tmp_path: Path) -> None:
    """Somebody else's verifier, with the public key that is shipped."""
    cosign = require("cosign")
    bundles = sorted((signed.root / SIGNED).glob("*.sigstore.json"))
    files = {p.name: p for p in [*(signed.root / SIGNED).iterdir(), *(signed.root / DIST / "python-any").iterdir()]}
    assert {bundle.name.removesuffix(".sigstore.json") for bundle in bundles} == {
        WHEEL,
        "demo_server-1.2.0.tar.gz",
        "demo-server-1.2.0.cdx.json",
        "demo-server-1.2.0.spdx.json",
        "demo-server-1.2.0.release.json",
        "checksums.txt",
    }
    for bundle in bundles:
        file = files[bundle.name.removesuffix(".sigstore.json")]
        spoiled = tmp_path / "spoiled"
        spoiled.write_bytes(file.read_bytes() + b" ")
        verdicts = [_cosign(cosign, signed, bundle, path) for path in (file, spoiled)]
        assert [verdict.returncode == 0 for verdict in verdicts] == [True, False], verdicts[0].stderr


def _cosign(cosign: Path, project: Project, bundle: Path, file: Path) -> subprocess.CompletedProcess[bytes]:
    key = project.root / SIGNED / "signing-key.pub"
    argv = [
        str(cosign),
        "verify-blob",
        "--key",
        str(key),
        "--bundle",
        str(bundle),
        "--insecure-ignore-tlog=true",
        str(file),
    ]
    return subprocess.run(
        argv, env={**project.env(), "HOME": str(project.home)}, capture_output=True, check=False, timeout=60
    )


@pytest.mark.network
def test_openssl_accepts_the_raw_signature_and_sha256sum_the_checksums(signed: Project, tmp_path: Path) -> None:
    """The two tools that everybody has."""
    bundle = json.loads((signed.root / SIGNED / f"{WHEEL}.sigstore.json").read_text(encoding="utf-8"))
    raw = tmp_path / "signature"
    raw.write_bytes(base64.b64decode(bundle["messageSignature"]["signature"]))
    wheel, key = signed.root / DIST / "python-any" / WHEEL, signed.root / SIGNED / "signing-key.pub"
    argv = ["openssl", "dgst", "-sha256", "-verify", str(key), "-signature", str(raw), str(wheel)]
    assert subprocess.run(argv, capture_output=True, check=False).stdout == b"Verified OK\n"
    for folder in ("python-any", "sign-and-attest"):
        checked = ["sha256sum", "--check", "--ignore-missing", "--strict", str(signed.root / SIGNED / "checksums.txt")]
        assert (
            subprocess.run(checked, cwd=signed.root / DIST / folder, capture_output=True, check=False).returncode == 0
        )


def test_bad_keys_are_told_apart_and_never_shown(project: Project) -> None:
    """No key, a wrong password, no password, another kind of key: exit 2, a remedy, and no secret in the output."""
    other = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    shutil.rmtree(project.root / SIGNED, ignore_errors=True)
    cases = {
        "there is no signing key": {"TAGSHIP_KEY": ""},
        "the password of the signing key is wrong": {"TAGSHIP_KEY_PASSWORD": "open barley"},
        "is encrypted": {"TAGSHIP_KEY_PASSWORD": ""},
        "ECDSA over secp384r1": {"TAGSHIP_KEY": other, "TAGSHIP_KEY_PASSWORD": ""},
        "cannot be read": {"TAGSHIP_KEY": "/nowhere/key.pem"},
    }
    for words, environment in cases.items():
        done = sign(project, **environment)
        assert (done.code, words in done.err) == (2, True), (words, done.said)
        assert "→" in done.err
        assert "Traceback" not in done.said
        assert not any(secret in done.said for secret in ("open barley", "PRIVATE KEY", other.splitlines()[1]))
        assert not (project.root / SIGNED).exists()


def test_only_proved_bytes_are_signed(project: Project) -> None:
    """Unknown, changed, missing and linked files: exit 6, each named, and nothing is signed."""
    leg = project.root / DIST / "python-any"
    digests = json.dumps({file["name"]: file["sha256"] for file in _receipt(leg)["artifacts"]})
    shutil.rmtree(project.root / SIGNED, ignore_errors=True)
    cases: dict[str, Callable[[], object]] = {
        "the plan does not know this file": lambda: (leg / "extra.whl").write_bytes(b"x"),
        "its digest is": lambda: (leg / WHEEL).write_bytes(b"changed"),
        "planned, but not there": (leg / WHEEL).unlink,
        "a link, not a file": lambda: (leg / WHEEL).symlink_to(leg / "demo_server-1.2.0.tar.gz"),
    }
    for words, spoil in cases.items():
        spoil()
        done = sign(project, "--digests", digests)
        assert (done.code, words in done.err) == (6, True), (words, done.said)
        assert not (project.root / SIGNED).exists()
        (leg / "extra.whl").unlink(missing_ok=True)


def _receipt(leg: Path) -> dict[str, list[dict[str, str]]]:
    receipt: dict[str, list[dict[str, str]]] = json.loads((leg / "receipt.json").read_text(encoding="utf-8"))
    return receipt


def test_digests_of_the_job_outputs_beat_the_receipt(project: Project) -> None:
    """A receipt that lies together with its file is found out."""
    leg = project.root / DIST / "python-any"
    digests = json.dumps({file["name"]: file["sha256"] for file in _receipt(leg)["artifacts"]})
    receipt = (leg / "receipt.json").read_text(encoding="utf-8")
    old = json.loads(digests)[WHEEL]
    (leg / WHEEL).write_bytes(b"forged")
    (leg / "receipt.json").write_text(receipt.replace(old, hashlib.sha256(b"forged").hexdigest()), encoding="utf-8")
    done = sign(project, "--digests", digests)
    assert done.code == 6
    assert f"built was {old}" in done.err


def test_loose_files_are_signed_beside_themselves(project: Project) -> None:
    """No plan needed; a runner is told to mask the secrets."""
    done = sign(project, "--files", "dist/python-any/*", GITHUB_ACTIONS="true")
    assert done.code == 0, done.said
    assert (project.root / DIST / "python-any" / f"{WHEEL}.sigstore.json").is_file()
    assert "::add-mask::open sesame" in done.err
    nothing = sign(project, "--files", "nothing/*")
    assert (nothing.code, "no file matches" in nothing.err) == (2, True)


def test_loose_files_may_lie_elsewhere(tmp_path: Path) -> None:
    """Globs may be absolute: such files are told by their whole path."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "tool.bin").write_bytes(b"bytes")
    project = Project(tmp_path / "project", tmp_path)
    project.root.mkdir()
    assert project.tagship("sign-and-attest", "--generate-key", "../key.pem").code == 0
    key = (tmp_path / "key.pem").read_text(encoding="utf-8")
    rehearsed = project.tagship("sign-and-attest", "--files", f"{elsewhere}/*.bin", "--dry-run", TAGSHIP_KEY=key)
    assert rehearsed.code == 0, rehearsed.said
    done = project.tagship("sign-and-attest", "--files", f"{elsewhere}/*.bin", "--json", TAGSHIP_KEY=key)
    assert done.code == 0, done.said
    assert json.loads(json.loads(done.out)["bundles"]) == {str(elsewhere / "tool.bin"): "tool.bin.sigstore.json"}
    assert (elsewhere / "tool.bin.sigstore.json").is_file()


@pytest.mark.network
def test_a_key_is_given_as_text_or_as_a_path_and_is_never_shown(project: Project) -> None:
    """Both sign alike. In a job each line of key and password is masked first, and is in no other line."""
    assert sign(project).code == 0
    by_text = signed_files(project)
    assert sign(project, TAGSHIP_KEY="../key.pem").code == 0
    assert signed_files(project) == by_text

    done = sign(project, "--json", GITHUB_ACTIONS="true")
    assert done.code == 0, done.said
    lines = (project.root.parent / "key.pem").read_text(encoding="utf-8").split("\n")
    secrets = {line for line in lines if line} | {"open sesame"}
    shown = done.err.splitlines()
    assert {f"::add-mask::{secret}" for secret in secrets} <= set(shown)
    rest = "\n".join([done.out, *(line for line in shown if not line.startswith("::add-mask::"))])
    assert not [secret for secret in secrets if secret in rest]
    for path in (project.root / DIST).rglob("*.*"):
        data = path.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in data], path.name


def test_a_key_pair_is_made_once(project: Project) -> None:
    """Only its owner can read it, openssl can, with the password; neither half is ever written over."""
    made = project.tagship("sign-and-attest", "--generate-key", "new.pem", TAGSHIP_KEY_PASSWORD="hush hush")
    assert made.code == 0, made.said
    assert "hush hush" not in made.said
    private, public = project.root / "new.pem", project.root / "new.pem.pub"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    argv = ["openssl", "ec", "-in", str(private), "-pubout", "-passin", "env:PASSWORD"]
    derived = subprocess.run(argv, env={**os.environ, "PASSWORD": "hush hush"}, capture_output=True, check=True).stdout
    assert derived == public.read_bytes()
    wrong = subprocess.run(argv, env={**os.environ, "PASSWORD": "wrong"}, capture_output=True, check=False)
    assert wrong.returncode != 0

    before = private.read_bytes(), public.read_bytes()
    again = project.tagship("sign-and-attest", "--generate-key", "new.pem")
    assert (again.code, "new.pem: there is a file already" in again.err) == (2, True)
    private.unlink()
    half = project.tagship("sign-and-attest", "--generate-key", "new.pem")
    assert (half.code, "new.pem.pub: there is a file already" in half.err) == (2, True)
    assert (private.exists(), public.read_bytes()) == (False, before[1])


REQUIRED = """
import importlib.metadata as m, json
print(json.dumps([[d.name, d.version, d.requires or []] for d in m.distributions()]))
"""


@pytest.mark.network
def test_every_edge_of_the_sbom_is_one_that_the_metadata_asks_for(signed: Project, tmp_path: Path) -> None:
    """All of them, and no more: requirements of what an installer installed, with their markers worked out."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    venv = tmp_path / "venv"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, venv], check=True)
    subprocess.run(
        [uv, "pip", "install", "-q", "--no-config", "--python", venv, signed.root / DIST / "python-any" / WHEEL],
        check=True,
    )
    said = subprocess.run([venv / "bin" / "python", "-I", "-c", REQUIRED], check=True, capture_output=True).stdout
    expected: dict[str, set[str]] = {}
    for name, _, requires in json.loads(said):
        asked = [Requirement(text) for text in requires]
        needed = {r.name for r in asked if r.marker is None or r.marker.evaluate({"extra": ""})}
        expected[canonicalize_name(name)] = {str(canonicalize_name(other)) for other in needed}
    document = json.loads((signed.root / SIGNED / "demo-server-1.2.0.cdx.json").read_bytes())
    parts = [document["metadata"]["component"], *document["components"]]
    names = {part["bom-ref"]: canonicalize_name(part["name"]) for part in parts}
    edges = {names[edge["ref"]]: {names[ref] for ref in edge.get("dependsOn", ())} for edge in document["dependencies"]}
    assert edges == expected
    assert expected["demo-server"] == {"requests", "click"}


@pytest.mark.network
def test_dependencies_that_cannot_be_had_stop_the_signing(tmp_path: Path) -> None:
    """No SBOM is guessed: exit 3, the resolver's words, and nothing is signed."""
    files = projects.plain(projects.manifest(projects.HATCH, dependencies='"click>=9999"'))
    project = projects.make(tmp_path, files)
    assert project.tagship("build-matrix").code == 0
    assert project.tagship("build").code == 0
    assert project.tagship("sign-and-attest", "--generate-key", "key.pem").code == 0
    done = project.tagship("sign-and-attest", TAGSHIP_KEY="key.pem")
    assert done.code == 3, done.said
    assert "cannot resolve the dependencies for the SBOM" in done.err
    assert "click>=9999" in done.err
    assert not list((project.root / DIST).rglob("*.sigstore.json"))
