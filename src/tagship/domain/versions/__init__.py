"""Versions: every spelling, the tags that bear them, the places where they are written."""
