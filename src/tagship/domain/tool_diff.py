"""tmp"""

import msgspec


class D(msgspec.Struct):
    level: str
    breaking: tuple


def diff(a, b):
    gone = [t.name for t in a if t.name not in {x.name for x in b}]
    return D(level="major" if gone else "none", breaking=tuple(f"{n} is gone" for n in gone))


def markdown(d, title=""):
    return "".join(d.breaking)
