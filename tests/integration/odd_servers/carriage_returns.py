"""Ends its lines as Windows does, with empty ones between."""

import json

import base

base.serve(lambda message: base.write(json.dumps(message) + "\r\n\r\n"))
