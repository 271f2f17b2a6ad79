"""Which Sigstore instance an input names; read before anything heavy is imported."""

from pathlib import Path

from tagship.domain.proofs.trust import is_document
from tagship.errors import UsageError


def read_config(given: str) -> str:
    """Return a trust configuration: the JSON itself, or what is in the file of this path.

    Raises:
        UsageError: it cannot be read.

    """
    if not given or is_document(given):
        return given
    try:
        return Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "give the path of a Sigstore client trust configuration, or its JSON, in `trust-config`"
        raise UsageError(f"cannot read it: {error}", file=given, hint=hint) from None
