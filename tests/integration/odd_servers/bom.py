"""Begins with a byte order mark, as text files of some editors and shells do."""

import sys

import base

sys.stdout.buffer.write(b"\xef\xbb\xbf")
base.serve()
