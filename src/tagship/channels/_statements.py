"""The signed statements that lie beside a file: Sigstore bundles, each with what it states."""

import base64
import binascii
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tagship.domain.plans.channel import Owed


def beside(file: Owed) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Return every bundle with its statement, which is empty where it has none; they were proved before."""
    for path in file.beside:
        for bundle in _bundles(Path(path).read_bytes()):
            envelope = bundle.get("dsseEnvelope") or {}
            yield bundle, _json(_decoded(envelope.get("payload", "")))


def _bundles(data: bytes) -> Iterator[dict[str, Any]]:
    """Return the bundles of a file: one, or one a line."""
    whole = _json(data)
    yield from [whole] if whole else filter(None, map(_json, data.splitlines()))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _json(data: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(data, type=dict[str, Any]) if data else {}
    except msgspec.DecodeError:
        return {}
