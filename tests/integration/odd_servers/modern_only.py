"""Knows no handshake, and says so."""

import base

for request in base.requests():
    message = base.answer(request, [base.TOOL], modern=True)
    if request.get("method") == "initialize":
        message = base.refuse(request, -32022, "Unsupported protocol version")
        message["error"]["data"] = {"supported": ["2026-07-28"], "requested": "2025-11-25"}
    if message:
        base.say(message)
