"""What speaks for a file: its own signature, a signed statement about it, or its digest in a list that is itself signed.

With a key or an identity, a list that it did not sign proves nothing: whoever swaps a file can rewrite an unsigned list
too. Without either only accidents are found, no forgery.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from tagship.domain.proofs import npm_provenance, provenance
from tagship.domain.proofs.trust import Identity
from tagship.errors import IntegrityError, Problem

Checksum = Literal["ok", "none", "wrong"]
SignatureState = Literal["ok", "none", "wrong"]
_GET_AGAIN = "do not use the file; get it again from where it was released"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one file; ``problem`` is empty when it may be used.

    ``provenance`` and ``sbom`` tell of signed statements about its bytes, ``builder`` who made it as its provenance says.
    """

    file: str
    sha256: str
    checksum: Checksum
    signature: SignatureState
    provenance: Checksum = "none"
    sbom: Checksum = "none"
    builder: str = ""
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing speaks against the file, and enough for it."""
        return not self.problem

    @property
    def backed(self) -> bool:
        """Whether anything at all speaks for the file."""
        return "ok" in {self.checksum, self.signature, self.provenance}

    def as_problem(self) -> Problem:
        """Return the problem with its remedy."""
        return Problem(message=self.problem, file=self.file, hint=_GET_AGAIN)


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A signed statement whose signature holds: of which kind, about which files (name → SHA-256), made by whom.

    One about an npm package has no ``subjects``, but ``packages``: the name of its tarball → SHA-512.
    """

    kind: str
    subjects: Mapping[str, str]
    packages: Mapping[str, str] = {}
    builder: str = ""


def statement(document: Mapping[str, Any], wanted: Identity | None, *, file: str) -> Statement:
    """Read a statement that was signed by somebody who is trusted; its source must be the repository that is asked for.

    Raises:
        IntegrityError: it is about no files, or names another source.

    """
    packages = npm_provenance.packages_of(document, file=file)
    subjects = {} if packages else provenance.subjects_of(document, file=file)
    kind = str(document.get("predicateType", ""))
    source, builder = provenance.source_and_builder(document) if kind == provenance.SLSA else ("", "")
    if wanted and wanted.repository and source not in {"", wanted.repository}:
        message = f"the provenance names {source[:200]} as source, not {wanted.repository}"
        raise IntegrityError(message, file=file, hint=_GET_AGAIN)
    return Statement(kind=kind, subjects=subjects, packages=packages, builder=builder)


def merge(lists: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Join lists (list → file name → SHA-256) that must not contradict each other.

    Raises:
        IntegrityError: two lists disagree about a file.

    """
    promised: dict[str, str] = {}
    for source, listed in sorted(lists.items()):
        for name, digest in listed.items():
            if promised.setdefault(name, digest) != digest:
                hint = "do not use this release: its lists were not made together"
                raise IntegrityError(f"the lists disagree about {name}", file=source, hint=hint)
    return promised


def judge(
    file: str,
    digest: str,
    *,
    promised: Mapping[str, str],
    signature: SignatureState,
    detail: str,
    trusting: bool,
    statements: Sequence[Statement] = (),
    sha512: str = "",
) -> Finding:
    """Weigh what is known of a file; ``promised`` comes from lists that are trusted already, and so do ``statements``.

    ``sha512`` is needed where there are statements about npm packages; those count as provenance, as the others do.
    """
    listed = promised.get(file, "")
    checksum: Checksum = "none" if not listed else "ok" if listed == digest else "wrong"
    origins = [each for each in statements if each.kind == provenance.SLSA]
    both: set[Checksum] = {
        _stated(file, digest, [each.subjects for each in origins]),
        _stated(file, sha512, [each.packages for each in origins]),
    }
    made: Checksum = "wrong" if "wrong" in both else "ok" if "ok" in both else "none"
    listing = _stated(file, digest, [each.subjects for each in statements if each.kind.startswith(provenance.SBOMS)])
    problem = ""
    if signature == "wrong":
        problem = detail
    elif checksum == "wrong":
        problem = f"its digest is {digest}, released was {listed}"
    elif "wrong" in {made, listing}:
        problem = f"its digest is {digest}, its {'provenance' if made == 'wrong' else 'SBOM'} is of other bytes"
    elif trusting and "ok" not in {signature, checksum, made}:
        problem = "it is neither signed by whom you trust nor in a list that is" + (f": {detail}" if detail else "")
    return Finding(
        file=file,
        sha256=digest,
        checksum=checksum,
        signature=signature,
        provenance=made,
        sbom=listing,
        builder=next((each.builder for each in statements if each.builder and _is_about(each, digest, sha512)), ""),
        problem=problem,
    )


def _stated(file: str, digest: str, listed: Sequence[Mapping[str, str]]) -> Checksum:
    """Look a file up: its bytes count, under whatever name; its name with other bytes speaks against it."""
    if any(digest in each.values() for each in listed):
        return "ok"
    return "wrong" if any(file in each for each in listed) else "none"


def _is_about(statement: Statement, digest: str, sha512: str) -> bool:
    return digest in statement.subjects.values() or sha512 in statement.packages.values()
