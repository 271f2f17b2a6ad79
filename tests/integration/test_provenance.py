"""Where files come from: statements as ``@actions/attest`` makes them, signed, released, and kept by GitHub."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tagship.adapters import oidc
from tagship.domain.proofs import claims, provenance
from tagship.domain.proofs.trust import Identity, Trust
from tagship.signers.sigstore import SigstoreSigner
from tests.fakes.github import GithubServer
from tests.fakes.github.client import Client
from tests.fakes.github.faults import Answer, Drop
from tests.fakes.sigstore import Sigstore
from tests.fakes.sigstore.issuer import REPOSITORY, WORKFLOW
from tests.integration import projects
from tests.integration.keyless import trust
from tests.integration.projects import Project, Result
from tests.tools import verifiers
from tests.tools.node import installed
from tests.tools.pypi_server import PypiServer
from tests.tools.verifiers import Case

SUBJECTS = {"demo-1.2.0.tar.gz": "ab" * 32, "a é.bin": "cd" * 32}
THEIRS = """
const from = (path) => import(process.argv[1] + "/node_modules/@actions/attest/lib/" + path);
const { buildSLSAProvenancePredicate } = await from("provenance.js");
const { buildIntotoStatement } = await from("intoto.js");
const predicate = await buildSLSAProvenancePredicate(process.argv[2]);
process.stdout.write(JSON.stringify(buildIntotoStatement(JSON.parse(process.argv[3]), predicate)));
"""


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"job_workflow_ref": "tagship/tagship/.github/workflows/release.yml@" + "d" * 40, "run_attempt": "3"},
        {
            "ref": "refs/heads/fix@home",
            "workflow_ref": f"{REPOSITORY}/.github/workflows/ré lease.yml@refs/heads/fix@home",
        },
        {
            "repository": "octo/a",
            "workflow_ref": "octo/a/octo/a/x.yml@refs/heads/main",
            "event_name": 'push"\\\u2028\x7f',
        },
        {"runner_environment": "self-hosted", "repository_id": "12345678901"},
    ],
    ids=["plain", "reusable workflow", "odd names", "doubled names", "self-hosted"],
)
def test_statements_are_byte_for_byte_those_of_actions_attest(said: dict[str, str], instance: Sigstore) -> None:
    """The npm package asks the same issuer for its own token, whose claims are the same."""
    instance.issuer.claims |= said
    environment = instance.environment(GITHUB_SERVER_URL="https://github.com")
    subjects = [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(SUBJECTS.items())]
    arguments = [str(installed()), instance.issuer.address, json.dumps(subjects)]
    theirs = verifiers.run_node(THEIRS, arguments, environment=environment)

    token = oidc.identity_token(environment, "sigstore")
    predicate = provenance.slsa(claims.of_job(oidc.claims(token)))
    (ours,) = provenance.statements(SUBJECTS, provenance.SLSA, predicate)

    assert ours.decode() == theirs.split("\n")[-1]  # what goes before are commands to the runner
    assert instance.issuer.asked == ["nobody", "sigstore"]


def test_many_subjects_make_few_statements() -> None:
    """GitHub takes 1,024 in one; each file is in exactly one."""
    subjects = {f"file-{number:04}": f"{number:064x}" for number in range(2500)}
    made = [json.loads(each) for each in provenance.statements(subjects, provenance.SLSA, {})]
    assert [len(each["subject"]) for each in made] == [1024, 1024, 452]
    assert {s["name"]: s["digest"]["sha256"] for each in made for s in each["subject"]} == subjects


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Build a project to be signed without a key, once."""
    files = projects.plain(projects.manifest(projects.HATCH), **{"tagship.yaml": "signers: [sigstore]\n"})
    project = projects.make(tmp_path_factory.mktemp("built"), files)
    assert project.tagship("build-matrix", GITHUB_REPOSITORY=REPOSITORY).code == 0
    assert project.tagship("build").code == 0
    return project


def sign(project: Project, instance: Sigstore, *arguments: str, **environment: str) -> Result:
    config = ("--trust-config", str(instance.trust_config_v1))
    return project.tagship("sign-and-attest", *config, *arguments, **instance.environment(**environment))


def bundles(project: Project) -> list[bytes]:
    file = project.root / "dist" / "sign-and-attest" / "demo-server-1.2.0.intoto.jsonl"
    data = file.read_bytes()
    assert data.endswith(b"\n")
    return data.splitlines()


