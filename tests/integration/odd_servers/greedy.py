"""Takes memory without end when it is asked something."""

import base

hoard = []
next(base.requests())
while True:
    hoard.append(bytearray(16 << 20))
