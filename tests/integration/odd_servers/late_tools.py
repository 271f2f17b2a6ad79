"""Has no tools when it is asked first, and says that it has some once the list was sent."""

import base

tools = []
for request in base.requests():
    message = base.answer(request, tools, modern=False)
    if request.get("method") == "initialize" and message:
        message["result"]["capabilities"]["tools"] = {"listChanged": True}
    if message:
        base.say(message)
    if request.get("method") == "tools/list" and not tools:
        tools.append(base.TOOL)
        base.say({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
