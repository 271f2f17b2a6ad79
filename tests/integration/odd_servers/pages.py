"""Lists 1,000 tools on 50 pages; with the argument ``loop`` the last page leads to the third."""

import sys

import base

tools = [{**base.TOOL, "name": f"tool_{number}"} for number in range(1000)]
for request in base.requests():
    message = base.answer(request, [], modern=True)
    if request.get("method") == "tools/list" and message:
        page = int(request.get("params", {}).get("cursor", "page 0").split()[1])
        message["result"]["tools"] = tools[page * 20 : page * 20 + 20]
        if page < 49 or "loop" in sys.argv:
            message["result"]["nextCursor"] = f"page {page + 1 if page < 49 else 2}"
    if message:
        base.say(message)
