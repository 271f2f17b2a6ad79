"""Sigstore on loopback: real Fulcio, timestamp authority and Rekor v2, with an issuer and a CT log of our own."""

import atexit
import functools

from tests.fakes.sigstore.stack import Sigstore

__all__ = ["Sigstore", "running"]


@functools.cache
def running() -> Sigstore:
    """Return the instance that the tests of this process share, started when the first of them asks."""
    instance = Sigstore().__enter__()
    atexit.register(instance.__exit__, None, None, None)
    return instance
