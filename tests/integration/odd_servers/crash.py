"""Ends with exit code 3 before it has read anything."""

import sys

sys.exit(3)
