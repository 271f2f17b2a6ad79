"""Reads everything before it answers anything."""

import sys

import base

for message in [base.answer(request, [base.TOOL], modern=True) for request in list(base.requests())]:
    base.say(message)
sys.exit(0)
