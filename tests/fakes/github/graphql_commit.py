"""`createCommitOnBranch`: a commit that GitHub makes and signs.

https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch: author is who asks, committer is GitHub;
nothing happens unless the branch is where `expectedHeadOid` says.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tests.fakes.github.graphql_errors import GraphqlRefusalError, forbidden, not_found, stale
from tests.fakes.github.messages import Identity
from tests.fakes.github.protection import RuleViolationError, check_commit_by_api
from tests.fakes.github.state import Repository
from tests.fakes.github.values import ACTIONS, BOT, GITHUB, Commit, Person

REFUSED: Final = "UNPROCESSABLE"  # a ruleset's refusal is known to have another type than classic protection's, no more
REFUSED_BY_CLASSIC_PROTECTION: Final = "BRANCH_PROTECTION_RULE_VIOLATION"
MALFORMED: Final = ("", ".", "..", ".git")
Input = Mapping[str, Any]


def create_commit_on_branch(repository: Repository, identity: Identity, given: Input, now: datetime) -> Commit:
    """Check permission, branch, its head and its rules in this order; then commit."""
    if not identity.may_write("contents"):
        raise forbidden()
    branch = str(given["branch"].get("branchName")).removeprefix("refs/heads/")
    head = repository.branches.get(branch)
    if head is None:
        raise not_found("Ref", branch)
    if head != given["expectedHeadOid"]:
        raise stale(given["expectedHeadOid"])
    _check_rules(repository, branch)
    parent = repository.commits[head]
    draft = Commit(
        sha="",
        message=_message(given["message"]),
        date=now,
        parents=(head,),
        tree=_tree(repository, parent, given.get("fileChanges") or {}),
        author=_person(identity.login or ""),
        committer=GITHUB,
        signature=True,
    )
    made = repository.objects.write(draft)
    repository.branches[branch] = made.sha
    return made


def _check_rules(repository: Repository, branch: str) -> None:
    try:
        check_commit_by_api(repository, branch)
    except RuleViolationError as refused:
        kind = REFUSED_BY_CLASSIC_PROTECTION if refused.classic else REFUSED
        raise GraphqlRefusalError(kind, refused.message) from refused


def _message(given: Input) -> str:
    body = given.get("body")
    return f"{given['headline']}\n\n{body}" if body else str(given["headline"])


def _tree(repository: Repository, parent: Commit, changes: Input) -> str:
    additions = {each["path"]: _bytes(each["contents"]) for each in changes.get("additions") or ()}
    deletions = [each["path"] for each in changes.get("deletions") or ()]
    paths = [each["path"] for name in ("additions", "deletions") for each in changes.get(name) or ()]
    if len(paths) != len(set(paths)):
        raise GraphqlRefusalError(REFUSED, "path values must be unique across all additions and deletions")
    for path in paths:
        if any(part in MALFORMED for part in path.split("/")):
            raise GraphqlRefusalError(REFUSED, f"path contains a malformed path component: {path}")
    for path in deletions:
        if repository.objects.file(parent.tree, path) is None:
            message = f"A path was requested for deletion which does not exist as of commit oid `{parent.sha}`: {path}"
            raise GraphqlRefusalError(REFUSED, message)
    return repository.objects.edited(parent.tree, additions, deletions)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise GraphqlRefusalError(REFUSED, "contents is not valid Base64") from error


def _person(login: str) -> Person:
    return ACTIONS if login == BOT else Person(name=login, email=f"{login}@users.noreply.github.com")
