"""``tagship publish`` of images to real registries: by digest, whole before it has a name, tags that only go forward."""

import base64
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tagship.domain.plans.target import Target
from tests.integration import images, publish_run
from tests.integration.examples import example
from tests.integration.mcp_client import ask
from tests.integration.publish_run import File, Publisher
from tests.tools import require
from tests.tools.oci_registry import PASSWORD, USER, OciRegistry

IMAGE = "octo/dice-mcp"
FILE = "dice-mcp-1.2.0.oci.tar"
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="SKIPPED: the registry is a program of Debian's")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[OciRegistry]:
    with OciRegistry(tmp_path / "registry") as server:
        yield server


@pytest.fixture
def publisher(registry: OciRegistry, tmp_path: Path) -> Publisher:
    return _publisher(registry, tmp_path)


def test_an_image_arrives_with_its_digest_for_every_platform(
    publisher: Publisher, registry: OciRegistry, tmp_path: Path
) -> None:
    """Skopeo and crane read what the layout has; the tags are the version's and those that move."""
    done = publisher.run()
    assert done.code == 0, done.said
    wanted = {"state": "published", "version": "1.2.0", "url": f"{registry.host}/{IMAGE}:1.2.0"}
    assert wanted.items() <= done.published["oci"].items()
    digest = _root(publisher.file(FILE))
    assert registry.tags(IMAGE) == dict.fromkeys(("1", "1.2", "1.2.0", "latest"), digest)
    crane = [str(require("crane")), "--insecure"]
    assert publish_run.check([*crane, "digest", f"{registry.host}/{IMAGE}:1.2.0"], tmp_path, {}).strip() == digest
    publish_run.check([*crane, "validate", "--remote", f"{registry.host}/{IMAGE}:1.2.0"], tmp_path, {})
    images.need("skopeo")
    copied = tmp_path / "copied"
    source = f"docker://{registry.host}/{IMAGE}:latest"
    images.run("skopeo", "copy", "--all", "--src-tls-verify=false", source, f"oci:{copied}:1.2.0")
    (described,) = json.loads((copied / "index.json").read_bytes())["manifests"]
    assert described["digest"] == digest
    index = json.loads((copied / "blobs" / digest.replace(":", "/")).read_bytes())
    assert [each["platform"]["architecture"] for each in index["manifests"]] == ["amd64", "arm64"]


def test_an_address_with_capital_letters_is_a_repository_without(registry: OciRegistry, tmp_path: Path) -> None:
    """Owners on GitHub have them, names of repositories do not: what is pushed is where the page says it is pulled from."""
    channel = publish_run.channel("oci", f"{registry.address}/Octo")
    done = publish_run.by_hand(tmp_path, {FILE: File("image", _layout("one"))}, [channel]).run()
    assert done.code == 0, done.said
    assert done.published["oci"]["url"] == f"{registry.host}/{IMAGE}:1.2.0"
    assert "1.2.0" in registry.tags(IMAGE)


def test_again_writes_nothing(publisher: Publisher, registry: OciRegistry) -> None:
    """A second run asks for tags and changes none."""
    assert publisher.run().code == 0
    registry.requests.clear()
    again = publisher.run()
    assert (again.code, again.published["oci"]["state"]) == (0, "already-there"), again.said
    assert registry.count("POST", "PATCH", "PUT", "DELETE") == 0


def test_two_registries_get_one_digest(publisher: Publisher, registry: OciRegistry, tmp_path: Path) -> None:
    """Other people's registry, the same image: nothing is repacked on the way."""
    with OciRegistry(tmp_path / "other", "crane") as other:
        channels = [_channel(registry), _channel(other, id="mirror")]
        both = publish_run.by_hand(tmp_path / "both", {FILE: File("image", _layout("one"))}, channels)
        done = both.run()
        assert done.code == 0, done.said
        assert registry.tags(IMAGE) == other.tags(IMAGE)
        assert both.run().published["mirror"]["state"] == "already-there"


def test_platforms_that_were_built_apart_become_one_image(registry: OciRegistry, tmp_path: Path) -> None:
    """Two layouts, one per platform: one index under the version, and the same one the next time."""
    files = {
        f"dice-mcp-1.2.0-{target}.oci.tar": File("image", _layout(target, (arch,)), target)
        for target, arch in ((Target.LINUX_X86_64, "amd64"), (Target.LINUX_AARCH64, "arm64"))
    }
    publisher = publish_run.by_hand(tmp_path, files, [_channel(registry)])
    done = publisher.run()
    assert done.code == 0, done.said
    index = registry.manifest(IMAGE, "1.2.0")
    assert [each["platform"]["architecture"] for each in index["manifests"]] == ["amd64", "arm64"]
    assert publisher.run().published["oci"]["state"] == "already-there"


