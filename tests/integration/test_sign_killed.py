"""SIGKILL before any change and any request of sign-and-attest, then a re-run: whole, and nothing else left behind."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tagship.domain.components.licence_policy import ANY
from tagship.domain.plans import plan as plans
from tagship.domain.plans.artifact import Artifact, attestations_name
from tagship.domain.plans.plan import Leg, Plan, ToolInfo
from tagship.domain.plans.target import Target
from tagship.domain.proofs.trust import Trust
from tagship.parts.plan import later_files
from tagship.ports import FileToSign
from tagship.settings import Config
from tagship.signers.sigstore import SigstoreSigner
from tests.fakes.sigstore import Sigstore
from tests.fakes.sigstore.issuer import REPOSITORY
from tests.integration.keyless import trust

FILES: Final = {"a.bin": b"a", "b.bin": b"b" * 2000}
STATEMENTS: Final = attestations_name("demo", "1.2.0")
RECEIPT: Final = "dist/sign-and-attest/receipt.json"
KILLED: Final = -9


class Dying:
    """The command in children of one process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, fatal: int = 0) -> tuple[int, int]:
        """Return how it ended, and how many changes and requests there were."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{fatal}\n")
        self._process.stdin.flush()
        end, reached = self._process.stdout.readline().split()
        return int(end), int(reached)


@contextmanager
def dying(root: Path, instance: Sigstore, *arguments: str) -> Iterator[Dying]:
    """Start what forks the children."""
    given = ["sign-and-attest", "--trust-config", str(instance.trust_config_v1), "--signing-window", "5", *arguments]
    argv = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("dying.py")), str(root), *given]
    own = {"PATH": os.environ["PATH"], "HOME": str(root.parent)}
    env = {**own, **instance.environment(GITHUB_REPOSITORY=REPOSITORY)}
    with (
        (root.parent / "said").open("wb") as said,
        subprocess.Popen(
            argv, cwd=root, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        yield Dying(process)
        process.stdin.close()  # type: ignore[union-attr]


def write(folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True)
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    """Write a plan of two files that somebody built."""
    root = tmp_path / "planned"
    root.mkdir()
    built = tuple(
        Artifact(name=name, kind="binary", package="", target=Target.ANY, media_type="x/x", leg="any") for name in FILES
    )
    leg = Leg(id="any", runner="ubuntu-latest", targets=(Target.ANY,), packages=(), artifacts=tuple(FILES))
    chosen = later_files.choose("sigstore", "none", Config(attest=("provenance",), installers=()))
    plan = Plan(
        tool=ToolInfo(name="tagship", version="0"),
        name="demo",
        repository=REPOSITORY,
        commit="c" * 40,
        commit_time="2026-01-01T00:00:00Z",
        tag="v1.2.0",
        snapshot=False,
        version="1.2.0",
        prerelease=False,
        packages=(),
        legs=(leg,),
        probes=(),
        artifacts=tuple(sorted((*built, *later_files.name_all(chosen, "demo", "1.2.0", (), built)), key=_name)),
        signatures=("sigstore",),
        attest=("provenance",),
        channels=(),
        licenses=ANY,
    )
    (root / "plan.json").write_bytes(plans.encode(plan))
    write(root / "dist" / "any")
    return root


def _name(artifact: Artifact) -> str:
    return artifact.name


def below(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def assert_signed(there: Mapping[str, bytes], root: Path, whom: Trust) -> None:
    """All signatures and statements that are there hold, each for a file that is there."""
    for name in there:
        if name.endswith(".sigstore.json"):
            file = name.removesuffix(".sigstore.json")
            path = next(root / place for place in (file, f"dist/any/{Path(file).name}") if place in there)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            SigstoreSigner.check(FileToSign(name=path.name, path=path, sha256=digest), there[name], whom)
        elif name.endswith(".intoto.jsonl"):
            for line in there[name].splitlines():
                SigstoreSigner.check_statement(line, whom)


def digests_of(receipt: bytes) -> dict[str, str]:
    return {each["name"]: each["sha256"] for each in json.loads(receipt)["artifacts"]}


def assert_whole(root: Path, whom: Trust, names: set[str]) -> None:
    there = below(root)
    assert set(there) == names
    assert_signed(there, root, whom)
    signed = {Path(name).name: data for name, data in there.items() if name.startswith("dist/sign-and-attest/")}
    receipt = signed.pop("receipt.json")
    assert digests_of(receipt) == {name: hashlib.sha256(data).hexdigest() for name, data in signed.items()}


def test_a_release_is_whole_after_a_second_run(planned: Path, instance: Sigstore) -> None:
    """Killed anywhere: a receipt is there only with all it names; the next run leaves the planned files and no others."""
    digests = json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()})
    whom, signed = trust(instance), planned / "dist" / "sign-and-attest"
    with dying(planned, instance, "--digests", digests) as program:
        end, points = program.run()
        assert end == 0, (planned.parent / "said").read_text()
        names = set(below(planned))
        assert len(names) == 11
        assert points > 25
        for fatal in range(1, points + 1, 2):
            shutil.rmtree(signed)
            assert program.run(fatal)[0] == KILLED
            assert_told_truly(planned, whom, names)
            assert program.run()[0] == 0, (planned.parent / "said").read_text()
            assert_whole(planned, whom, names)


def assert_told_truly(root: Path, whom: Trust, names: set[str]) -> None:
    """See that what is there under its own name is whole and holds, and that a receipt is there only when all is."""
    there = {name: data for name, data in below(root).items() if "/.tagship-" not in name}
    if RECEIPT in there:
        assert_whole(root, whom, names)
    assert_signed(there, root, whom)


def test_what_an_earlier_run_signed_outlives_a_run_that_dies(planned: Path, instance: Sigstore) -> None:
    """The third run makes the release of the first one, byte for byte, without one more entry in the log."""
    digests = json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()})
    with dying(planned, instance, "--digests", digests) as program:
        assert program.run()[0] == 0
        first, entries, names = without_receipt(planned), instance.rekor_v1.size, set(below(planned))
        kept = {name: data for name, data in first.items() if name.endswith((".sigstore.json", ".intoto.jsonl"))}
        end, points = program.run()
        assert (end, without_receipt(planned)) == (0, first)
        deaths = 0
        for fatal in range(1, points + 1, 2):
            end = program.run(fatal)[0]
            if end == 0:  # what a killed run has done already is no point of the next
                break
            assert end == KILLED
            deaths += 1
            there = below(planned)
            assert {name: there[name] for name in kept} == kept
            assert RECEIPT not in there or set(there) == names
        assert deaths > points // 4
        assert program.run()[0] == 0
        assert (without_receipt(planned), instance.rekor_v1.size) == (first, entries)


def without_receipt(root: Path) -> dict[str, bytes]:
    return {name: data for name, data in below(root).items() if name != RECEIPT}


def test_loose_files_are_whole_after_a_second_run(tmp_path: Path, instance: Sigstore) -> None:
    """Signatures appear whole, beside their files; what the killed run was writing is gone after the next."""
    root = tmp_path / "loose"
    write(root)
    whom = trust(instance)
    with dying(root, instance, "--files", "*.bin", "--attest", "provenance", "--signers", "sigstore") as program:
        end, points = program.run()
        assert end == 0, (tmp_path / "said").read_text()
        names = set(below(root))
        assert names == {f"{name}{ending}" for name in FILES for ending in ("", ".sigstore.json", ".intoto.jsonl")}
        for fatal in range(1, points + 1, 2):
            for name in names - set(FILES):
                (root / name).unlink()
            assert program.run(fatal)[0] == KILLED
            assert_signed({name: data for name, data in below(root).items() if ".tagship-" not in name}, root, whom)
            assert program.run()[0] == 0, (tmp_path / "said").read_text()
            assert set(below(root)) == names
            assert_signed(below(root), root, whom)
