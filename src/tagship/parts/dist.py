"""The ``dist`` folder between jobs: one folder per leg with its files and ``receipt.json``; nothing in it is trusted unproved."""

import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

import msgspec

from tagship.adapters.files import sha256_of, write_whole
from tagship.domain.components import sbom
from tagship.domain.plans import plan as plans
from tagship.domain.plans.artifact import Artifact, BuiltFile
from tagship.domain.plans.plan import Plan
from tagship.domain.plans.receipt import Builder, Receipt
from tagship.domain.text import structs
from tagship.errors import IntegrityError, Problem, UsageError
from tagship.parts.inputs import read_bytes
from tagship.ports import Clock

RECEIPT: Final = "receipt.json"
_TRUST: Final = "build again, or pass the digests of the job that built"


class Planned(Protocol):
    """Inputs that name a plan."""

    @property
    def root(self) -> Path:
        """The project's root."""

    @property
    def plan(self) -> str:
        """Where the plan is, from the root."""

    @property
    def plan_digest(self) -> str:
        """What its SHA-256 must be; empty when unknown."""


def read_plan(inputs: Planned) -> tuple[Plan, str]:
    """Read the plan an input names, and its digest."""
    data = read_bytes(inputs.root / inputs.plan, "run `tagship build-matrix` first, or mend `plan`")
    return plans.decode(data, file=inputs.plan, expected_digest=inputs.plan_digest), plans.digest(data)


def read_digests(text: str) -> dict[str, str]:
    """Read the ``digests`` input: a JSON object of file name → SHA-256.

    Or all outputs of a matrix job, ``toJSON(needs.build.outputs)``: then each value is such an object, or empty.

    Raises:
        UsageError: it is neither, or two legs give one file different digests.

    """
    try:
        given = msgspec.json.decode(text, type=dict[str, str]) if text.strip() else {}
        parts = [
            msgspec.json.decode(value, type=dict[str, str]) if value.startswith("{") else {name: value}
            for name, value in given.items()
            if value
        ]
    except msgspec.DecodeError as error:
        hint = "pass the output `digests` of build (or of sign-and-attest) as it is, or toJSON(needs.build.outputs)"
        raise UsageError(f"digests is not a JSON object of names and digests: {error}", hint=hint) from None
    read: dict[str, str] = {}
    for part in parts:
        twice = [name for name, digest in part.items() if read.get(name, digest) != digest]
        if twice:
            raise UsageError(f"digests has two digests for {twice[0]}", hint="pass the outputs of one run only")
        read |= part
    return read


