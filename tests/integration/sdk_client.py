"""The official SDK's own client, of either generation: prints as JSON what it sees of a server.

``sdk_client.py stdio|tools PROGRAM ARGUMENT…`` (``tools``: nothing else is asked for) or
``sdk_client.py streamable-http|sse URL``.
"""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main() -> None:
    async with AsyncExitStack() as stack:
        try:
            from mcp import Client
        except ImportError:
            session, version = await old(stack)
        else:
            session = await stack.enter_async_context(Client(await way(stack)))
            version = session.protocol_version
        seen: dict[str, Any] = {
            "version": version,
            "tools": [plain(each) for each in (await session.list_tools()).tools],
        }
        if sys.argv[1] != "tools":
            seen["prompts"] = [plain(each) for each in (await session.list_prompts()).prompts]
            seen["resources"] = [plain(each) for each in (await session.list_resources()).resources]
        sys.stdout.write(json.dumps(seen))


async def way(_: AsyncExitStack) -> Any:
    if sys.argv[1] in ("stdio", "tools"):
        return stdio_client(StdioServerParameters(command=sys.argv[2], args=sys.argv[3:]))
    if sys.argv[1] == "sse":
        from mcp.client.sse import sse_client

        return sse_client(sys.argv[2])
    return sys.argv[2]


async def old(stack: AsyncExitStack) -> tuple[Any, str]:
    if sys.argv[1] == "streamable-http":
        from mcp.client.streamable_http import streamablehttp_client

        transport = streamablehttp_client(sys.argv[2])
    else:
        transport = await way(stack)
    read, write, *_ = await stack.enter_async_context(transport)
    session = await stack.enter_async_context(ClientSession(read, write))
    return session, str((await session.initialize()).protocolVersion)


def plain(value: Any) -> Any:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


asyncio.run(main())
