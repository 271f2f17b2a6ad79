"""Describes its tool by the names of the variables that it sees."""

import os

import base

base.serve(tools=[{**base.TOOL, "description": " ".join(sorted(os.environ))}])
