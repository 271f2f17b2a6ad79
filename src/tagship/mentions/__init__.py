"""Kinds of files that repeat a package's version without defining it. One file, one plug-in."""
