"""Has prompts and nothing else, and ignores questions for anything else."""

import base

for request in base.requests():
    message = base.answer(request, [], modern=False)
    if request.get("method") == "initialize" and message:
        message["result"]["capabilities"] = {"prompts": {}}
    if request.get("method") == "prompts/list":
        message = base.reply(request, {"prompts": [{"name": "p"}]})
    if message and request.get("method") != "tools/list":
        base.say(message)
