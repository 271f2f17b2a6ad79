"""What publishing costs: an image pushed beside skopeo to one registry, four channels beside the slowest of them, a re-run.

Seconds on the wall and of the processor: on a machine that does other things the second ones are those to compare.
"""

import gzip
import hashlib
import io
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from clock import ROOT, Add

sys.path.insert(0, str(ROOT))

from tests.integration import publish_run
from tests.integration.publish_run import File, Publisher
from tests.tools.oci_registry import OciRegistry
from tests.tools.stores import TOKEN, Store

LAYERS, LAYER_SIZE = 4, 50_000_000
RUNS: Final = 5
_IMAGE: Final = "bench-1.0.0.oci.tar"
_OCI: Final = "application/vnd.oci.image"
_LATENCY: Final = 0.5
"""Seconds that an upload takes in a channel: what else it costs is ours."""
_NAMES: Final = ("first", "second", "third", "fourth")


def measure(add: Add, place: Path) -> None:
    """Add a row per figure."""
    folder = place / "publishing"
    folder.mkdir()
    if shutil.which("docker-registry") and shutil.which("skopeo"):
        _push(add, folder)
    _channels(add, folder)


def _push(add: Add, folder: Path) -> None:
    """Push the same layout, each time one of which neither the registry nor skopeo's memory of registries has anything."""
    with OciRegistry(folder / "registry") as registry:
        place = f"http://127.0.0.1:{registry.port}/bench"
        ours, theirs = [], []
        for number in range(RUNS + 1):
            data = _layout(number)
            channel = publish_run.channel("oci", place, options={"image": f"ours-{number}", "moving-tags": "false"})
            publisher = publish_run.by_hand(folder / f"run-{number}", {_IMAGE: File("image", data)}, [channel])
            ours.append(_timed(publisher.command(), publisher))
            layout = publisher.project / "dist" / "leg" / _IMAGE
            target = f"docker://127.0.0.1:{registry.port}/bench/theirs-{number}:1.0.0"
            skopeo = ["skopeo", "copy", "--quiet", "--all", "--dest-tls-verify=false", f"oci-archive:{layout}", target]
            theirs.append(_timed(skopeo, publisher))
            shutil.rmtree(folder / f"run-{number}")
    for which, what in enumerate(("on the wall", "of the processor")):
        own, peer = (statistics.median(each[which] for each in side[1:]) for side in (ours, theirs))
        add(
            f"OCI push of {LAYERS * LAYER_SIZE // 10**6} MB, seconds {what}",
            own,
            {"skopeo copy": peer},
            "≥ 0.8 × its speed",
        )


def _channels(add: Add, folder: Path) -> None:
    """Four channels at once, one alone, and all four again with nothing to do."""
    with _stores() as stores:
        channels = [
            publish_run.channel("artifactory", f"{store.address}/servers", id=name)
            for name, store in zip(_NAMES, stores, strict=True)
        ]
        secrets = {f"TAGSHIP_{name.upper()}_TOKEN": TOKEN for name in _NAMES}
        files = {"bench-1.0.0.tar.gz": File("archive", b"one" * 1000)}
        publisher = publish_run.by_hand(folder / "channels", files, channels, secrets, version="1.0.0")
        together, again, alone = [], [], []
        for _ in range(RUNS + 1):
            together.append(_timed(publisher.command(), publisher)[0])
            again.append(_timed(publisher.command(), publisher)[0])
            _empty(stores)
            each = [_timed(publisher.command("--channels", name), publisher)[0] for name in _NAMES]
            alone.append(max(each))
            _empty(stores)
    slowest = statistics.median(alone[1:])
    add(
        "publish to 4 channels",
        statistics.median(together[1:]),
        {"the slowest of them alone": slowest},
        "≤ 1.2 × of it",
    )
    add("publish to 4 channels again, nothing to do", statistics.median(again[1:]), {}, "≤ 1.5 s")


@contextmanager
def _stores() -> Iterator[list[Store]]:
    """Give four stores, each of which takes a while for what it gets."""
    stores = [Store() for _ in _NAMES]

    def slowly(method: str, _path: str) -> None:
        if method == "PUT":
            time.sleep(_LATENCY)

    for store in stores:
        store.before = slowly
        store.__enter__()
    try:
        yield stores
    finally:
        for store in stores:
            store.__exit__(None, None, None)


def _empty(stores: list[Store]) -> None:
    for store in stores:
        store.files.clear()


def _timed(argv: list[str], publisher: Publisher) -> tuple[float, float]:
    """Return the seconds on the wall and of the processor that a command took."""
    env = {name: value for name, value in publisher.env.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(argv, cwd=publisher.project, env=env, capture_output=True, check=False)
    took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{argv[0]} failed:\n{done.stderr.decode()[-2000:]}")
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _layout(seed: int) -> bytes:
    """Make an image of noise, as gzip that nothing can make smaller."""
    blobs: dict[str, bytes] = {}

    def put(data: bytes, kind: str) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        blobs[digest] = data
        return {"mediaType": f"{_OCI}.{kind}", "digest": digest, "size": len(data)}

    noise = [random.Random(f"{time.time()}{seed}{number}").randbytes(LAYER_SIZE) for number in range(LAYERS)]  # noqa: S311 - bytes to send
    layers = [put(gzip.compress(each, 0, mtime=0), "layer.v1.tar+gzip") for each in noise]
    diffs = [f"sha256:{hashlib.sha256(each).hexdigest()}" for each in noise]
    about = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": diffs}}
    config = put(json.dumps(about).encode(), "config.v1+json")
    manifest = {"schemaVersion": 2, "mediaType": f"{_OCI}.manifest.v1+json", "config": config, "layers": layers}
    described = put(json.dumps(manifest).encode(), "manifest.v1+json")
    files = {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [described]}).encode(),
    } | {f"blobs/{digest.replace(':', '/')}": data for digest, data in blobs.items()}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()
