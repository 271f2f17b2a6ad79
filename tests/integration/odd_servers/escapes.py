"""Steers the terminal of whoever shows what it says."""

import sys

import base

sys.stderr.write("\x1b]0;title\x07\x1b[2J\x1b[31mred \u202eback\u202c\r\n::error::no\n")
sys.stderr.flush()
text = "Adds.\x1b[8m Hidden.\u200b\U000e0041"
base.serve(tools=[{**base.TOOL, "description": text, "title": "a\x07b"}])
