"""Imports a library that is not there, as servers do whose dependencies moved on."""

import sys

sys.stderr.write("DEMO_TOKEN is required\n")
import mcp_server_of_another_world  # noqa: F401, E402
