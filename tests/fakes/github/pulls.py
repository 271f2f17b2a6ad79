"""Pull requests: https://docs.github.com/en/rest/pulls/pulls."""

from dataclasses import replace
from typing import Any

from tests.fakes.github import pull_rules, render_pull
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import invalid_request, not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.paging import page_of
from tests.fakes.github.rules import check_fields
from tests.fakes.github.state import Repository, World
from tests.fakes.github.values import Pull

TEXTS = dict.fromkeys(("title", "body", "base"), "string")
FLAGS = dict.fromkeys(("draft", "maintainer_can_modify"), "boolean")


def list_pulls(world: World, request: Request) -> Response:
    """List open ones unless told, newest first; a `head` without its owner filters nothing."""
    repository = repository_of(world, request)
    query = request.query
    found = [
        pull
        for pull in repository.pulls.values()
        if query.get("state", "open") in ("all", pull.state)
        and query.get("base", pull.base) == pull.base
        and _has_head(pull, query.get("head", ""), repository)
    ]
    newest_first = query.get("direction", "desc") == "desc"
    ordered = sorted(found, key=lambda pull: pull.number, reverse=newest_first)
    return page_of([render_pull.brief(pull, repository, request.site) for pull in ordered], request)


def get_pull(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    return Response(status=200, content=render_pull.whole(_asked(repository, request), repository, request.site))


def create_pull(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    content = request.content()
    check_fields(content, TEXTS | FLAGS | {"head": "string"}, required=("title", "head", "base"))
    fork, head = _asked_head(content["head"], repository)
    ends = pull_rules.Ends(head, content["base"], fork)
    pull_rules.check_new(repository, request.identity.login, ends)
    now = world.clock()
    made = Pull(
        id=world.next_id(),
        number=len(repository.pulls) + 1,
        title=content["title"],
        body=content.get("body"),
        head=head,
        base=content["base"],
        fork=fork,
        head_sha=pull_rules.source(repository, fork).branches[head],
        base_sha=repository.branches[content["base"]],
        author=request.identity.login or "",
        created_at=now,
        updated_at=now,
        draft=bool(content.get("draft")),
    )
    repository.pulls[made.number] = made
    shown = render_pull.whole(made, repository, request.site)
    return Response(status=201, content=shown, headers={"Location": shown["url"]})


def update_pull(world: World, request: Request) -> Response:
    """Change the given fields; `state` closes or opens again."""
    repository = repository_of(world, request)
    before = _asked(repository, request)
    content = request.content()
    check_fields(content, TEXTS | FLAGS | {"state": "string"})
    if content.get("state") not in (None, "open", "closed"):
        raise invalid_request(f'For \'properties/state\', {content["state"]} is not a member of ["open", "closed"].')
    given: dict[str, Any] = {name: content[name] for name in TEXTS if content.get(name) is not None}
    after = replace(before, updated_at=world.clock(), **given)
    state = content.get("state") or before.state
    if state != before.state:
        if state == "open":
            pull_rules.check_reopened(before, repository)
        after = replace(after, state=state, closed_at=world.clock() if state == "closed" else None)
    repository.pulls[after.number] = after
    return Response(status=200, content=render_pull.whole(after, repository, request.site))


def _asked(repository: Repository, request: Request) -> Pull:
    try:
        return repository.pulls[request.number("pull_number")]
    except KeyError:
        raise not_found() from None


def _has_head(pull: Pull, wanted: str, repository: Repository) -> bool:
    owner, colon, branch = wanted.partition(":")
    return not colon or ((pull.fork or repository.settings.owner).lower(), pull.head) == (owner.lower(), branch)


def _asked_head(asked: str, repository: Repository) -> tuple[str, str]:
    """Take apart `owner:branch`: the owner of a fork, nobody for the repository itself, and the branch."""
    owner, colon, branch = asked.partition(":")
    if not colon:
        return "", asked
    return "" if owner.lower() == repository.settings.owner.lower() else owner.lower(), branch
