"""Asks its client for roots although it speaks a version that has no such questions."""

import base

for request in base.requests():
    if request["method"] == "tools/list":
        base.say({"jsonrpc": "2.0", "id": "r", "method": "roots/list"})
    base.say(base.answer(request, [base.TOOL], modern=True))