def test_another_image_under_the_version_is_refused(
    publisher: Publisher, registry: OciRegistry, tmp_path: Path
) -> None:
    """Nothing is pushed, not even a blob."""
    assert _publisher(registry, tmp_path / "first", content="other").run().code == 0
    registry.requests.clear()
    done = publisher.run()
    assert (done.code, registry.count("POST", "PATCH", "PUT")) == (4, 0), done.said
    assert f"oci: this version is there with other bytes: {FILE}" in done.said


def test_tags_move_forward_only(registry: OciRegistry, tmp_path: Path) -> None:
    """A back-port takes the tags of its line, a candidate none; and what lagged behind is mended by the next run."""
    made = {version: _publisher(registry, tmp_path, version) for version in ("1.2.0", "2.0.0", "1.2.1", "2.1.0-rc.1")}
    for publisher in made.values():
        done = publisher.run()
        assert done.code == 0, done.said
    roots = {version: _root(next(each.project.glob("dist/leg/*.tar"))) for version, each in made.items()}
    tags = registry.tags(IMAGE)
    assert {tag: tags[tag] for tag in ("1", "1.2", "2", "2.0", "latest")} == {
        "1": roots["1.2.1"],
        "1.2": roots["1.2.1"],
        "2": roots["2.0.0"],
        "2.0": roots["2.0.0"],
        "latest": roots["2.0.0"],
    }
    assert tags["2.1.0-rc.1"] == roots["2.1.0-rc.1"]
    assert set(tags) == {*roots, "1", "1.2", "2", "2.0", "latest"}
    assert made["1.2.0"].run().published["oci"]["state"] == "already-there"


def test_a_newer_version_that_came_meanwhile_keeps_its_tags(registry: OciRegistry, tmp_path: Path) -> None:
    """It is published while the older one is about to set its tags: these are given back."""
    older, newer = _publisher(registry, tmp_path, "1.2.0"), _publisher(registry, tmp_path, "1.3.0")
    once = iter([True])

    def meanwhile(method: str, path: str) -> None:
        if method == "PUT" and path.endswith("/manifests/1") and next(once, False):
            assert newer.run().code == 0

    registry.before = meanwhile
    done = older.run()
    assert done.code == 0, done.said
    tags = registry.tags(IMAGE)
    assert tags["1"] == tags["latest"] == tags["1.3.0"]
    assert tags["1.2"] == tags["1.2.0"]


def test_an_upload_that_broke_off_goes_on_where_it_was(tmp_path: Path) -> None:
    """The connection ends in the middle of a layer: only what is missing travels again."""
    with OciRegistry(tmp_path / "registry", keeps=True) as registry:
        publisher = _publisher(registry, tmp_path)
        cuts = iter([400_000])
        registry.cut = lambda method, _path: next(cuts, None) if method == "PATCH" and _large(registry) else None
        done = publisher.run()
        assert done.code == 0, done.said
        resumed = [each["content-range"] for each in _patches(registry) if "content-range" in each]
        assert [each.partition("-")[0] for each in resumed] == ["400000"]
        assert registry.digest(IMAGE, "1.2.0") == _root(publisher.file(FILE))


def test_an_upload_that_the_registry_forgot_begins_anew(publisher: Publisher, registry: OciRegistry) -> None:
    """Distribution keeps no place of an upload whose connection ended: the layer travels again, whole."""
    cuts = iter([400_000])
    registry.cut = lambda method, _path: next(cuts, None) if method == "PATCH" and _large(registry) else None
    done = publisher.run()
    assert done.code == 0, done.said
    assert next(cuts, None) is None
    assert registry.digest(IMAGE, "1.2.0") == _root(publisher.file(FILE))


def test_layers_travel_in_pieces_where_a_proxy_wants_it(registry: OciRegistry, tmp_path: Path) -> None:
    """With chunk-size each request has at most that much."""
    channel = _channel(registry, options={"chunk-size": "1"})
    publisher = publish_run.by_hand(tmp_path, {FILE: File("image", _layout("one", size=2_500_000))}, [channel])
    done = publisher.run()
    assert done.code == 0, done.said
    assert max(int(each["content-length"]) for each in _patches(registry)) == 1 << 20
    assert registry.digest(IMAGE, "1.2.0") == _root(publisher.file(FILE))


