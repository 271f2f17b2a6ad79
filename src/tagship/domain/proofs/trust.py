"""Whom a verifier believes: public keys, and identities that a certificate may name."""

from collections.abc import Mapping
from typing import Final

import msgspec

GITHUB_ISSUER: Final = "https://token.actions.githubusercontent.com"
"""Who issues the tokens of GitHub Actions, and so the identities of workflows."""


def is_document(given: str) -> bool:
    """Whether whom to trust is given itself, as JSON, and not by the path of a file."""
    return given.lstrip().startswith("{")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who must have signed with a certificate; what is empty may be anything, and something must be asked for.

    ``name`` is the certificate's subject, an address (URI) or e-mail; ``issuer`` who vouched for it; ``repository`` the
    address of the source repository, ``workflow`` the path of its workflow, ``ref`` and ``commit`` what it ran for.
    """

    name: str = ""
    issuer: str = ""
    repository: str = ""
    workflow: str = ""
    ref: str = ""
    commit: str = ""


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What signatures are checked against.

    ``keys`` are public keys and key rings by the names of their files. ``trust_root`` is JSON of a private Sigstore
    instance, a client trust configuration or a trusted root; without it the public instance vouches, ``offline`` with what
    is known of it here.
    """

    keys: Mapping[str, bytes] = msgspec.field(default_factory=dict)
    identity: Identity | None = None
    trust_root: bytes = b""
    offline: bool = False

    def key(self, file: str) -> bytes | None:
        """Return the key of this file name; where only others are known, the first of them, whatever it was called."""
        return self.keys.get(file, next(iter(self.keys.values()), None))
