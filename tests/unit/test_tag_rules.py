"""Which rulesets keep a tag from being made."""

from typing import Any

import pytest

from tagship.domain.versions.tag_rules import forbids_creation


def ruleset(*include: str, exclude: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    names = {"include": [f"refs/tags/{p}" if not p.startswith("~") else p for p in include], "exclude": list(exclude)}
    kind = {
        "target": "tag",
        "enforcement": "active",
        "rules": [{"type": "creation"}],
        "current_user_can_bypass": "never",
    }
    return {**kind, "conditions": {"ref_name": names}, **more}


@pytest.mark.parametrize(
    ("pattern", "tag", "fits"),
    [
        ("v*", "v1.0.0", True),
        ("v*", "pkg/v1.0.0", False),
        ("**/v*", "pkg/v1.0.0", True),
        ("**/v*", "v1.0.0", True),
        ("pkg/**", "pkg/a/b", True),
        ("v?.0", "v1.0", True),
        ("v[0-9].0", "v1.0", True),
        ("v[!0-9].0", "v1.0", False),
        ("v1.0", "v1x0", False),
        ("~ALL", "anything/at-all", True),
        ("v1", "v10", False),
    ],
)
def test_patterns_are_read_as_github_reads_them(pattern: str, tag: str, fits: bool) -> None:  # noqa: FBT001
    """Fnmatch with path names: a star stops at a slash."""
    assert forbids_creation(ruleset(pattern), tag) is fits


@pytest.mark.parametrize(
    "more",
    [
        {"enforcement": "evaluate"},
        {"enforcement": "disabled"},
        {"target": "branch"},
        {"current_user_can_bypass": "always"},
        {"current_user_can_bypass": "exempt"},
        {"rules": [{"type": "deletion"}, {"type": "update"}]},
        {"rules": None},
        {"conditions": None},
    ],
    ids=str,
)
def test_a_rule_that_does_not_bind_forbids_nothing(more: dict[str, Any]) -> None:
    """Not active, for branches, passed by this token, or about something else."""
    assert not forbids_creation(ruleset("v*", **more), "v1.0.0")


def test_what_is_excluded_is_free() -> None:
    """An exclusion wins."""
    assert not forbids_creation(ruleset("v*", exclude=("refs/tags/v1.*",)), "v1.0.0")
    assert forbids_creation(ruleset("v*", exclude=("refs/tags/v1.*",)), "v2.0.0")
