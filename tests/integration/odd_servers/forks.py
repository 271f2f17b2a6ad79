"""Leaves a child in its group and another that left it; both hold stdout, and say who they are on stderr."""

import os
import sys
import time

import base

for leaves in (False, True):
    child = os.fork()
    if not child:
        if leaves:
            os.setsid()
        time.sleep(600)
    sys.stderr.write(f"child {child}\n")
sys.stderr.flush()
base.serve()
