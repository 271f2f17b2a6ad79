"""Writes every message in pieces of three bytes, also inside of characters."""

import json
import sys

import base


def send(message: base.Message) -> None:
    data = json.dumps(message, ensure_ascii=False).encode() + b"\n"
    for at in range(0, len(data), 3):
        sys.stdout.buffer.write(data[at : at + 3])
        sys.stdout.buffer.flush()


base.serve(send, [{**base.TOOL, "description": "Größe – 大きさ."}])