def read_components(dist: Path, legs: Sequence[str], digests: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Read what builds told of components, by package id; where ``digests`` are trusted, only of receipts they vouch for.

    Raises:
        IntegrityError: a receipt is damaged.

    """
    found: dict[str, dict[str, Any]] = {}
    for leg in legs:
        trusted = not digests or digests.get(f"{leg}/{RECEIPT}") == _digest_of(dist / leg / RECEIPT)
        receipt = read_receipt(dist / leg) if trusted else None
        for own, document in (receipt.components if receipt else {}).items():
            found[own] = sbom.merged(found[own], document) if own in found else document
    return found


def collect(
    dist: Path, owed: tuple[Artifact, ...], digests: Mapping[str, str], plan_digest: str
) -> dict[str, BuiltFile]:
    """Prove that ``dist`` holds exactly the owed files with the right bytes; return them by name.

    ``digests`` came by job outputs and are trusted; when empty, each leg's receipt of this very plan is believed.

    Raises:
        IntegrityError: with one problem per file that is missing, unknown, a link, or changed.

    """
    problems: list[Problem] = []
    files: dict[str, BuiltFile] = {}
    for leg in sorted({artifact.leg for artifact in owed}):
        folder = dist / leg
        names = [artifact.name for artifact in owed if artifact.leg == leg]
        problems += _unknown(folder, names)
        trusted = digests or _receipt_digests(folder, leg, plan_digest, problems)
        for name in names:
            file, problem = _prove(folder / name, trusted.get(name, ""))
            problems += [problem] if problem else []
            if file:
                files[name] = file
    if problems:
        raise IntegrityError.of(problems)
    return files


def write_receipt(
    folder: Path,
    *,
    leg: str,
    plan_digest: str,
    files: Mapping[str, BuiltFile],
    builder: Builder,
    started: str,
    clock: Clock,
    components: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> None:
    """Write what a leg made; the last file of a leg, so its presence says that the leg is whole."""
    receipt = Receipt(
        plan_digest=plan_digest,
        leg=leg,
        artifacts=tuple(sorted(files.values(), key=lambda file: file.name)),
        builder=builder,
        started=started,
        finished=rfc3339(clock),
        components={name: dict(document) for name, document in components.items()},
    )
    write_whole(folder / RECEIPT, plans.encode(receipt))


def read_receipt(folder: Path) -> Receipt | None:
    """Read a leg's receipt; ``None`` when the leg is not whole.

    Raises:
        IntegrityError: the file is no receipt.

    """
    path = folder / RECEIPT
    if not path.is_file():
        return None
    try:
        return structs.decode(path.read_bytes(), Receipt)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IntegrityError(f"not a receipt: {error}", file=str(path), hint="build this leg again") from None


def empty_folder(folder: Path) -> None:
    """Make a folder anew; where a link lies in its place, the link goes and what it points at stays.

    Raises:
        UsageError: it cannot be written.

    """
    try:
        if folder.is_symlink() or folder.is_file():
            folder.unlink()
        elif folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        hint = "free that path, or choose another folder in `dist`"
        raise UsageError(f"cannot make this folder: {error.strerror}", file=str(folder), hint=hint) from None


def clear_folder(folder: Path, keep: Collection[str]) -> None:
    """Take everything out of a folder but the files to ``keep``, the receipt first: from then on the leg is not whole.

    Raises:
        UsageError: it cannot be written.

    """
    if folder.is_symlink() or not folder.is_dir() or not keep:
        empty_folder(folder)
        return
    try:
        (folder / RECEIPT).unlink(missing_ok=True)
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name not in keep:
                path.unlink()
    except OSError as error:
        hint = "free that path, or choose another folder in `dist`"
        raise UsageError(f"cannot empty this folder: {error.strerror}", file=str(folder), hint=hint) from None


def built_file(path: Path) -> BuiltFile:
    """Measure a file."""
    return BuiltFile(name=path.name, size=path.stat().st_size, sha256=sha256_of(path))


def rfc3339(clock: Clock) -> str:
    """Return the time now as receipts write it."""
    return clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _unknown(folder: Path, names: list[str]) -> list[Problem]:
    there = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    hint = "remove it; only what the plan names is signed and released"
    return [
        Problem(
            message="the plan does not know this file", file=f"{folder.parent.name}/{folder.name}/{name}", hint=hint
        )
        for name in there
        if name not in names and name != RECEIPT
    ]


def _digest_of(path: Path) -> str:
    return sha256_of(path) if path.is_file() else ""


def _receipt_digests(folder: Path, leg: str, plan_digest: str, problems: list[Problem]) -> dict[str, str]:
    receipt = read_receipt(folder)
    if receipt is None:
        return {}
    if receipt.plan_digest != plan_digest or receipt.leg != leg:
        message = "the receipt is of another plan or leg"
        problems.append(Problem(message=message, file=str(folder / RECEIPT), hint="build again with this plan"))
    return {file.name: file.sha256 for file in receipt.artifacts}


def _prove(path: Path, expected: str) -> tuple[BuiltFile | None, Problem | None]:
    shown = f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
    if path.is_symlink():
        return None, Problem(message="a link, not a file", file=shown, hint="put the file itself there")
    if not path.is_file():
        return None, Problem(message="planned, but not there", file=shown, hint="build this leg")
    if not expected:
        return None, Problem(message="no digest vouches for it", file=shown, hint=_TRUST)
    file = built_file(path)
    if file.sha256 != expected:
        message = f"its digest is {file.sha256}, built was {expected}"
        return None, Problem(
            message=message, file=shown, hint="it changed between jobs: do not release it; build again"
        )
    return file, None
