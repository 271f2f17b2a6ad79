"""Values and rules: no input, no output, no clock, no environment.

Everything here is a frozen value or a function of its arguments, so that it can be tested as data.
"""
