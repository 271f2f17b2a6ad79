"""Which licences the components of a release may have: lists of SPDX identifiers, and what they say to an expression.

Expressions: SPDX specification 2.3, annex D (https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/): ``AND`` binds
tighter than ``OR``, of which one side is enough; ``WITH`` adds an exception to one licence.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from tagship.domain.components.bill import licence_of
from tagship.domain.components.system_packages import SYSTEM
from tagship.domain.plans.plan import LicencePolicy

_SEVERAL: Final = re.compile(r"\b(?:AND|OR)\b")
_TOKEN: Final = re.compile(r"\(|\)|[^\s()]+")
ANY: Final = LicencePolicy(allow=(), deny=(), ignore=())
"""Every licence is allowed."""


def problems(components: Sequence[Mapping[str, Any]], policy: LicencePolicy) -> list[str]:
    """Say which components a policy refuses; an unknown licence is refused only where there is a list of allowed ones.

    Base images and the packages of their systems are not judged: they lie beside the server, and are no part of it.
    """
    if not (policy.allow or policy.deny):
        return []
    looked_at = [
        (f"{each.get('name')} {each.get('version', '')}".strip(), licence_of(each))
        for each in components
        if each.get("type") != "container"
        and not str(each.get("purl", "")).startswith(SYSTEM)
        and not _any(str(each.get("name")), policy.ignore)
    ]
    return [f"{name}: its licence {_why(said, policy)}" for name, said in looked_at if not _passes(said, policy)]


def satisfied(expression: str, allowed: Callable[[str], bool]) -> bool:
    """Say whether an SPDX expression can be satisfied by licences that are allowed; what is no expression is one name.

    A broken expression of several names is satisfied by nothing, and so is one that is nested deeper than any real one.
    """
    name = expression.strip()
    if not _SEVERAL.search(name) and not name.startswith("("):
        return allowed(name)
    tokens = _TOKEN.findall(re.sub(r"\s+WITH\s+", "~", name))
    try:
        value, left = _or(tokens, allowed)
    except RecursionError:
        return False
    return value and not left


def _or(tokens: list[str], allowed: Callable[[str], bool]) -> tuple[bool, list[str]]:
    value, left = _and(tokens, allowed)
    while left[:1] == ["OR"]:
        other, left = _and(left[1:], allowed)
        value = value or other
    return value, left


def _and(tokens: list[str], allowed: Callable[[str], bool]) -> tuple[bool, list[str]]:
    value, left = _one(tokens, allowed)
    while left[:1] == ["AND"]:
        other, left = _one(left[1:], allowed)
        value = value and other
    return value, left


def _one(tokens: list[str], allowed: Callable[[str], bool]) -> tuple[bool, list[str]]:
    if not tokens:
        return False, []
    if tokens[0] == "(":
        value, left = _or(tokens[1:], allowed)
        return value, left[1:]
    return allowed(tokens[0].replace("~", " WITH ")), tokens[1:]


def _passes(said: str, policy: LicencePolicy) -> bool:
    def allowed(name: str) -> bool:
        return not _any(name, policy.deny) and (not policy.allow or _any(name, policy.allow))

    return satisfied(said, allowed) if said else not policy.allow


def _why(said: str, policy: LicencePolicy) -> str:
    if not said:
        return "is not known"
    return f"is {said}, which is {'denied' if policy.deny and not policy.allow else 'not allowed'}"


def _any(name: str, patterns: Sequence[str]) -> bool:
    bare = name.partition(" WITH ")[0]
    return any(fnmatchcase(each.lower(), pattern.lower()) for each in {name, bare} for pattern in patterns)
