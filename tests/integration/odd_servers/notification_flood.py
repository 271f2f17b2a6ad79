"""Never stops notifying."""

import base

note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "x" * 100}}
while True:
    base.say(note)