def statement(bundle: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(json.loads(bundle)["dsseEnvelope"]["payload"]))
    return found


@pytest.mark.network
def test_a_release_is_signed_without_a_key(built: Project, instance: Sigstore, tmp_path: Path) -> None:
    """A bundle per file and one file of statements: provenance of all that is signed, the SBOM of what was built."""
    done = sign(built, instance, "--json")
    assert done.code == 0, done.said
    outputs = json.loads(done.out)
    folder = built.root / "dist" / "sign-and-attest"
    wheel = built.root / "dist" / "python-any" / "demo_server-1.2.0-py3-none-any.whl"
    assert json.loads(outputs["attestations"]) == ["demo-server-1.2.0.intoto.jsonl"]
    assert not (folder / "signing-key.pub").exists()

    provenance_bundle, sbom_bundle, spdx_bundle = bundles(built)
    subjects = json.loads(outputs["subjects"])
    manifest = "demo-server-1.2.0.release.json"
    made = statement(provenance_bundle)
    assert {s["name"]: s["digest"]["sha256"] for s in made["subject"]} == {
        name: digest for name, digest in subjects.items() if name != manifest
    }
    assert made["predicate"]["runDetails"]["builder"]["id"] == f"https://github.com/{WORKFLOW}"
    about = statement(sbom_bundle)
    assert about["predicateType"] == "https://cyclonedx.org/bom"
    assert {s["name"] for s in about["subject"]} == {wheel.name, "demo_server-1.2.0.tar.gz"}
    assert about["predicate"] == json.loads((folder / "demo-server-1.2.0.cdx.json").read_bytes())
    assert statement(spdx_bundle)["predicateType"] == "https://spdx.dev/Document/v2.3"
    listed = {a["name"] for a in json.loads((folder / manifest).read_bytes())["artifacts"]}
    assert "demo-server-1.2.0.intoto.jsonl" in listed

    name, issuer = f"https://github.com/{WORKFLOW}", instance.issuer.address
    line = tmp_path / "provenance.json"
    line.write_bytes(provenance_bundle)
    assert verifiers.cosign(Case(wheel, line, name, issuer, instance.trusted_root, statement=True)) == ""
    signed = Case(wheel, folder / f"{wheel.name}.sigstore.json", name, issuer, instance.trusted_root)
    assert verifiers.cosign(signed) == ""


@pytest.mark.network
def test_pypi_gets_the_attestations_that_the_signing_job_made(instance: Sigstore, tmp_path: Path) -> None:
    """One statement about each file alone (PEP 740), from the release's file of statements; what arrives holds by itself."""
    with PypiServer(tmp_path / "index") as index:
        config = f"signers: [sigstore]\nsbom: []\nchannels: [{{kind: pypi, address: '{index.address}'}}]\n"
        files = projects.plain(projects.manifest(projects.HATCH), **{"tagship.yaml": config})
        project = projects.make(tmp_path / "made", files)
        assert project.tagship("build-matrix", GITHUB_REPOSITORY=REPOSITORY).code == 0
        assert project.tagship("build").code == 0
        done = sign(project, instance, "--json")
        assert done.code == 0, done.said
        index.trusts = lambda _identity: True
        digests = json.loads(done.out)["digests"]
        published = project.tagship("publish", "--digests", digests, **instance.environment())
        assert published.code == 0, published.said
    subjects = []
    for attestation in (each for upload in index.attestations for each in upload):
        material, envelope = attestation["verification_material"], attestation["envelope"]
        bundle = {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": material["certificate"]},
                "tlogEntries": material["transparency_entries"],
            },
            "dsseEnvelope": {
                "payload": envelope["statement"],
                "payloadType": "application/vnd.in-toto+json",
                "signatures": [{"sig": envelope["signature"]}],
            },
        }
        said = json.loads(SigstoreSigner.check_statement(json.dumps(bundle).encode(), trust(instance)))
        assert (said["predicateType"], said["predicate"]) == ("https://docs.pypi.org/attestations/publish/v1", None)
        subjects += said["subject"]
    assert {each["name"]: each["digest"]["sha256"] for each in subjects} == {
        name: digest for name, digest in json.loads(digests).items() if name in index.files
    }
    assert len(subjects) == 2


