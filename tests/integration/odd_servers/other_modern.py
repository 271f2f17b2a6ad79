"""Speaks versions of the future only."""

import base

for request in base.requests():
    message = base.refuse(request, -32022, "Unsupported protocol version")
    message["error"]["data"] = {"supported": ["2027-01-01"], "requested": "2026-07-28"}
    base.say(message)
