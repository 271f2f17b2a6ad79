"""Whether a ruleset of a repository lets a tag be made.

https://docs.github.com/en/rest/repos/rules, patterns as in
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/creating-rulesets-for-a-repository#using-fnmatch-syntax.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_FREE: Final = frozenset({"always", "exempt"})
_TOKENS: Final = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.")
_MEANS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def forbids_creation(ruleset: Mapping[str, Any], tag: str) -> bool:
    """Whether an active ruleset that this token cannot pass keeps a tag from being made."""
    if ruleset.get("target") != "tag" or ruleset.get("enforcement") != "active":
        return False
    if ruleset.get("current_user_can_bypass", "never") in _FREE:
        return False
    kinds = {rule.get("type") for rule in ruleset.get("rules") or ()}
    return "creation" in kinds and _applies(ruleset.get("conditions") or {}, tag)


def _applies(conditions: Mapping[str, Any], tag: str) -> bool:
    names = conditions.get("ref_name") or {}
    included, excluded = names.get("include") or (), names.get("exclude") or ()
    return any(_fits(pattern, tag) for pattern in included) and not any(_fits(pattern, tag) for pattern in excluded)


def _fits(pattern: str, tag: str) -> bool:
    if pattern == "~ALL":
        return True
    short = pattern.removeprefix("refs/tags/")
    expression = "".join(_piece(token) for token in _TOKENS.findall(short))
    return re.fullmatch(expression, tag, re.DOTALL) is not None


def _piece(token: str) -> str:
    if token.startswith("[") and len(token) > 1:
        inside = token[1:-1].replace("\\", r"\\")
        return f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
    return _MEANS.get(token, re.escape(token))