def test_a_piece_that_failed_is_sent_again_and_no_other(registry: OciRegistry, tmp_path: Path) -> None:
    """The registry is asked where it is, and the upload goes on from there."""
    channel = _channel(registry, options={"chunk-size": "1"})
    publisher = publish_run.by_hand(tmp_path, {FILE: File("image", _layout("one", ("amd64",), 2_500_000))}, [channel])
    broken = iter([None, 503])
    registry.before = lambda method, _path: next(broken, None) if method == "PATCH" and _large(registry) else None
    done = publisher.run()
    assert done.code == 0, done.said
    begun = [each.get("content-range", "").partition("-")[0] for each in _patches(registry)]
    assert [each for each in begun if each].count("1048576") == 2
    assert [each for each in begun if each].count("0") == 1
    assert registry.digest(IMAGE, "1.2.0") == _root(publisher.file(FILE))


def test_layers_of_another_repository_do_not_travel(registry: OciRegistry, tmp_path: Path) -> None:
    """What the registry has of the same bytes in a neighbour is mounted."""
    neighbour = _channel(registry, options={"image": "base"})
    assert publish_run.by_hand(tmp_path, {FILE: File("image", _layout("one"))}, [neighbour]).run().code == 0
    registry.requests.clear()
    mounting = _channel(registry, options={"mount-from": "octo/base"})
    done = publish_run.by_hand(tmp_path / "mounting", {FILE: File("image", _layout("one"))}, [mounting]).run()
    assert (done.code, registry.count("PATCH")) == (0, 0), done.said
    assert registry.digest(IMAGE, "1.2.0") == registry.digest("octo/base", "1.2.0")


def test_what_speaks_of_the_image_is_kept_beside_it(registry: OciRegistry, tmp_path: Path) -> None:
    """Its SBOM and the statement about its digest, not the one about another: under the fallback tag, once."""
    layout = _layout("one")
    digest = _root_of(layout)
    files = {
        FILE: File("image", layout),
        "dice-mcp-1.2.0.cdx.json": File("sbom", b'{"bomFormat":"CycloneDX"}'),
        f"{FILE}.intoto.jsonl": File("attestation", _statement(digest) + b"\n" + _statement("sha256:" + "0" * 64)),
    }
    publisher = publish_run.by_hand(tmp_path, files, [_channel(registry)])
    for _ in range(2):
        done = publisher.run()
        assert done.code == 0, done.said
    listed = registry.manifest(IMAGE, digest.replace(":", "-"))["manifests"]
    assert sorted(each["artifactType"] for each in listed) == [
        "application/vnd.cyclonedx+json",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    ]
    for each in listed:
        assert registry.manifest(IMAGE, each["digest"])["subject"]["digest"] == digest


def test_a_registry_that_keeps_the_list_gets_no_fallback_tag(registry: OciRegistry, tmp_path: Path) -> None:
    """It says so with each document (OCI-Subject): then a tag beside the versions would only be in the way."""
    registry.notes_subjects = True
    files = {FILE: File("image", _layout("one")), "dice-mcp-1.2.0.cdx.json": File("sbom", b'{"bomFormat":"CycloneDX"}')}
    done = publish_run.by_hand(tmp_path, files, [_channel(registry)]).run()
    assert done.code == 0, done.said
    assert set(registry.tags(IMAGE)) == {"1", "1.2", "1.2.0", "latest"}


