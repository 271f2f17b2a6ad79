"""Images are signed as cosign looks for it: by a key or keyless, with provenance, in a real registry, for every platform."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from tagship.domain.plans import plan as plans
from tagship.parts.plan import later_files
from tagship.settings import Config
from tagship.signers.key import generate
from tests.fakes.sigstore import Sigstore
from tests.integration import publish_run
from tests.integration.keyless import NAME
from tests.integration.publish_run import File, Publisher
from tests.integration.test_publish_oci import FILE, IMAGE, _channel, _layout, _root_of
from tests.tools import require
from tests.tools.oci_registry import OciRegistry

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SKIPPED: the registry is a program of Debian's")
STATEMENTS = "dice-mcp-1.2.0.intoto.jsonl"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[OciRegistry]:
    """Run a registry that keeps no list of referrers: they lie under the fallback tag."""
    with OciRegistry(tmp_path / "registry") as server:
        yield server


def planned(registry: OciRegistry, folder: Path, signer: str) -> Publisher:
    """Plan an image that is signed and published, and lay it out as built."""
    made = publish_run.by_hand(folder, {FILE: File("image", _layout("one"))}, [_channel(registry)])
    path = made.project / "plan.json"
    plan = plans.decode(path.read_bytes(), file="plan.json", expected_digest="")
    chosen = later_files.choose(signer, "none", Config(attest=("provenance",), installers=()))
    later = later_files.name_all(chosen, plan.name, plan.version, plan.packages, plan.artifacts)
    channel = msgspec.structs.replace(plan.channels[0], artifacts=(FILE, STATEMENTS))
    changed = msgspec.structs.replace(
        plan,
        artifacts=tuple(sorted((*plan.artifacts, *later), key=lambda each: each.name)),
        signatures=(signer,),
        attest=("provenance",),
        channels=(channel,),
    )
    path.write_bytes(plans.encode(changed))
    return made


def release(made: Publisher, **environment: str) -> None:
    """Sign, then publish what was signed."""
    argv = [sys.executable, "-W", "ignore", "-m", "tagship", "sign-and-attest", "--digests", made.digests, "--json"]
    done = subprocess.run(argv, cwd=made.project, env={**made.env, **environment}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    digests = json.loads(done.stdout)["digests"]
    finished = Publisher(project=made.project, digests=digests, env=made.env, secrets=()).run()
    assert finished.code == 0, finished.said


def cosign(folder: Path, what: Sequence[str], given: Sequence[str], reference: str) -> str:
    """Return why cosign refuses; nothing when it accepts."""
    argv = [str(require("cosign")), *what, "--new-bundle-format", "--allow-http-registry", *given, reference]
    env = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    done = subprocess.run(argv, env=env, capture_output=True, check=False, timeout=120, text=True)
    return done.stderr if done.returncode else ""


ATTESTATION = ("verify-attestation", "--type", "slsaprovenance1")


def verdicts(registry: OciRegistry, folder: Path, given: Sequence[str]) -> list[str]:
    """Ask cosign of the image's signature and provenance, by its digest and by its tag."""
    by_digest = f"{registry.host}/{IMAGE}@{_root_of(_layout('one'))}"
    by_tag = f"{registry.host}/{IMAGE}:1.2.0"
    asked = [(["verify"], by_digest), (["verify"], by_tag), (ATTESTATION, by_digest)]
    return [cosign(folder, what, given, reference) for what, reference in asked]


def test_cosign_verifies_an_image_signed_with_a_key(registry: OciRegistry, tmp_path: Path) -> None:
    """Signature and provenance; with another key, or of another image in the registry, it refuses."""
    private, public = generate("")
    (tmp_path / "key.pub").write_bytes(public)
    (tmp_path / "other.pub").write_bytes(generate("")[1])
    made = planned(registry, tmp_path, "key")
    release(made, TAGSHIP_KEY=private.decode())
    flags = ["--insecure-ignore-tlog", "--key"]
    assert verdicts(registry, tmp_path, [*flags, str(tmp_path / "key.pub")]) == ["", "", ""]
    assert all(verdicts(registry, tmp_path, [*flags, str(tmp_path / "other.pub")]))

    unsigned = {"other-1.2.0.oci.tar": File("image", _layout("other"))}
    channel = _channel(registry, options={"image": "other"})
    assert publish_run.by_hand(tmp_path / "other", unsigned, [channel]).run().code == 0
    reference = f"{registry.host}/octo/other:1.2.0"
    assert "no signatures found" in cosign(tmp_path, ["verify"], [*flags, str(tmp_path / "key.pub")], reference)


@pytest.mark.parametrize("log", ["v1", "v2"])
def test_cosign_verifies_an_image_signed_without_a_key(
    log: str, registry: OciRegistry, instance: Sigstore, tmp_path: Path
) -> None:
    """By the identity of the job; somebody else's is refused."""
    made = planned(registry, tmp_path, "sigstore")
    config = instance.trust_config if log == "v2" else instance.trust_config_v1
    job = instance.environment(TAGSHIP_TRUST_CONFIG=str(config), GITHUB_REPOSITORY="octo/demo")
    release(made, **job)
    given = ["--trusted-root", str(instance.trusted_root), "--certificate-oidc-issuer", instance.issuer.address]
    timed = ["--use-signed-timestamps"] if log == "v2" else []
    assert verdicts(registry, tmp_path, [*given, *timed, "--certificate-identity", NAME]) == ["", "", ""]
    other = NAME.replace("octo", "mallory")
    assert all(verdicts(registry, tmp_path, [*given, *timed, "--certificate-identity", other]))
