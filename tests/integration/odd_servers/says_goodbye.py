"""Prints to stdout after its input was closed, and ends with 7."""

import sys

import base

base.serve()
base.write("Bye!\n")
sys.exit(7)
