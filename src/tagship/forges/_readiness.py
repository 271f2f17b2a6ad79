"""What would make a release on GitHub fail, asked for without changing anything, so that it is known before a build.

- The tag: where it is, and whether a ruleset forbids to make it.
- Whether it is used up: an immutable release leaves an attestation of its tag that outlives its deletion
  (``gh release verify`` reads the same, cli/cli pkg/cmd/release/shared/attestation.go), and its name is never free again.
- The token: ``POST /releases/generate-notes`` writes nothing and needs ``contents: write`` as the release does
  (docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens).
"""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any, Final

from tagship.adapters import http
from tagship.adapters.github_api import GitHubApi
from tagship.domain.versions.tag_rules import forbids_creation
from tagship.errors import Problem, RemoteRefused
from tagship.ports import Readiness

_RELEASE: Final = "https://in-toto.io/attestation/release/"


def look(api: GitHubApi, tag: str, commit: str, *, may_write: bool) -> Readiness:
    """Ask one thing after the other; what cannot be asked is told as unknown.

    Raises:
        Transient: GitHub does not answer for now.

    """
    checks = [_token, _commit, _rules, _burned] if may_write else [_commit, _rules, _burned]
    problems: list[Problem] = []
    unknown: list[str] = []
    try:
        reference, at = _tag(api, tag)
    except RemoteRefused as error:
        return Readiness(problems=error.problems)
    for check in checks:
        try:
            problems += check(api, _Case(tag, commit, reference, at))
        except RemoteRefused as error:
            if check is _token:
                return Readiness(problems=error.problems)
            unknown.append(error.problems[0].message)
    return Readiness(problems=tuple(problems), unknown=tuple(unknown))


class _Case:
    """A tag, the commit it shall be at, the object its ref points at, and the commit it is at; empty where there is none."""

    def __init__(self, tag: str, commit: str, reference: str, at: str) -> None:
        self.tag, self.commit, self.reference, self.at = tag, commit, reference, at


def _tag(api: GitHubApi, tag: str) -> tuple[str, str]:
    found = api.ask("look for the tag", "GET", f"/git/matching-refs/tags/{tag}")
    exact = [ref["object"]["sha"] for ref in found if ref.get("ref") == f"refs/tags/{tag}"]
    if not exact:
        return "", ""
    return exact[0], str(api.ask("look where the tag is", "GET", f"/commits/tags/{tag}")["sha"])


def _token(api: GitHubApi, case: _Case) -> list[Problem]:
    """Let GitHub draft notes, which are thrown away."""
    wanted = {"tag_name": case.tag, **({"target_commitish": case.commit} if case.commit else {})}
    try:
        api.ask("look whether the token may release", "POST", "/releases/generate-notes", wanted)
    except http.Conflict as error:
        if " 404 " in error.problems[0].message:
            raise
    return []


def _commit(api: GitHubApi, case: _Case) -> list[Problem]:
    """Compare the commit with the tag's, or, where there is no tag yet, look whether GitHub has it."""
    if not case.commit or case.at == case.commit:
        return []
    if case.at:
        hint = "release what the tag is at, or make a new version; a tag that was released must not move"
        said = f"the tag {case.tag} is on {case.at[:12]}, the release is of {case.commit[:12]}"
        return [Problem(message=said, hint=hint)]
    try:
        api.ask("look for the commit", "GET", f"/commits/{case.commit}")
    except http.Conflict:
        return [Problem(message=f"GitHub does not have the commit {case.commit[:12]}", hint="push it")]
    return []


def _rules(api: GitHubApi, case: _Case) -> list[Problem]:
    if case.at:
        return []
    listed = list(api.pages("look at the rules for tags", "/rulesets", {"targets": "tag"}))
    for each in listed:
        whole = api.ask("look at a rule for tags", "GET", f"/rulesets/{each['id']}")
        if forbids_creation(whole, case.tag):
            hint = "push the tag yourself before, or let this token pass the rule (Settings → Rules → Rulesets)"
            return [Problem(message=f"the ruleset {whole['name']!r} forbids to make the tag {case.tag}", hint=hint)]
    return []


def _burned(api: GitHubApi, case: _Case) -> list[Problem]:
    digests = dict.fromkeys(filter(None, (case.reference, case.at, case.commit)))
    used = any(tag == case.tag for digest in digests for tag in _released_tags(api, digest))
    if not used or any(r["tag_name"] == case.tag and not r["draft"] for r in api.pages("list releases", "/releases")):
        return []
    said = f"the tag {case.tag} was used by an immutable release that was deleted: GitHub never takes it again"
    return [Problem(message=said, hint="release a new version")]


def _released_tags(api: GitHubApi, digest: str) -> Iterator[str]:
    """Give the tags of the release attestations about a git object; GitHub answers 404 where there are none."""
    path, asked = f"/attestations/sha1:{digest}", {"predicate_type": "release"}
    try:
        found = api.ask("look for a release that was deleted", "GET", path, parameters=asked)
    except http.Conflict:
        return
    for each in found.get("attestations", ()):
        statement = _statement(each)
        if str(statement.get("predicateType", "")).startswith(_RELEASE):
            yield str(statement.get("predicate", {}).get("tag", ""))


def _statement(attestation: Any) -> dict[str, Any]:
    """Read what an attestation says; it is a reason to look again, not a proof, so its signature is not checked."""
    try:
        payload = attestation["bundle"]["dsseEnvelope"]["payload"]
        read = json.loads(base64.b64decode(payload))
    except (KeyError, TypeError, ValueError, binascii.Error):
        return {}
    return read if isinstance(read, dict) else {}
