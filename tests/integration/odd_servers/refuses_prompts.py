"""Declares prompts and does not know the question for them."""

import base


def send(message: base.Message) -> None:
    if "serverInfo" in message.get("result", {}):
        message["result"]["capabilities"]["prompts"] = {}
    base.say(message)


base.legacy(send)