def test_what_was_pushed_is_pulled_and_speaks_mcp(registry: OciRegistry, tmp_path: Path) -> None:
    """A server's image, released whole: pulled by its tag, without tagship, it answers; cosign finds signature and SBOM."""
    images.need("buildah", "skopeo")
    project = example("go-server", tmp_path)
    config = f"channels: [{{kind: oci, address: '{registry.address}/octo'}}]\n"
    config += "packages:\n  tides-mcp: {container: {base: scratch}}\n"
    project.commit("feat: an image", {"tagship.yaml": config})
    project.git("tag", "--force", "v0.1.0")
    data = str(project.home / "data")
    made = project.tagship("release", "--targets", "linux-x86_64", XDG_DATA_HOME=data, **images.ENVIRONMENT)
    assert made.code == 0, made.said
    done = project.tagship("publish", "--plan", "dist/plan.json")
    assert done.code == 0, done.said
    digest = registry.digest("octo/tides-mcp", "0.1.0")
    listed = registry.manifest("octo/tides-mcp", digest.replace(":", "-"))["manifests"]
    bundles = "application/vnd.dev.sigstore.bundle.v0.3+json"
    assert {each["artifactType"] for each in listed} >= {"application/vnd.cyclonedx+json", bundles}
    key = str(project.root / "dist" / "sign-and-attest" / "signing-key.pub")
    flags = ["--new-bundle-format", "--insecure-ignore-tlog", "--allow-http-registry", "--key", key]
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    for what in (["verify"], ["verify-attestation", "--type", "cyclonedx"]):
        argv = [str(require("cosign")), *what, *flags, f"{registry.host}/octo/tides-mcp@{digest}"]
        publish_run.check(argv, tmp_path, env)
    pulled = tmp_path / "pulled"
    source = f"docker://{registry.host}/octo/tides-mcp:0.1.0"
    images.run("skopeo", "copy", "--src-tls-verify=false", source, f"oci-archive:{pulled}:0.1.0")
    with images.container(pulled) as inside:
        answer = ask([*inside, "/usr/local/bin/tides-mcp"], tmp_path, os.environ)
    assert (answer.name, answer.version) == ("tides-mcp", "0.1.0")


def test_cosign_finds_and_accepts_the_signature_beside_it(registry: OciRegistry, tmp_path: Path) -> None:
    """A statement signed with a key, laid beside the image by digest: ``cosign verify`` looks for it where we put it."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    layout = _layout("one")
    key = ec.generate_private_key(ec.SECP256R1())
    encoding, form = serialization.Encoding, serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "key.pub").write_bytes(key.public_key().public_bytes(encoding.PEM, form))
    hint = base64.b64encode(hashlib.sha256(key.public_key().public_bytes(encoding.DER, form)).digest()).decode()
    statement = _statement(
        _root_of(layout), lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())), {"publicKey": {"hint": hint}}
    )
    files = {FILE: File("image", layout), f"{FILE}.intoto.jsonl": File("attestation", statement)}
    done = publish_run.by_hand(tmp_path, files, [_channel(registry)]).run()
    assert done.code == 0, done.said
    reference = f"{registry.host}/{IMAGE}@{_root_of(layout)}"
    argv = [str(require("cosign")), "verify", "--new-bundle-format", "--insecure-ignore-tlog", "--allow-http-registry"]
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    publish_run.check([*argv, "--key", str(tmp_path / "key.pub"), reference], tmp_path, env)


def test_a_registry_that_wants_a_password_gets_it(tmp_path: Path) -> None:
    """And nobody else: it is in no line of the log; without it, and with a wrong one, the variable is named."""
    with OciRegistry(tmp_path / "registry", locked=True) as registry:
        secrets = {"TAGSHIP_OCI_TOKEN": PASSWORD, "TAGSHIP_OCI_USERNAME": USER}
        hidden = (PASSWORD, f"{USER}:{PASSWORD}")
        publisher = publish_run.by_hand(
            tmp_path, {FILE: File("image", _layout("one"))}, [_channel(registry)], secrets, *hidden
        )
        for wrong in ("", "of-nobody"):
            done = publisher.run(TAGSHIP_OCI_TOKEN=wrong)
            assert (done.code in {2, 4}, "TAGSHIP_OCI_TOKEN" in done.said) == (True, True), done.said
        done = publisher.run()
        assert done.code == 0, done.said


def test_a_registry_that_fails_for_a_while_is_waited_for(publisher: Publisher, registry: OciRegistry) -> None:
    """5xx at a blob, at a manifest and at a tag, and an answer that got lost."""
    broken = {"POST": iter([503]), "PATCH": iter([502]), "PUT": iter([500, 429])}
    lost = iter([True])
    registry.before = lambda method, _path: next(broken.get(method, iter([])), None)
    registry.after = lambda method, path: method == "PUT" and path.endswith("/latest") and next(lost, False)
    done = publisher.run()
    assert done.code == 0, done.said
    assert registry.tags(IMAGE) == dict.fromkeys(("1", "1.2", "1.2.0", "latest"), _root(publisher.file(FILE)))


def test_two_runs_at_once_both_end_well(publisher: Publisher, registry: OciRegistry) -> None:
    """Both begin to upload the same blobs: they may send them twice, and end with one image."""
    meet = threading.Barrier(2, timeout=60)
    first_ones = iter([True, True])

    def together(method: str, _path: str) -> None:
        if method == "PATCH" and next(first_ones, False):
            meet.wait()

    registry.before = together
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(publisher.run), pool.submit(publisher.run)
        assert (first.result().code, second.result().code) == (0, 0), first.result().said + second.result().said
    assert registry.tags(IMAGE) == dict.fromkeys(("1", "1.2", "1.2.0", "latest"), _root(publisher.file(FILE)))


@pytest.mark.parametrize("nth", [1, 4, 8, 12, 16, 20, 23])
@pytest.mark.parametrize("taken", [False, True], ids=["before", "after"])
def test_a_kill_at_any_request_and_a_re_run_converge(
    publisher: Publisher, registry: OciRegistry, nth: int, *, taken: bool
) -> None:
    """Among blobs, manifests and tags: until the version's tag is put there is nothing to see, then there is all."""
    process: list[subprocess.Popen[bytes]] = []

    def kill() -> bool:
        if len(registry.requests) >= nth and process[0].poll() is None:
            process[0].send_signal(signal.SIGKILL)
            process[0].wait()
        return False

    if taken:
        registry.after = lambda _method, _path: kill()
    else:
        registry.before = lambda _method, _path: 503 if len(registry.requests) >= nth and not kill() else None
    publisher.run_until_killed(process.append)
    registry.healthy()
    crane = [str(require("crane")), "--insecure", "validate", "--remote", f"{registry.host}/{IMAGE}:1.2.0"]
    if registry.digest(IMAGE, "1.2.0"):
        publish_run.check(crane, publisher.project, {})
    done = publisher.run()
    assert done.code == 0, done.said
    assert registry.tags(IMAGE) == dict.fromkeys(("1", "1.2", "1.2.0", "latest"), _root(publisher.file(FILE)))


