"""Logs to stdout, in JSON."""

import base

base.say({"level": "info", "msg": "starting", "id": 1})
base.serve()
