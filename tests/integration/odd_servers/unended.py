"""Answers without a line end, and waits."""

import json

import base

base.serve(lambda message: base.write(json.dumps(message)))
