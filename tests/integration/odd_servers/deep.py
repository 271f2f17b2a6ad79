"""Answers with JSON that is nested a hundred thousand times."""

import base

base.serve(lambda _: base.write("[" * 100_000 + "]" * 100_000 + "\n"))
