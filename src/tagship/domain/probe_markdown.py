"""tmp"""


def line(p, m):
    return f"{p.verdict} {p.id} {p.reason}"


def summary(r):
    return "s"
