"""What speaks for a file: its own signature, or its digest in a list that is itself signed.

With a key, a list that the key did not sign proves nothing: whoever swaps a file can rewrite an unsigned list too.
Without a key only accidents are found, no forgery.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from tagship.errors import IntegrityError, Problem

Checksum = Literal["ok", "none", "wrong"]
SignatureState = Literal["ok", "none", "wrong"]
_GET_AGAIN = "do not use the file; get it again from where it was released"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one file; ``problem`` is empty when it may be used."""

    file: str
    sha256: str
    checksum: Checksum
    signature: SignatureState
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing speaks against the file, and enough for it."""
        return not self.problem

    def as_problem(self) -> Problem:
        """Return the problem with its remedy."""
        return Problem(message=self.problem, file=self.file, hint=_GET_AGAIN)


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
    file: str, digest: str, *, promised: Mapping[str, str], signature: SignatureState, detail: str, keyed: bool
) -> Finding:
    """Weigh what is known of a file; ``promised`` comes from lists that are trusted already."""
    listed = promised.get(file, "")
    checksum: Checksum = "none" if not listed else "ok" if listed == digest else "wrong"
    problem = ""
    if signature == "wrong":
        problem = detail
    elif checksum == "wrong":
        problem = f"its digest is {digest}, released was {listed}"
    elif keyed and signature != "ok" and checksum != "ok":
        problem = "it is neither signed with this key nor in a list that is"
    return Finding(file=file, sha256=digest, checksum=checksum, signature=signature, problem=problem)
