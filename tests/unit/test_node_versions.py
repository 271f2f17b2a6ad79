"""Which lines of Node.js a range means."""

import pytest

from tagship.domain.manifests.node_versions import LINES, lines

ALL = tuple(map(str, LINES))


@pytest.mark.parametrize(
    ("engines", "wanted"),
    [
        ("", ALL), (">=18", ALL), ("*", ALL), (">=20.0.0", ALL), ("latest", ALL), (">= 22", ("22", "24", "26")),
        (">=22.19", ("22", "24", "26")), (">22", ("24", "26")), (">22.4.0", ("22", "24", "26")),
        ("^20.3.0 || >=24", ("20", "24", "26")),
        ("20 || 22", ("20", "22")), ("22.x", ("22",)), ("~22.4", ("22",)), ("~22", ("22",)), ("<24", ("20", "22")),
        ("<=24", ("20", "22", "24")), (">=20 <24.0.0", ("20", "22")), ("20 - 22", ("20", "22")), ("20.1.0 - 22.3", ("20", "22")),
        ("=22.1.0", ("22",)), ("v22", ("22",)), ("^18", ()), ("<20", ()), (">=22.0.0-rc.1", ("22", "24", "26")), ("^0.3", ()),
    ],
)  # fmt: skip
def test_lines_of_a_range(engines: str, wanted: tuple[str, ...]) -> None:
    """A line counts when one of its releases fits; what is no range says nothing."""
    assert lines(engines) == wanted
