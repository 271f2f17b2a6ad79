"""A plain server without any library, for the odd ones beside it to differ from in one thing.

``serve`` answers in both eras; ``legacy`` refuses the modern one.
"""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

META = "io.modelcontextprotocol"
INFO = {"name": "odd", "version": "1.2.3"}
SCHEMA = {
    "type": "object",
    "properties": {"text": {"type": "string", "description": "What to say."}},
    "required": ["text"],
}
TOOL = {"name": "echo", "description": "Say it again.", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}}
Message = dict[str, Any]


def say(message: Any) -> None:
    write(json.dumps(message) + "\n")


def write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def requests() -> Iterator[Message]:
    for line in sys.stdin:
        yield json.loads(line)


def reply(request: Message, result: Any) -> Message:
    return {"jsonrpc": "2.0", "id": request["id"], "result": result}


def refuse(request: Message, code: int = -32601, message: str = "Method not found") -> Message:
    return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": code, "message": message}}


def answer(request: Message, tools: list[Message], *, modern: bool) -> Message | None:
    method, params = request.get("method", ""), request.get("params", {})
    if "id" not in request or "method" not in request:
        return None
    now = f"{META}/protocolVersion" in params.get("_meta", {})
    stamp = {"resultType": "complete", "_meta": {f"{META}/serverInfo": INFO}} if now else {}
    cached = {"ttlMs": 0, "cacheScope": "private"} if now else {}
    if method == "server/discover" and modern:
        return reply(request, {**stamp, **cached, "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}})
    if method == "initialize":
        version = params["protocolVersion"]
        return reply(request, {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": INFO})
    if method == "tools/list":
        return reply(request, {**stamp, **cached, "tools": tools})
    if method == "tools/call":
        text = params["arguments"].get("text", "")
        return reply(request, {**stamp, "content": [{"type": "text", "text": text}], "isError": text == "no"})
    return refuse(request)


def serve(send: Callable[[Message], None] = say, tools: list[Message] | None = None, *, modern: bool = True) -> None:
    for request in requests():
        message = answer(request, [TOOL] if tools is None else tools, modern=modern)
        if message:
            send(message)


def legacy(send: Callable[[Message], None] = say, tools: list[Message] | None = None) -> None:
    serve(send, tools, modern=False)


if __name__ == "__main__":
    serve(modern="legacy" not in sys.argv)