def _publisher(registry: OciRegistry, folder: Path, version: str = "1.2.0", content: str = "one") -> Publisher:
    file = File("image", _layout(f"{content}-{version}"))
    return publish_run.by_hand(folder, {f"dice-mcp-{version}.oci.tar": file}, [_channel(registry)], version=version)


def _channel(registry: OciRegistry, **more: Any) -> Any:
    return publish_run.channel("oci", f"{registry.address}/octo", **more)


def _patches(registry: OciRegistry) -> list[dict[str, str]]:
    return [h for r, h in zip(registry.requests, registry.headers, strict=True) if r.startswith("PATCH")]


def _large(registry: OciRegistry) -> bool:
    return int(registry.own_headers["content-length"]) > 500_000


def _layout(content: str, platforms: tuple[str, ...] = ("amd64", "arm64"), size: int = 700_000) -> bytes:
    """Make an image whose layers differ by ``content``, as an OCI layout."""
    blobs: dict[str, bytes] = {}

    def put(data: bytes, kind: str) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        blobs[digest] = data
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    described = []
    for platform in platforms:
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as layer:
            noise = hashlib.shake_256(f"{content}{platform}".encode()).digest(size)
            member = tarfile.TarInfo("noise")
            member.size = len(noise)
            layer.addfile(member, io.BytesIO(noise))
        config = {
            "architecture": platform,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(tar.getvalue()).hexdigest()}"]},
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": put(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
            "layers": [put(gzip.compress(tar.getvalue(), 1, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")],
        }
        entry = put(json.dumps(manifest).encode(), MANIFEST)
        described.append({**entry, "platform": {"architecture": platform, "os": "linux"}})
    root = put(json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": described}).encode(), INDEX)
    index = json.dumps({"schemaVersion": 2, "manifests": [root]}).encode()
    return _tar(index, blobs)


def _tar(index: bytes, blobs: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": index}
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in (files | {f"blobs/{key.replace(':', '/')}": data for key, data in blobs.items()}).items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _root(layout: Path) -> str:
    return _root_of(layout.read_bytes())


def _root_of(layout: bytes) -> str:
    with tarfile.open(fileobj=io.BytesIO(layout)) as tar:
        index = tar.extractfile("index.json")
        assert index
        (described,) = json.load(index)["manifests"]
    digest: str = described["digest"]
    return digest


def _statement(digest: str, sign: Any = lambda _data: b"none", material: Any = None) -> bytes:
    """Write a Sigstore bundle of a statement about an image."""
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": digest.partition(":")[2]}}],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    }
    payload, kind = json.dumps(statement).encode(), "application/vnd.in-toto+json"
    message = b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": kind,
        "signatures": [{"sig": base64.b64encode(sign(message)).decode()}],
    }
    bundle = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": material or {},
        "dsseEnvelope": envelope,
    }
    return json.dumps(bundle).encode()
