"""Asks its client before it serves, and goes on only when it is answered properly."""

import sys

import base

base.say({"jsonrpc": "2.0", "id": "p", "method": "ping"})
for method in ("roots/list", "sampling/createMessage", "elicitation/create"):
    base.say({"jsonrpc": "2.0", "id": method, "method": method, "params": {}})
answers, early = {}, []
for request in base.requests():
    (early.append(request) if "method" in request else answers.update({request["id"]: request}))
    if len(answers) == 4:
        break
if answers.pop("p")["result"] != {} or any(each["error"]["code"] != -32601 for each in answers.values()):
    sys.exit("the client does not answer as it should")
for request in early:
    base.say(base.answer(request, [base.TOOL], modern=False))
base.legacy()
