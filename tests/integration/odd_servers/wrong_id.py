"""Answers with an id that nobody used."""

import base

base.serve(lambda message: base.say({**message, "id": message["id"] + 100}))
