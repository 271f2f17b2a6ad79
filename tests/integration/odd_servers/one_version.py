"""Speaks one version: the argument says which. It refuses others where it should name its own."""

import sys

import base

own = sys.argv[1]
for request in base.requests():
    message = base.answer(request, [base.TOOL], modern=False)
    if request.get("method") == "initialize" and request["params"]["protocolVersion"] != own:
        message = base.refuse(request, -32602, "Unsupported protocol version")
        message["error"]["data"] = {"supported": [own], "requested": request["params"]["protocolVersion"]}
    if message:
        base.say(message)
