"""Patterns that people write for versions are taken; those that could take for ever are not."""

import re

import pytest

from tagship.domain.text.safe_pattern import LONGEST_PATTERN, reason_to_refuse


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?P<version>\d+\.\d+\.\d+)",
        r"v(?P<version>[\w.]+)",
        r"(?P<version>\d+(?:\.\d+){2})",
        r"(?P<version>\d+(?:\.\d+)*)",
        r"(?P<version>\d+(?:\.\d+){1,2}(?:-[a-z0-9]+)*)",
        r"(?P<version>\d+(?:\.\d+)*(?:-(?:alpha|beta|rc)\.\d+)?)",
        r"^tag: \"?(?P<version>[^\"\s]+)",
        r"(?P<version>\S+?)-(?:linux|macos)",
        r"[(]+(?P<version>\d)",
        r"\(+(?P<version>a)|[]*]+",
        r"(?i)x(?P<version>a+)(?#(a+)+",
        r"(?i:x+)(?P<version>a+)(?P=version)",
        r"(?<!\.)(?=v)(?P<version>(?:\d\.){2}\d)",
        r"(?:ab)+(?P<version>a{3})*",
        r"(?P<version>\d)(?:\.\d*){2,}",
    ],
)
def test_usual_patterns(pattern: str) -> None:
    """A choice that is not repeated, or repeated where a separator shows the turns."""
    re.compile(pattern)
    assert reason_to_refuse(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+",
        r"(?P<version>(a|aa)*)$",
        r"(?:(?:a+))*",
        r"(a?){40}",
        r"(?:[\w.]+\.)+",
        r"((a*)b)+",
        r"(?P<version>(?i:a+)+)",
        r"(a{2,3}){9}",
        r"([)a]+)*",
        r"(a|b|ab)+?",
        r"((a+){4}){4}",
        r"(?:\.[\w.]+)*",
        r"(a+){2,}",
        r"(?P<version>x)" + "a?" * LONGEST_PATTERN,
    ],
)
def test_patterns_that_could_take_for_ever(pattern: str) -> None:
    """What can match one text in many ways, many times."""
    re.compile(pattern)
    assert reason_to_refuse(pattern) != ""
