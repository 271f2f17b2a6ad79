"""Describes its tool by the limits that it is under when it is asked."""

import resource

import base

KINDS = (resource.RLIMIT_DATA, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE)

for request in base.requests():
    limits = " ".join(str(resource.getrlimit(kind)[1]) for kind in KINDS)
    message = base.answer(request, [{**base.TOOL, "description": limits}], modern=True)
    if message:
        base.say(message)
