"""Reads its key from the environment."""

import os

import base

KEY = os.environ["ODD_API_KEY"]
base.serve()