@pytest.mark.network
def test_nothing_is_told_of_a_private_repository(built: Project, tmp_path: Path) -> None:
    """Exit 2 before anything is asked or written, on a server whose private repositories have no instance but the public one."""
    event = tmp_path / "event.json"
    event.write_text('{"repository": {"private": true, "visibility": "private"}}', encoding="utf-8")
    environment = {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:9/idtoken?x=1",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "nobody-listens",
        "GITHUB_SERVER_URL": "https://github.example.com",
        "GITHUB_EVENT_PATH": str(event),
    }
    done = built.tagship("sign-and-attest", "--dist", "dist", **environment)
    assert (done.code, "the repository is private" in done.err) == (2, True), done.said


@pytest.mark.network
def test_a_release_without_any_log(instance: Sigstore, tmp_path: Path) -> None:
    """Signed, stated, verified as a whole and by others; PyPI's statements are not made, which is said once, and not missed."""
    own = instance.unlogged
    with PypiServer(tmp_path / "index") as index:
        config = f"signers: [sigstore]\nsbom: []\nchannels: [{{kind: pypi, address: '{index.address}'}}]\n"
        files = projects.plain(projects.manifest(projects.HATCH), **{"tagship.yaml": config})
        project = projects.make(tmp_path / "made", files)
        assert project.tagship("build-matrix", GITHUB_REPOSITORY=REPOSITORY).code == 0
        assert project.tagship("build").code == 0
        configured = ("--trust-config", str(own.trust_config), "--json")
        done = project.tagship("sign-and-attest", *configured, **instance.environment())
        assert done.code == 0, done.said
        assert done.said.count("no attestations for PyPI") == 1
        index.trusts = lambda _identity: True
        digests = json.loads(done.out)["digests"]
        published = project.tagship("publish", "--digests", digests, **instance.environment())
        assert published.code == 0, published.said
        assert (len(index.files), [each for upload in index.attestations for each in upload]) == (2, [])

    (made,) = bundles(project)
    assert statement(made)["predicateType"] == "https://slsa.dev/provenance/v1"
    wheel = project.root / "dist" / "python-any" / "demo_server-1.2.0-py3-none-any.whl"
    line = tmp_path / "provenance.json"
    line.write_bytes(made)
    name, issuer = f"https://github.com/{WORKFLOW}", instance.issuer.address
    case = Case(wheel, line, name, issuer, own.trusted_root, statement=True, logged=False)
    assert verifiers.cosign(case) == ""
    who = ("--files", "dist/*", "--repository", REPOSITORY, "--issuer", issuer, "--offline")
    verified = project.tagship("verify", *who, "--trust-config", str(own.trusted_root))
    assert verified.code == 0, verified.said
    wheel.write_bytes(wheel.read_bytes() + b"x")
    assert project.tagship("verify", *who, "--trust-config", str(own.trusted_root)).code == 6
    assert project.tagship("verify", *who, "--trust-config", str(instance.trusted_root)).code == 6


