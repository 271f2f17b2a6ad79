"""Rules that GitHub applies to names, tags and fields."""

import re
from collections.abc import Mapping
from typing import Any, Final

from tests.fakes.github.errors import Problem, invalid_request, validation_failed

BODY_LIMIT: Final = 125_000
ILL_FORMED_REF: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^/|/$|\.$|\.lock(?:/|$)|(?:^|/)\.|^@$|^$")
JSON_TYPES: Final[Mapping[str, type]] = {"string": str, "boolean": bool, "object": dict}
RELEASE_FIELDS: Final[Mapping[str, str]] = {
    "tag_name": "string",
    "target_commitish": "string",
    "name": "string",
    "body": "string",
    "draft": "boolean",
    "prerelease": "boolean",
    "generate_release_notes": "boolean",
    "discussion_category_name": "string",
    "make_latest": "string",
}


def check_fields(content: Mapping[str, Any], fields: Mapping[str, str], *, required: tuple[str, ...] = ()) -> None:
    """Refuse a body whose fields are missing or of a wrong type; null stands for "not given"."""
    for name in required:
        if content.get(name) is None:
            raise invalid_request(f'"{name}" wasn\'t supplied.')
    for name, kind in fields.items():
        value = content.get(name)
        if value is not None and not isinstance(value, JSON_TYPES[kind]):
            raise invalid_request(f"For 'properties/{name}', {value!r} is not a {kind}.")


def check_release_fields(content: Mapping[str, Any], *, required: tuple[str, ...] = ()) -> None:
    check_fields(content, RELEASE_FIELDS, required=required)
    latest = content.get("make_latest")
    if latest not in (None, "true", "false", "legacy"):
        raise invalid_request(
            f'For \'properties/make_latest\', {latest} is not a member of ["true", "false", "legacy"].'
        )
    if len(content.get("body") or "") > BODY_LIMIT:
        message = f"body is too long (maximum is {BODY_LIMIT} characters)"
        raise validation_failed(Problem("Release", "custom", "body", message))


def is_well_formed_ref(name: str) -> bool:
    """Tell whether git would take the name: https://git-scm.com/docs/git-check-ref-format."""
    return ILL_FORMED_REF.search(name) is None


def tag_problems(tag: str, *, burned: bool) -> tuple[Problem, ...]:
    """Say why a release cannot get this tag; the wording is what yegor256/rultor#856 and
    github-community-projects/ospo-reusable-workflows#83 report.
    """
    if burned:
        return (Problem("Release", "custom", "tag_name", "tag_name was used by an immutable release"),)
    if not is_well_formed_ref(tag):
        return (
            Problem("Release", "custom", "tag_name", "tag_name is not a valid tag"),
            Problem("Release", "custom", "tag_name", "tag_name is not well-formed"),
        )
    return ()


def asset_name(name: str) -> str:
    """Rename an uploaded file as GitHub does: every run of other characters becomes one dot; a leading one gets
    `default` before it, a trailing one goes.

    "GitHub renames asset filenames that have special characters, non-alphanumeric characters, and leading or trailing
    periods", https://docs.github.com/en/rest/releases/assets#upload-a-release-asset.
    """
    dotted = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._+@-]+", ".", name))
    inner = dotted.strip(".")
    if not inner:
        raise validation_failed(Problem("ReleaseAsset", "missing_field", "name"))
    return f"default.{inner}" if dotted.startswith(".") else inner
