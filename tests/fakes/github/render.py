"""Values as the JSON that GitHub answers: https://docs.github.com/en/rest/releases."""

import base64
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from tests.fakes.github.messages import Site
from tests.fakes.github.state import Repository
from tests.fakes.github.values import Asset, Commit, Person, Release

EMPTY_TREE: Final = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

USER_LINKS = (
    "followers_url:/followers",
    "following_url:/following{/other_user}",
    "gists_url:/gists{/gist_id}",
    "starred_url:/starred{/owner}{/repo}",
    "subscriptions_url:/subscriptions",
    "organizations_url:/orgs",
    "repos_url:/repos",
    "events_url:/events{/privacy}",
    "received_events_url:/received_events",
)


def moment(value: datetime | None) -> str | None:
    return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    return f"{kind}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"


def user(login: str, site: Site) -> dict[str, Any]:
    bot = login.endswith("[bot]")
    address = f"{site.api}/users/{quote(login)}"
    number = sum(login.encode())
    links = {name: address + end for name, end in (pair.split(":", 1) for pair in USER_LINKS)}
    return links | {
        "login": login,
        "id": number,
        "node_id": node_id("BOT" if bot else "U", number),
        "avatar_url": f"{site.web}/avatars/{number}",
        "gravatar_id": "",
        "url": address,
        "html_url": f"{site.web}/{quote(login)}",
        "type": "Bot" if bot else "User",
        "site_admin": False,
    }


def asset(value: Asset, release_of: Release, repository: Repository, site: Site) -> dict[str, Any]:
    """Describe an asset; one whose upload broke off is empty, in state `starter` and has no digest."""
    full_name = repository.settings.full_name
    download = f"{site.web}/{full_name}/releases/download/{quote(release_of.slug)}/{quote(value.name)}"
    return {
        "url": f"{site.api}/repos/{full_name}/releases/assets/{value.id}",
        "id": value.id,
        "node_id": node_id("RA", value.id),
        "name": value.name,
        "label": value.label,
        "uploader": user(value.uploader, site),
        "content_type": value.content_type,
        "state": value.state,
        "size": value.blob.size if value.blob else 0,
        "digest": f"sha256:{value.blob.sha256}" if value.blob and repository.settings.asset_digests else None,
        "download_count": value.download_count,
        "created_at": moment(value.created_at),
        "updated_at": moment(value.updated_at),
        "browser_download_url": download,
    }


def release(value: Release, repository: Repository, site: Site, *, with_drafts: bool) -> dict[str, Any]:
    """Describe a release; assets that are not whole are shown only to those who may write."""
    full_name = repository.settings.full_name
    address = f"{site.api}/repos/{full_name}/releases/{value.id}"
    source = f"{site.api}/repos/{full_name}"
    shown = [each for each in repository.assets_of(value.id) if with_drafts or each.state == "uploaded"]
    return {
        "url": address,
        "assets_url": f"{address}/assets",
        "upload_url": f"{site.uploads}/repos/{full_name}/releases/{value.id}/assets{{?name,label}}",
        "html_url": f"{site.web}/{full_name}/releases/tag/{quote(value.slug)}",
        "id": value.id,
        "author": user(value.author, site),
        "node_id": node_id("RE", value.id),
        "tag_name": value.tag_name,
        "target_commitish": value.target_commitish,
        "name": value.name,
        "draft": value.draft,
        "immutable": value.immutable,
        "prerelease": value.prerelease,
        "created_at": moment(value.created_at),
        "updated_at": moment(value.updated_at),
        "published_at": moment(value.published_at),
        "assets": [asset(each, value, repository, site) for each in shown],
        "tarball_url": None if value.draft else f"{source}/tarball/{quote(value.tag_name)}",
        "zipball_url": None if value.draft else f"{source}/zipball/{quote(value.tag_name)}",
        "body": value.body,
    }


def reference(name: str, target: tuple[str, str], repository: Repository, site: Site) -> dict[str, Any]:
    """Describe a ref by its full name and the sha and type of what it points to."""
    source = f"{site.api}/repos/{repository.settings.full_name}/git"
    sha, kind = target
    return {
        "ref": name,
        "node_id": node_id("REF", int(sha[:8], 16)),
        "url": f"{source}/{quote(name)}",
        "object": {"sha": sha, "type": kind, "url": f"{source}/{kind}s/{sha}"},
    }


def commit(value: Commit, repository: Repository, site: Site) -> dict[str, Any]:
    source = f"{site.api}/repos/{repository.settings.full_name}"
    page = f"{site.web}/{repository.settings.full_name}/commit"
    tree = value.tree or EMPTY_TREE
    return {
        "url": f"{source}/commits/{value.sha}",
        "sha": value.sha,
        "node_id": node_id("C", int(value.sha[:8], 16)),
        "html_url": f"{page}/{value.sha}",
        "comments_url": f"{source}/commits/{value.sha}/comments",
        "commit": {
            "url": f"{source}/git/commits/{value.sha}",
            "author": person(value.author, value.authored or value.date),
            "committer": person(value.committer, value.date),
            "message": value.message,
            "comment_count": 0,
            "tree": {"sha": tree, "url": f"{source}/git/trees/{tree}"},
            "verification": _verification(value),
        },
        "author": _account(value.author, repository, site),
        "committer": _account(value.committer, repository, site),
        "parents": [
            {"sha": sha, "url": f"{source}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in value.parents
        ],
    }


def person(value: Person, date: datetime) -> dict[str, Any]:
    return {"name": value.name, "email": value.email, "date": moment(date.astimezone(UTC))}


def file(path: str, sha: str, reference: str, repository: Repository, site: Site) -> dict[str, Any]:
    """Describe a file without its content."""
    full_name = repository.settings.full_name
    address = f"{site.api}/repos/{full_name}/contents/{quote(path)}?ref={quote(reference, safe='')}"
    blob = f"{site.api}/repos/{full_name}/git/blobs/{sha}"
    page = f"{site.web}/{full_name}/blob/{quote(reference)}/{quote(path)}"
    return {
        "type": "file",
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "url": address,
        "git_url": blob,
        "html_url": page,
        "download_url": f"{site.web}/{full_name}/raw/{quote(reference)}/{quote(path)}",
        "_links": {"self": address, "git": blob, "html": page},
    }


def _verification(value: Commit) -> dict[str, Any]:
    signed = value.signature
    return {
        "verified": signed,
        "reason": "valid" if signed else "unsigned",
        "signature": "-----BEGIN PGP SIGNATURE-----" if signed else None,
        "payload": f"tree {value.tree}" if signed else None,
        "verified_at": moment(value.date.astimezone(UTC)) if signed else None,
    }


def _account(value: Person, repository: Repository, site: Site) -> dict[str, Any] | None:
    login = repository.login_of(value)
    return None if login is None else user(login, site)
