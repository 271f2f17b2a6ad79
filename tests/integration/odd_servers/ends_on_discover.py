"""Ends when the first message is not ``initialize``, as servers made with rmcp do."""

import sys

import base

first = next(base.requests())
if first["method"] != "initialize":
    sys.exit("expected initialize")
base.say(base.answer(first, [], modern=False))
base.legacy()
