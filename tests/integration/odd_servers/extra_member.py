"""Adds a member to its messages that JSON-RPC does not know."""

import base

base.serve(lambda message: base.say({**message, "traceId": "x"}))
