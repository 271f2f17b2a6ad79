"""Ends at once when it is started for the first time in a folder."""

import sys
from pathlib import Path

import base

if not Path("started").exists():
    Path("started").touch()
    sys.exit("not today")
base.serve()
