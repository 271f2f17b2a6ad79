"""Environments: how files are installed as their users do it; one file is one way."""
