"""GitHub Releases: PyGithub for the JSON calls, streamed requests for the bytes.

Drafts are found by listing: ``GET /releases/tags/{tag}`` hides them (docs.github.com/rest/releases/releases). Each call
is tried once; the step looks again before it repeats a write, so nothing is made twice.
"""

import itertools
import json
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import msgspec

from tagship.adapters import http
from tagship.domain.planning import version_of_tag
from tagship.domain.release import LocalAsset, RemoteAsset, RemoteRelease
from tagship.errors import RemoteRefused, TagshipError, UsageError
from tagship.ports import ForgeSettings, ReleaseDraft, Tools

if TYPE_CHECKING:
    from github import GithubException
    from github.Requester import Requester

_API_VERSION: Final = "2022-11-28"
_PAGE: Final = 100
_CHANGED: Final = frozenset({404, 409, 422})
"""Answers to a write that may only say that another run was faster."""
_UPLOADS_A_MINUTE: Final = 70
"""Below GitHub's 80 content-creating requests a minute (docs.github.com/rest: rate limits)."""


class GitHubForge:
    """:class:`tagship.ports.Forge` over GitHub's REST API, github.com or Enterprise Server."""

    name: ClassVar[str] = "github"

    def __init__(self, repository: str, requester: "Requester", token: str, pace: http.Pace) -> None:
        self._base = f"/repos/{repository}"
        self._requester = requester
        self._token = token
        self._pace = pace
        self._one_at_a_time = threading.Lock()
        self._hashed: dict[str, str] = {}

    @classmethod
    def create(cls, settings: ForgeSettings, tools: Tools) -> Self:
        """Connect lazily: no request is made yet.

        Raises:
            UsageError: no token, or no repository.

        """
        if not settings.token:
            hint = "set GITHUB_TOKEN (in a workflow the input `token`; the job needs `permissions: contents: write`)"
            raise UsageError("there is no GitHub token", hint=hint)
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", settings.repository, re.ASCII):
            hint = "set GITHUB_REPOSITORY to owner/name, or add the remote `origin`"
            raise UsageError("it is not known which GitHub repository to release to", hint=hint)
        tools.reporter.mask(settings.token)
        from github import Auth, Github

        client = Github(
            auth=Auth.Token(settings.token),
            base_url=tools.environment.get("GITHUB_API_URL") or "https://api.github.com",
            timeout=int(http.CONNECT_TIMEOUT * 2),
            retry=0,
            seconds_between_requests=0,
            seconds_between_writes=0,
            user_agent="tagship",
        )
        pace = http.Pace(tools.clock, count=_UPLOADS_A_MINUTE, seconds=60)
        return cls(settings.repository, client.requester, settings.token, pace)

    def releases(self, tag: str) -> tuple[RemoteRelease, ...]:
        """Return every release and draft of a tag."""
        return tuple(_release(item) for item in self._all_releases() if item["tag_name"] == tag)

    def create_draft(self, draft: ReleaseDraft) -> RemoteRelease:
        """Make a draft."""
        content = {
            "tag_name": draft.tag,
            "name": draft.name,
            "body": draft.body,
            "draft": True,
            "prerelease": draft.prerelease,
            "generate_release_notes": draft.generate_notes,
        }
        commitish = {"target_commitish": draft.commitish} if draft.commitish else {}
        return _release(self._ask("create a draft", "POST", "/releases", content | commitish))

    def edit(self, release: RemoteRelease, draft: ReleaseDraft) -> RemoteRelease:
        """Change name, notes and prerelease flag, and of a draft also where its tag will be made."""
        change = {"tag_name": release.tag, "name": draft.name, "body": draft.body, "prerelease": draft.prerelease}
        if release.draft and draft.commitish:
            change["target_commitish"] = draft.commitish
        return _release(self._ask("edit the release", "PATCH", f"/releases/{release.id}", change))

    def assets(self, release: RemoteRelease) -> tuple[RemoteAsset, ...]:
        """Return what is attached, with GitHub's own digests."""
        found = self._pages("list assets", f"/releases/{release.id}/assets")
        return tuple(self._with_digest(_asset(item)) for item in found)

    def upload(self, release: RemoteRelease, asset: LocalAsset) -> RemoteAsset:
        """Stream a file to the upload address of the release."""
        self._pace.wait()
        headers = {**self._headers("application/vnd.github+json"), "Content-Type": asset.media_type}
        address = release.upload_url.partition("{")[0]
        try:
            data = http.upload(
                address, Path(asset.path), sha256=asset.sha256, headers=headers, params={"name": asset.name}
            )
        except RemoteRefused as error:
            raise _perhaps_late(error) from None
        return self._with_digest(_asset(data))

    def delete_asset(self, release: RemoteRelease, asset: RemoteAsset) -> None:
        """Take a file off."""
        del release
        self._ask(f"delete the asset {asset.name}", "DELETE", f"/releases/assets/{asset.id}")

    def publish(self, release: RemoteRelease, *, latest: bool) -> RemoteRelease:
        """Make a draft public."""
        # Without tag_name GitHub takes the tag off the release (cli/cli pkg/cmd/release/edit/edit.go).
        change = {"tag_name": release.tag, "draft": False, "make_latest": "true" if latest else "false"}
        return _release(self._ask("publish", "PATCH", f"/releases/{release.id}", change))

    def asset_name(self, file_name: str) -> str:
        """Return the name GitHub gives a file: what is not a letter, digit or one of ``._+@-`` becomes a dot.

        Dots in a row become one, one at the end goes, and a name that begins with one gets ``default`` before it.

        Raises:
            UsageError: nothing of the name is left.

        """
        dotted = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._+@-]+", ".", file_name))
        inner = dotted.strip(".")
        if not inner:
            raise UsageError("GitHub cannot name this file", file=file_name, hint="use letters and digits in its name")
        return f"default.{inner}" if dotted.startswith(".") else inner

    def delete_draft(self, release: RemoteRelease) -> None:
        """Remove a draft that lost a race against another one of ours."""
        self._ask("delete a draft", "DELETE", f"/releases/{release.id}")

    def published_tags(self) -> tuple[str, ...]:
        """Return the tags of published, final releases."""
        final = (item["tag_name"] for item in self._all_releases() if not item["draft"] and not item["prerelease"])
        return tuple(tag for tag in final if version_of_tag(tag))

    def _all_releases(self) -> list[dict[str, Any]]:
        """List them; a refusal is final, for nothing was seen before that could have changed since."""
        try:
            return list(self._pages("list releases", "/releases"))
        except http.Conflict as error:
            raise RemoteRefused(error.problems[0].message, hint=error.problems[0].hint) from None

    def _pages(self, doing: str, path: str) -> Iterator[dict[str, Any]]:
        for number in itertools.count(1):
            items = self._ask(doing, "GET", path, parameters={"per_page": _PAGE, "page": number})
            if not isinstance(items, list):
                raise http.Transient(f"{doing}: GitHub's answer is no list")
            yield from items
            if len(items) < _PAGE:
                return

    def _ask(
        self, doing: str, verb: str, path: str, content: Any = None, parameters: dict[str, Any] | None = None
    ) -> Any:
        """Make one call by PyGithub, whose connection is not for several threads at once."""
        import requests
        from github import GithubException

        try:
            with self._one_at_a_time:
                return self._requester.requestJsonAndCheck(verb, self._base + path, parameters, input=content)[1]
        except GithubException as error:
            raise _refusal(error, doing) from None
        except requests.RequestException as error:
            raise http.Transient(f"{doing}: GitHub did not answer ({type(error).__name__})") from None
        except ValueError:
            raise http.Transient(f"{doing}: GitHub's answer is broken") from None
        except RuntimeError as error:  # PyGithub's word for a redirect to another host
            raise RemoteRefused(f"{doing}: {error}", hint="mend GITHUB_API_URL") from None

    def _with_digest(self, asset: RemoteAsset) -> RemoteAsset:
        """Hash the bytes ourselves where GitHub tells no digest (older Enterprise Servers); an id's bytes never change."""
        if asset.sha256 or asset.state != "uploaded":
            return asset
        if asset.id not in self._hashed:
            url = f"{self._requester.base_url}{self._base}/releases/assets/{asset.id}"
            headers = self._headers("application/octet-stream")
            self._hashed[asset.id] = http.sha256_at(url, size=asset.size, headers=headers)
        return msgspec.structs.replace(asset, sha256=self._hashed[asset.id])

    def _headers(self, accept: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._token}",
            "Accept": accept,
            "X-GitHub-Api-Version": _API_VERSION,
            "User-Agent": "tagship",
        }


