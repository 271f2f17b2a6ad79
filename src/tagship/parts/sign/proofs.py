"""Signatures and signed statements on disk, each checked by the kind of signer that made it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tagship import plugins
from tagship.adapters.files import sha256_of, sha512_of
from tagship.domain.plans.artifact import ATTESTATIONS_ENDING
from tagship.domain.proofs import evidence
from tagship.domain.proofs.evidence import SignatureState, Statement
from tagship.domain.proofs.trust import Trust
from tagship.domain.text.strict_json import read_object
from tagship.errors import IntegrityError
from tagship.parts.release.files import LARGEST
from tagship.ports import Attester, FileToSign, Signer, attests

_TOO_LARGE: Final = f"there are more than {LARGEST >> 20} MiB of it: no signature and no statement is that large"


class Checked(NamedTuple):
    """How the signatures of a file are, and why one does not hold."""

    state: SignatureState
    detail: str = ""


def signatures_of(path: Path, digest: str, signatures: Mapping[str, Path], trust: Trust) -> Checked:
    """Check each signature that a file has; one that does not hold spoils the others.

    One of a kind that nothing is trusted for counts for nothing: alone it is not enough.
    """
    state: SignatureState = "none"
    left_out = ""
    kinds: list[type[Signer]] = [plugins.load("signers", name) for name in plugins.names("signers")]
    for name in sorted({kind.signature_name(path.name) for kind in kinds} & signatures.keys()):
        if signatures[name].stat().st_size > LARGEST:
            return Checked("wrong", _TOO_LARGE)
        data = signatures[name].read_bytes()
        named = (kind for kind in kinds if kind.signature_name(path.name) == name)
        kind = next((kind for kind in named if kind.recognises(data)), None)
        if kind is None:
            return Checked("wrong", "its signature is of no known kind")
        if why := _untrusted(kind, trust):
            left_out = f"it is {why}"
            continue
        try:
            kind.check(FileToSign(name=path.name, path=path, sha256=digest), data, trust)
        except IntegrityError as error:
            return Checked("wrong", error.problems[0].message)
        state = "ok"
    return Checked("wrong", left_out) if left_out and state == "none" else Checked(state)


def statements_in(path: Path, trust: Trust) -> tuple[Checked, list[Statement]]:
    """Check every bundle of a ``.intoto.jsonl``; one that does not hold spoils the file, and nothing in it is believed.

    Those of a kind that nothing is trusted for count for nothing: of them alone the file is as one without a signature.
    """
    found: list[Statement] = []
    nothing = Checked("wrong", "there is no statement in it")
    try:
        for line in _lines(path):
            attester = _attester(line)
            if why := _untrusted(attester, trust):
                nothing = Checked("none", f"a statement is {why}")
                continue
            said = read_object(attester.check_statement(line, trust), file=path.name, what="the statement")
            found.append(evidence.statement(said, trust.identity, file=path.name))
    except IntegrityError as error:
        return Checked("wrong", error.problems[0].message), []
    return (Checked("ok") if found else nothing), found


def _lines(path: Path) -> Iterator[bytes]:
    """Give the lines of a file one after the other: a release of many packages has many, and none is large."""
    with path.open("rb") as stream:
        while line := stream.readline(LARGEST + 1):
            if len(line) > LARGEST:
                raise IntegrityError(_TOO_LARGE, file=path.name, hint="do not use it")
            yield line.rstrip(b"\r\n")


def _untrusted(kind: type[Signer], trust: Trust) -> str:
    """Say why nothing is trusted for a kind of signature, empty when something is."""
    if kind.key_file:
        return "" if _has_key(kind, trust) else "signed with a key, and no key is trusted for it"
    return "" if trust.identity else "signed with a certificate, and it is not said whose is trusted"


def _has_key(kind: type[Signer], trust: Trust) -> bool:
    """Say whether a key may be one of a kind: it looks like one, or none of the keys looks like any."""
    marks = {loaded.key_mark for name in plugins.names("signers") if (loaded := plugins.load("signers", name)).key_mark}
    known = {mark for mark in marks for data in trust.keys.values() if mark in data}
    return kind.key_mark in known if known else bool(trust.keys)


def beside(path: Path, statements: Mapping[Path, Sequence[Statement]]) -> str:
    """Say what is wrong with a statement file that lies beside this file, and bears its name, but is not about it."""
    own = path.with_name(f"{path.name}{ATTESTATIONS_ENDING}")
    said = statements.get(own)
    if said is None or any(sha256_of(path) in each.subjects.values() for each in said):
        return ""
    if any(sha512_of(path) in each.packages.values() for each in said):
        return ""
    return "the attestation beside it is about other files"


def _attester(bundle: bytes) -> type[Attester]:
    kinds = (plugins.load("signers", name) for name in plugins.names("signers"))
    found: type[Attester] | None = next((kind for kind in kinds if attests(kind) and kind.recognises(bundle)), None)
    if found is None:
        raise IntegrityError("a statement that nobody known has signed", hint="do not use it")
    return found
