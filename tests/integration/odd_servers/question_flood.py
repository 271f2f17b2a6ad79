"""Pings without end and never reads the answers."""

import itertools

import base

for number in itertools.count():
    base.say({"jsonrpc": "2.0", "id": number, "method": "ping"})
