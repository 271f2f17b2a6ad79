"""tagship released by its own workflow and its own ``tagship.yaml``, whole, with every place it goes to on loopback."""

import base64
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tagship.adapters.files import sha256_of
from tagship.domain.proofs.provenance import SLSA
from tests.e2e import act
from tests.e2e.act import Act
from tests.e2e.test_workflows import RELEASE, environment, make_known
from tests.fakes import sigstore
from tests.fakes.github import WRITE_TOKEN, GithubServer, Settings
from tests.fakes.sigstore import Sigstore
from tests.fakes.sigstore.issuer import BEARER
from tests.integration import images
from tests.integration.pages_site import Site
from tests.tools import pypi_server, require, verifiers
from tests.tools.node import openapi_description
from tests.tools.oci_registry import PASSWORD, USER, OciRegistry
from tests.tools.pypi_server import PypiServer
from tests.tools.tls_proxy import TlsProxy

JOBS: Final = ("plan", "preflight", "build", "sign-and-attest", "release-assets", "publish")
TAP: Final = "tagship/homebrew-tap"
VERSION: Final = str(tomllib.loads((act.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
WHEEL, SDIST = f"tagship-{VERSION}-py3-none-any.whl", f"tagship-{VERSION}.tar.gz"
IMAGE: Final = f"tagship-{VERSION}-linux-x86_64.oci.tar"
STATEMENTS: Final = f"tagship-{VERSION}.intoto.jsonl"
WORKFLOW: Final = f"{act.SELF}/{RELEASE}@refs/tags/v{VERSION}"
"""Who signs: the workflow that is called, and here it is of the repository that calls it."""
GRANTED: Final = {"contents": "write", "id-token": "write", "attestations": "write"}
KNOWN: Final = {"full_name": act.SELF, "name": "tagship", "owner": {"login": "tagship"}, "visibility": "public"}
LOGIN: Final = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
CALLER: Final = ".github/workflows/rehearsal.yml"
pytestmark = [pytest.mark.e2e, pytest.mark.network]


@dataclass(frozen=True)
class World:
    """All that a release of tagship meets; ``base`` stands for the image that its Dockerfile starts from."""

    github: GithubServer
    sigstore: Sigstore
    index: PypiServer
    registry: OciRegistry
    proxy: TlsProxy
    site: Site
    base: str


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Run it. What is downloaded from github.com comes from the stand-in, everything else from where it is."""
    with (
        PypiServer(folder / "index") as index,
        OciRegistry(folder / "registry", locked=True) as registry,
        GithubServer(
            ["tagship/tagship", Settings(owner="tagship", name="homebrew-tap")], description=openapi_description()
        ) as github,
        TlsProxy(
            folder / "proxy", {"github.com": lambda path: fetched(f"{github.server_url}{path}")}, open=True
        ) as proxy,
        Site(github, repository="tagship/tagship") as site,
        images.base("debian", folder) as base,
    ):
        instance = sigstore.running()
        instance.calm()
        yield World(github, instance, index, registry, proxy, site, base)
        instance.calm()
        github.quiesce()
        assert github.violations == []


def fetched(address: str) -> tuple[int, bytes] | None:
    """Get a file of the stand-in's, without any token."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310
            return 200, answer.read()
    except urllib.error.HTTPError:
        return None


def rehearsed(repository: Path, there: World) -> None:
    """Change what cannot be on loopback as it is: three addresses, the platform, the image's base; and say which Sigstore.

    A pushed tag brings no inputs, so that workflow is called by one that names the instance, as whoever has one does.
    """
    path = repository / "tagship.yaml"
    settings: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert settings["signers"] == ["sigstore"]
    assert settings["channels"] == [
        "pypi",
        {"kind": "oci", "address": "https://ghcr.io/tagship"},
        {"kind": "homebrew", "address": f"https://github.com/{TAP}"},
        {"kind": "pages", "address": "https://tagship.github.io/tagship"},
    ]
    settings["channels"][0] = {"kind": "pypi", "address": there.index.address}
    settings["channels"][1]["address"] = f"{there.registry.address}/tagship"
    settings["channels"][3] = {"kind": "pages", "address": there.site.address}
    settings["targets"] = ["linux-x86_64"]
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    workflow = repository / RELEASE  # act keeps the outputs of one leg: see test_workflows.py
    handed_on = "digests: ${{ toJSON(needs.build.outputs) }}"
    steps = workflow.read_text(encoding="utf-8")
    assert handed_on in steps
    workflow.write_text(steps.replace(handed_on, 'digests: ""'), encoding="utf-8")
    file = repository / "Dockerfile"
    text, replaced = re.subn(
        r"^FROM docker\.io/\S+@sha256:[0-9a-f]{64}",
        f"FROM {there.base}",
        file.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert replaced == 2
    file.write_text(text, encoding="utf-8")
    inputs = {
        "issuer": there.sigstore.issuer.address,
        "trust-config": there.sigstore.trust_config_v1.read_text(
            encoding="utf-8"
        ),  # the kind of log that the public one is
    }
    job = {"uses": f"./{RELEASE}", "permissions": GRANTED, "with": inputs, "secrets": "inherit"}
    caller = {"on": {"push": {"tags": ["v*"]}}, "permissions": {}, "jobs": {"release": job}}
    (repository / CALLER).write_text(json.dumps(caller), encoding="utf-8")
    act.git(repository, "add", "--all")
    act.git(repository, "commit", "--quiet", "--message", "test: rehearse")
    there.sigstore.issuer.claims |= claims(act.git(repository, "rev-parse", "HEAD"))


def claims(commit: str) -> dict[str, str]:
    """Say who the job is, as GitHub does: act gives jobs no identity, only where to ask for one."""
    names = {
        "workflow_ref": WORKFLOW,
        "job_workflow_ref": WORKFLOW,
        "repository": act.SELF,
        "repository_owner": "tagship",
    }
    commits = dict.fromkeys(("sha", "workflow_sha", "job_workflow_sha"), commit)
    return {**names, **commits, "ref": f"refs/tags/v{VERSION}", "sub": f"repo:{act.SELF}:environment:release"}


def certificates(there: World, folder: Path) -> str:
    """Write down whom programs of a run believe: whom this machine believes, and the proxy."""
    paths = ssl.get_default_verify_paths()
    usual = Path(paths.cafile or paths.openssl_cafile).read_text(encoding="utf-8")
    own = Path(there.proxy.environment["SSL_CERT_FILE"]).read_text(encoding="utf-8")
    together = folder / "certificates.pem"
    together.write_text(f"{usual}\n{own}", encoding="utf-8")
    return str(together)


def test_a_tag_push_releases_tagship_itself(tagship_copy: Path, tmp_path: Path) -> None:
    """Every job succeeds; wheel, sdist, image and formula are released, proved, and published where ``tagship.yaml`` says.

    Nobody has a key: who the workflow is, is what is signed for, and what cosign and ``tagship verify`` ask for.
    """
    repository = tmp_path / "tagship"
    shutil.copytree(tagship_copy, repository, symlinks=True)
    with world(tmp_path / "world") as there:
        rehearsed(repository, there)
        make_known(there.github, act.SELF, repository, f"v{VERSION}")
        hidden = {
            "GITHUB_TOKEN": WRITE_TOKEN,
            "TAGSHIP_PYPI_TOKEN": pypi_server.TOKEN,
            "TAGSHIP_OCI_USERNAME": USER,
            "TAGSHIP_OCI_TOKEN": PASSWORD,
            "TAGSHIP_HOMEBREW_TOKEN": WRITE_TOKEN,
            "TAGSHIP_PAGES_TOKEN": WRITE_TOKEN,
        }
        runner = Act(repository, tmp_path / "act", job(there, tmp_path), hidden, {f"{act.SELF}@v1": tagship_copy})

        run = runner.run("push", CALLER, payload={**act.push_of_tag(f"v{VERSION}"), "repository": KNOWN})

        run.assert_succeeded(*JOBS)
        for secret in (BEARER, pypi_server.TOKEN, PASSWORD):
            assert secret not in run.log
        files = released(there.github)
        plan = json.loads((runner.artifacts / "plan" / "plan.json").read_bytes())
        assert files.keys() == {each["name"] for each in plan["artifacts"]}
        assert {WHEEL, SDIST, IMAGE, "tagship.rb", "checksums.txt", STATEMENTS} <= files.keys()
        assert {
            f"{name}-{VERSION}.{kind}.json" for name in ("tagship", "tagship-container") for kind in ("cdx", "spdx")
        } <= (files.keys())
        proved(there, tmp_path / "proved")
        published(there, files)
        assert f'"✓ release<br>published<br>created<br>{len(files)} files"]' in run.summaries["release-assets"]
        assert re.search(r'"✓ publish<br>(?:[^"]*<br>)?pypi: published, [\d.]+ s', run.summaries["publish"])
        works(runner.artifacts / "container-linux-x86_64" / IMAGE, repository)


def job(there: World, folder: Path) -> dict[str, str]:
    """Return what a job is given; where to ask who it is, act hands to every job, whatever its permissions."""
    proxied = {name: there.proxy.environment[name] for name in ("HTTPS_PROXY", "NO_PROXY")}
    identity = there.sigstore.environment(REQUESTS_CA_BUNDLE=certificates(there, folder))
    return {**environment(there.github), **proxied, **images.ENVIRONMENT, **identity}


def proved(there: World, folder: Path) -> None:
    """Let others check files, a statement and the image, and ``tagship verify`` the whole release; GitHub has the statements."""
    folder.mkdir()
    repository, instance = there.github.repository(act.SELF), there.sigstore
    for asset in repository.assets.values():
        assert asset.blob
        shutil.copy(asset.blob.path, folder / asset.name)
    name, issuer, root = f"https://github.com/{WORKFLOW}", instance.issuer.address, instance.trusted_root
    provenance = folder / "provenance.json"
    kinds = {said_in(line)["predicateType"]: line for line in (folder / STATEMENTS).read_bytes().splitlines()}
    provenance.write_bytes(kinds[SLSA])
    asked = [(each, folder / f"{each}.sigstore.json") for each in (WHEEL, IMAGE, "tagship.rb", "checksums.txt")]
    for file, bundle in [*asked, (WHEEL, provenance), (IMAGE, provenance)]:
        case = verifiers.Case(folder / file, bundle, name, issuer, root, statement=bundle == provenance)
        assert verifiers.cosign(case) == ""
    provenance.unlink()
    assert repository.attestations

    (folder / "config.json").write_text(json.dumps({"auths": {there.registry.host: {"auth": LOGIN}}}), encoding="utf-8")
    trust = ["--trusted-root", str(root), "--certificate-oidc-issuer", issuer, "--certificate-identity", name]
    argv = [str(require("cosign")), "verify", "--new-bundle-format", "--allow-http-registry", *trust]
    env = {"HOME": str(folder), "DOCKER_CONFIG": str(folder), "PATH": os.environ["PATH"]}
    image = f"{there.registry.host}/tagship/tagship:{VERSION}"
    done = subprocess.run([*argv, image], env=env, capture_output=True, check=False, timeout=120, text=True)
    assert done.returncode == 0, done.stderr

    who = ["--repository", act.SELF, "--workflow", "release.yml", "--source-ref", f"refs/tags/v{VERSION}"]
    argv = [sys.executable, "-m", "tagship", "verify", "--tag", f"v{VERSION}", *who, "--issuer", issuer]
    at = {**env, **environment(there.github), "GITHUB_TOKEN": WRITE_TOKEN, "TAGSHIP_TRUST_CONFIG": str(root)}
    done = subprocess.run(argv, env=at, cwd=folder, capture_output=True, check=False, timeout=120, text=True)
    assert done.returncode == 0, done.stderr


def released(github: GithubServer) -> dict[str, str]:
    """Return the digests of the files of the one release, which is published."""
    there = github.repository("tagship/tagship")
    assert [(release.tag_name, release.draft) for release in there.releases.values()] == [(f"v{VERSION}", False)]
    return {asset.name: asset.blob.sha256 for asset in there.assets.values() if asset.blob}


def said_in(bundle: bytes) -> dict[str, Any]:
    """Return the statement in a bundle."""
    document: dict[str, Any] = json.loads(base64.b64decode(json.loads(bundle)["dsseEnvelope"]["payload"]))
    return document


def published(there: World, files: Mapping[str, str]) -> None:
    """Compare what the index, the registry, the tap and the site have with the release."""
    assert {name: sha256_of(there.index.packages / name) for name in there.index.files} == {
        name: files[name] for name in (WHEEL, SDIST)
    }
    assert {VERSION, "latest"} <= there.registry.tags("tagship/tagship").keys()
    tap = there.github.repository(TAP)
    found = tap.objects.file(tap.commits[tap.branches["main"]].tree, "Formula/tagship.rb")
    assert found is not None
    formula = found[1].decode()
    assert f'sha256 "{files[WHEEL]}"' in formula
    assert f'url "https://github.com/tagship/tagship/releases/download/v{VERSION}/{WHEEL}"' in formula
    assert 'depends_on "python@3.14"' in formula
    page = there.site.file("index.html").decode()
    assert f"tagship {VERSION}" in page
    assert f'"tagship[all]=={VERSION}"' in page or f"tagship[all]=={VERSION}" in page
    assert {'resource "sigstore" do', 'resource "uv" do'} <= {line.strip() for line in formula.splitlines()}


def works(image: Path, project: Path) -> None:
    """Do what the image is for: as nobody in particular, plan a project that is mounted."""
    config = images.inspect(image)["config"]
    assert (config["User"], config["Entrypoint"]) == ("65532:65532", ["tagship"])
    assert config["Labels"]["org.opencontainers.image.version"] == VERSION
    with images.container(image) as command:
        mounted = [*command[:-2], "--volume", f"{project}:/work:ro", *command[-2:]]
        said = subprocess.run([*mounted, "tagship", "--version"], check=True, capture_output=True, text=True).stdout
        assert VERSION in said
        argv = [*mounted, "tagship", "build-matrix", "--plan", "/tmp/plan.json", "--json"]  # noqa: S108
        done = subprocess.run(argv, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["version"] == VERSION
