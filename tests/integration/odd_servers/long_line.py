"""Answers with one line of 100 MB."""

import json

import base

base.serve(lambda message: base.write(json.dumps({**message, "padding": "x" * 100_000_000}) + "\n"))
