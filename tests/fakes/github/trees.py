"""Blobs, trees and commits one by one, and builds of a site: https://docs.github.com/en/rest/git and …/rest/pages.

Commits that name no author are signed when a bot's token makes them (docs.github.com: signature verification for bots).
"""

import base64
import binascii
from typing import Any, Final

from tests.fakes.github import render
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.rules import check_fields
from tests.fakes.github.state import Repository, World
from tests.fakes.github.values import ACTIONS, BOT, GITHUB, Commit, Person

LARGEST: Final = 100 << 20


def get_blob(world: World, request: Request) -> Response:
    repository, sha = repository_of(world, request), request.params["file_sha"]
    data = repository.objects.blob(sha)
    if data is None:
        raise not_found()
    content = {
        "sha": sha,
        "node_id": render.node_id("B", len(data)),
        "size": len(data),
        "url": f"{_source(repository, request)}/git/blobs/{sha}",
        "content": base64.encodebytes(data).decode(),
        "encoding": "base64",
    }
    return Response(status=200, content=content)


def create_blob(world: World, request: Request) -> Response:
    repository, content = repository_of(world, request), request.content()
    check_fields(content, {"content": "string", "encoding": "string"}, required=("content",))
    data = _decoded(content)
    if len(data) > LARGEST:
        raise ApiError(422, "The blob is too large")
    sha = repository.objects.keep(data)
    made = {"sha": sha, "url": f"{_source(repository, request)}/git/blobs/{sha}"}
    return Response(status=201, content=made)


def get_tree(world: World, request: Request) -> Response:
    """Answer all files of a tree or commit; folders are not listed, and only whole trees are imitated."""
    repository = repository_of(world, request)
    if "recursive" not in request.query:
        raise ApiError(501, "only whole trees are imitated")
    commit = repository.resolve(request.params["tree_sha"])
    if commit is None:
        raise not_found()
    return Response(status=200, content=_tree(repository, request, commit.tree))


def create_tree(world: World, request: Request) -> Response:
    """Write entries, by content or by blob, on top of the tree of a commit; a blob of null removes."""
    repository, content = repository_of(world, request), request.content()
    base = repository.resolve(content["base_tree"]) if "base_tree" in content else None
    if "base_tree" in content and base is None:
        raise ApiError(422, "base_tree is not a valid tree")
    tree = base.tree if base else ""
    there = repository.objects.listing(tree) if tree else {}
    additions: dict[str, bytes] = {}
    deletions = []
    for entry in content["tree"]:
        if "content" in entry:
            additions[entry["path"]] = entry["content"].encode()
        elif entry["sha"] is None:
            if entry["path"] not in there:
                raise ApiError(422, "GitRPC::BadObjectState")
            deletions.append(entry["path"])
        else:
            additions[entry["path"]] = _blob(repository, entry["sha"])
    return Response(
        status=201, content=_tree(repository, request, repository.objects.edited(tree, additions, deletions))
    )


def create_commit(world: World, request: Request) -> Response:
    repository, content = repository_of(world, request), request.content()
    check_fields(content, {"message": "string", "tree": "string"}, required=("message", "tree"))
    parents = tuple(content.get("parents") or ())
    if any(parent not in repository.commits for parent in parents):
        raise ApiError(422, "The tree or a parent does not exist")
    login = request.identity.login or ""
    bot = login == BOT and "author" not in content
    draft = Commit(
        sha="",
        message=content["message"],
        date=world.clock(),
        parents=parents,
        tree=content["tree"],
        author=ACTIONS if bot else Person(name=login, email=f"{login}@users.noreply.github.com"),
        committer=GITHUB,
        signature=bot,
    )
    made = render.commit(repository.objects.write(draft), repository, request.site)
    told: dict[str, Any] = {
        **made["commit"],
        **{name: made[name] for name in ("sha", "node_id", "html_url", "parents")},
    }
    told["url"] = f"{_source(repository, request)}/git/commits/{made['sha']}"
    return Response(status=201, content={name: value for name, value in told.items() if name != "comment_count"})


def request_build(world: World, request: Request) -> Response:
    """Take the wish for a build of the site; nobody builds: tests serve the branch itself."""
    repository = repository_of(world, request)
    repository.builds += 1
    return Response(status=201, content={"url": f"{_source(repository, request)}/pages/builds/1", "status": "queued"})


def _tree(repository: Repository, request: Request, tree: str) -> dict[str, Any]:
    source = _source(repository, request)
    listed = repository.objects.listing(tree) if tree else {}
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "sha": sha, "url": f"{source}/git/blobs/{sha}", "size": size}
        for path, (sha, size) in sorted(listed.items())
    ]
    return {"sha": tree, "url": f"{source}/git/trees/{tree}", "tree": entries, "truncated": False}


def _blob(repository: Repository, sha: str) -> bytes:
    data = repository.objects.blob(sha)
    if data is None:
        raise ApiError(422, f"tree.sha {sha} is not a valid blob")
    return data


def _decoded(content: dict[str, Any]) -> bytes:
    if content.get("encoding", "utf-8") == "utf-8":
        return str(content["content"]).encode()
    try:
        return base64.b64decode(content["content"], validate=True)
    except binascii.Error as error:
        raise ApiError(422, "content is not valid Base64") from error


def _source(repository: Repository, request: Request) -> str:
    return f"{request.site.api}/repos/{repository.settings.full_name}"
