"""Says 50 MB on stderr before it serves."""

import sys

import base

for number in range(500_000):
    sys.stderr.write(f"{number:099d}\n")
base.serve()
