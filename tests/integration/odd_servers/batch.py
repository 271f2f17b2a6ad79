"""Answers in arrays, which one version of the protocol had: the argument says which version it speaks."""

import sys

import base


def send(message: base.Message) -> None:
    if "protocolVersion" in message.get("result", {}):
        message["result"]["protocolVersion"] = sys.argv[1]
    base.say([message] if "tools" in message.get("result", {}) else message)


base.legacy(send)
