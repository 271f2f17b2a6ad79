"""Prints a banner to stdout, as libraries do."""

import base

base.write("Starting the odd server…\n")
base.serve()
