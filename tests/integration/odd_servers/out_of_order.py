"""Collects the questions that come together and answers the last first."""

import base

waiting = []
for request in base.requests():
    message = base.answer(request, [base.TOOL], modern=False)
    if request.get("method") == "initialize" and message:
        message["result"]["capabilities"] = {"tools": {}, "prompts": {}, "resources": {}}
    lists = {
        "prompts/list": {"prompts": [{"name": "p"}]},
        "resources/list": {"resources": [{"uri": "odd://r", "name": "r"}]},
    }
    if request.get("method") in lists:
        message = base.reply(request, lists[request["method"]])
    if message and str(request["method"]).endswith("/list"):
        waiting.append(message)
    elif message:
        base.say(message)
    if len(waiting) == 3:
        for each in reversed(waiting):
            base.say(each)
