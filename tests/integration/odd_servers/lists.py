"""Lists the tools that the argument says, in JSON."""

import json
import sys

import base

base.serve(tools=[{**base.TOOL, **tool} for tool in json.loads(sys.argv[1])])
