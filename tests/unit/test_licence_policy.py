"""Licences of dependencies: SPDX expressions against lists of what is allowed and denied."""

from typing import Any

import msgspec
import pytest

from tagship.domain.components.licence_policy import ANY, problems, satisfied


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT AND Apache-2.0", True),
        ("(GPL-3.0-only OR MIT) AND Apache-2.0", True),
        ("(GPL-3.0-only OR MIT) AND (GPL-2.0-only)", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("(MIT", True),
        ("MIT OR", True),
        ("MIT Apache-2.0 AND MIT", False),
        ("BSD License", False),
        ("BSD (3-clause)", True),
        ("BSD (3-clause) AND MIT", False),
        ("(" * 9000, False),
    ],
)
def test_an_expression_is_satisfied_or_not(expression: str, passes: bool) -> None:  # noqa: FBT001
    """AND binds tighter than OR; an exception does not change which licence it is; nonsense is not allowed.

    Names of their own have brackets, too.
    """
    known = {"MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD (3-clause)"}
    assert satisfied(expression, lambda name: name in known) is passes


def component(name: str, *licences: dict[str, Any], kind: str = "library") -> dict[str, Any]:
    return {"type": kind, "name": name, "version": "1.0", "licenses": list(licences)}


def named(name: str) -> dict[str, Any]:
    return {"license": {"id": name}}


ALL = [
    component("good", {"expression": "MIT OR GPL-2.0-only"}),
    component("both", named("MIT"), named("AGPL-3.0-only")),
    component("twice", named("MIT"), named("MIT")),
    component("free", {"license": {"name": "Our own"}}),
    component("silent"),
    component("python", kind="container"),
]


def test_without_lists_nothing_is_refused() -> None:
    """A policy is the project's own."""
    assert problems(ALL, ANY) == []


def test_denied_licences_are_refused_and_unknown_ones_are_not() -> None:
    """Globs, without case; several licences of a component all hold."""
    assert problems(ALL, msgspec.structs.replace(ANY, deny=("agpl-*",))) == [
        "both 1.0: its licence is (MIT) AND (AGPL-3.0-only), which is denied"
    ]


def test_only_allowed_licences_pass() -> None:
    """What is not known is not allowed, unless somebody has looked at it; a base image has a list of its own."""
    policy = msgspec.structs.replace(ANY, allow=("MIT", "AGPL-*"), deny=("AGPL-*",), ignore=("free",))
    assert problems(ALL, policy) == [
        "both 1.0: its licence is (MIT) AND (AGPL-3.0-only), which is not allowed",
        "silent 1.0: its licence is not known",
    ]