def _release(data: Mapping[str, Any]) -> RemoteRelease:
    return RemoteRelease(
        id=str(data["id"]),
        tag=data["tag_name"],
        draft=data["draft"],
        prerelease=data["prerelease"],
        immutable=bool(data.get("immutable")),
        name=data["name"] or "",
        body=data["body"] or "",
        url=data["html_url"],
        upload_url=data["upload_url"],
        commitish=data["target_commitish"] or "",
    )


def _asset(data: Mapping[str, Any]) -> RemoteAsset:
    algorithm, _, digest = (data.get("digest") or "").partition(":")
    return RemoteAsset(
        id=str(data["id"]),
        name=data["name"],
        state=data["state"],
        size=data["size"],
        sha256=digest if algorithm == "sha256" else "",
        url=data.get("browser_download_url", ""),
    )


def _refusal(error: "GithubException", doing: str) -> TagshipError:
    """Tell the failures of a PyGithub call apart."""
    data = error.data if isinstance(error.data, dict) else {}
    told = http.refusal(error.status, error.headers or {}, http.message_of(json.dumps(data)), doing)
    if isinstance(told, http.Transient) or error.status not in _CHANGED:
        return told
    return _perhaps_late(told)


def _perhaps_late(told: TagshipError) -> TagshipError:
    """Take a refused write as a reason to look again; a taken name says that somebody else is at work."""
    problem = told.problems[0]
    if "already_exists" in problem.message:
        return http.Transient(problem.message)
    return http.Conflict(problem.message, hint=problem.hint)


PLUGIN: Final = GitHubForge