def public(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text('{"repository": {"visibility": "public", "private": false}}', encoding="utf-8")
    return {"GITHUB_EVENT_PATH": str(path)}


@pytest.fixture
def loose(tmp_path: Path) -> Project:
    """Give a folder with two files and no plan."""
    root = tmp_path / "loose"
    root.mkdir()
    (root / "a.bin").write_bytes(b"a")
    (root / "b.bin").write_bytes(b"b")
    return Project(root, tmp_path)


def attest(loose: Project, instance: Sigstore, server: GithubServer, tmp_path: Path, *arguments: str) -> Result:
    more = ("--files", "*.bin", "--attest", "provenance", "--signing-window", "20", "--json", *arguments)
    environment = {**server.environment(), **public(tmp_path), "GITHUB_REPOSITORY": REPOSITORY}
    environment["GITHUB_SERVER_URL"] = "https://github.com"  # which certificates name
    return sign(loose, instance, *more, **environment)


def kept(server: GithubServer, digest: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Client(server).get(f"/attestations/sha256:{digest}").json()["attestations"]
    return found


def test_statements_are_kept_by_github_and_beside_the_files(
    loose: Project, instance: Sigstore, github_server: GithubServer, tmp_path: Path
) -> None:
    """One statement about both files: found by either digest, the same as lies beside each, and it holds."""
    done = attest(loose, instance, github_server, tmp_path)
    assert done.code == 0, done.said
    outputs = json.loads(done.out)
    (url,) = json.loads(outputs["attestation-urls"])
    assert url.startswith(f"https://github.com/{REPOSITORY}/attestations/")

    for name, digest in json.loads(outputs["subjects"]).items():
        beside = (loose.root / f"{name}.intoto.jsonl").read_bytes()
        (found,) = kept(github_server, digest)
        assert found["bundle"] == json.loads(beside)
        identity = Identity(repository=f"https://github.com/{REPOSITORY}", issuer=instance.issuer.address)
        trust = Trust(identity=identity, trust_root=instance.trusted_root.read_bytes())
        said = json.loads(SigstoreSigner.check_statement(beside, trust))
        assert {s["name"] for s in said["subject"]} == {"a.bin", "b.bin"}


def test_a_lost_answer_makes_no_second_copy(
    loose: Project, instance: Sigstore, github_server: GithubServer, tmp_path: Path
) -> None:
    """Before it is sent again, GitHub is asked whether it is there; 502 before the effect is simply tried again."""
    github_server.faults.add(Answer(status=502), method="POST", path="/attestations$", number=1)
    github_server.faults.add(Drop(), method="POST", path="/attestations$", times=1)
    done = attest(loose, instance, github_server, tmp_path)
    assert done.code == 0, done.said
    digest = json.loads(json.loads(done.out)["subjects"])["a.bin"]
    assert len(kept(github_server, digest)) == 1


@pytest.mark.parametrize(("wish", "code"), [("auto", 0), ("true", 4), ("false", 0)])
def test_without_the_permission_auto_warns_and_true_fails(
    wish: str, code: int, loose: Project, instance: Sigstore, github_server: GithubServer, tmp_path: Path
) -> None:
    """The message names the permission; the signatures are there either way."""
    from dataclasses import replace

    tokens = github_server.world.tokens
    tokens["write-token"] = replace(tokens["write-token"], attestations="none")
    done = attest(loose, instance, github_server, tmp_path, "--github-attestations", wish)
    assert done.code == code, done.said
    assert ("attestations: write" in done.err) == (wish != "false")
    assert (loose.root / "a.bin.sigstore.json").is_file()


def released(project: Project) -> dict[str, bytes]:
    folder = project.root / "dist" / "sign-and-attest"
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "receipt.json"}


@pytest.mark.network
def test_a_second_run_keeps_what_the_first_one_signed(built: Project, instance: Sigstore, tmp_path: Path) -> None:
    """The same bytes, without one more entry in the log, in another attempt too; what somebody planted is made anew."""
    assert sign(built, instance).code == 0
    first, entries = released(built), instance.rekor_v1.size
    instance.issuer.claims["run_attempt"] = "2"

    assert sign(built, instance).code == 0
    assert released(built) == first
    assert instance.rekor_v1.size == entries

    folder = built.root / "dist" / "sign-and-attest"
    wheel, sdist = "demo_server-1.2.0-py3-none-any.whl.sigstore.json", "demo_server-1.2.0.tar.gz.sigstore.json"
    (folder / wheel).write_bytes(first[sdist])
    (folder / "demo-server-1.2.0.intoto.jsonl").write_bytes(b"rubbish\n")
    assert sign(built, instance).code == 0
    after = released(built)
    assert after[sdist] == first[sdist]
    assert after[wheel] not in {first[wheel], first[sdist]}
    assert len(bundles(built)) == 3

    instance.issuer.claims["sha"] = "d" * 40
    assert sign(built, instance).code == 0
    assert not {
        name for name, data in released(built).items() if data == after[name] and name.endswith("sigstore.json")
    }


@pytest.mark.network
def test_the_whole_chain_without_a_key_in_one_go(instance: Sigstore, tmp_path: Path) -> None:
    """`tagship release` in a job: no key is made, the folder is verified as this job; again, and nothing changes.

    Whom to trust is a file the first time, then the configuration itself, as a workflow hands it on.
    """
    files = projects.plain(projects.manifest(projects.HATCH), **{"tagship.yaml": "signers: [sigstore]\n"})
    project = projects.make(tmp_path, files)
    environment = instance.environment(GITHUB_REPOSITORY=REPOSITORY)
    first = project.tagship("release", "--trust-config", str(instance.trust_config_v1), **environment)
    assert first.code == 0, first.said
    folder = project.root / "releases" / "v1.2.0"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "demo_server-1.2.0.tar.gz.sigstore.json" in before
    assert "signing-key.pub" not in before
    assert not list(project.home.rglob("*.pem"))

    itself = instance.trust_config_v1.read_text(encoding="utf-8")
    second = project.tagship("release", **environment, TAGSHIP_TRUST_CONFIG=itself)
    assert second.code == 0, second.said
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
