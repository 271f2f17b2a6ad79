"""Ends without a word when something is not set."""

import os
import sys

import base

if "ODD_URL" not in os.environ:
    sys.exit(1)
base.serve()
