"""Wants an argument."""

import argparse

import base

parser = argparse.ArgumentParser()
parser.add_argument("--db-path", required=True)
parser.parse_args()
base.serve()
