"""Reads and never answers."""

import base

for _ in base.requests():
    pass
