"""GitHub Releases: PyGithub for the JSON calls, streamed requests for the bytes.

Drafts are found by listing: ``GET /releases/tags/{tag}`` hides them (docs.github.com/rest/releases/releases). Each call
is tried once; the step looks again before it repeats a write, so nothing is made twice.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Final, Self, TypeVar

from tagship.adapters import http
from tagship.domain.planning import version_of_tag
from tagship.domain.release import LocalAsset, RemoteAsset, RemoteRelease
from tagship.errors import UsageError
from tagship.ports import ForgeSettings, ReleaseDraft, Tools

T = TypeVar("T")
_API_VERSION: Final = "2022-11-28"


class GitHubForge:
    """:class:`tagship.ports.Forge` over GitHub's REST API, github.com or Enterprise Server."""

    name: ClassVar[str] = "github"

    def __init__(self, repository: Any, token: str) -> None:
        self._repository = repository
        self._token = token
        self._known: dict[str, Any] = {}

    @classmethod
    def create(cls, settings: ForgeSettings, tools: Tools) -> Self:
        """Connect lazily: no request is made yet.

        Raises:
            UsageError: no token, or no repository.

        """
        if not settings.token:
            hint = "set GITHUB_TOKEN (in a workflow the input `token`; the job needs `permissions: contents: write`)"
            raise UsageError("there is no GitHub token", hint=hint)
        if "/" not in settings.repository:
            hint = "set GITHUB_REPOSITORY to owner/name, or add the remote `origin`"
            raise UsageError("it is not known which GitHub repository to release to", hint=hint)
        tools.reporter.mask(settings.token)
        from github import Auth, Github

        api = tools.environment.get("GITHUB_API_URL") or "https://api.github.com"
        client = Github(
            auth=Auth.Token(settings.token),
            base_url=api,
            timeout=int(http.CONNECT_TIMEOUT * 2),
            retry=0,
            per_page=100,
            seconds_between_requests=0,
            seconds_between_writes=0,
            user_agent="tagship",
        )
        return cls(client.get_repo(settings.repository, lazy=True), settings.token)

    def releases(self, tag: str) -> tuple[RemoteRelease, ...]:
        """Return every release and draft of a tag."""
        found = _call("list releases", lambda: [r for r in self._repository.get_releases() if r.tag_name == tag])
        return tuple(self._remember(item) for item in found)

    def create_draft(self, draft: ReleaseDraft) -> RemoteRelease:
        """Make a draft."""
        commitish = {"target_commitish": draft.commitish} if draft.commitish else {}
        made = _call(
            "create a draft",
            lambda: self._repository.create_git_release(
                draft.tag, name=draft.name, message=draft.body, draft=True, prerelease=draft.prerelease, **commitish
            ),
        )
        return self._remember(made)

    def edit(self, release: RemoteRelease, draft: ReleaseDraft) -> RemoteRelease:
        """Change name, notes and prerelease flag."""
        item = self._known[release.id]
        change = {"draft": release.draft, "prerelease": draft.prerelease}
        return self._remember(_call("edit the release", lambda: item.update_release(draft.name, draft.body, **change)))

    def assets(self, release: RemoteRelease) -> tuple[RemoteAsset, ...]:
        """Return what is attached, with GitHub's own digests."""
        found = _call("list assets", lambda: list(self._known[release.id].get_assets()))
        return tuple(_asset(item.raw_data) for item in found)

    def upload(self, release: RemoteRelease, asset: LocalAsset) -> RemoteAsset:
        """Stream a file to the upload address of the release."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": _API_VERSION,
            "Content-Type": asset.media_type,
            "User-Agent": "tagship",
        }
        address = release.upload_url.partition("{")[0]
        return _asset(http.upload(address, Path(asset.path), headers=headers, params={"name": asset.name}))

    def delete_asset(self, release: RemoteRelease, asset: RemoteAsset) -> None:
        """Take a file off."""
        item = self._known[release.id]
        _call("delete an asset", lambda: [a.delete_asset() for a in item.get_assets() if str(a.id) == asset.id])

    def publish(self, release: RemoteRelease, *, latest: bool) -> RemoteRelease:
        """Make a draft public."""
        item = self._known[release.id]
        change = {"draft": False, "prerelease": release.prerelease, "make_latest": "true" if latest else "false"}
        return self._remember(_call("publish", lambda: item.update_release(release.name, release.body, **change)))

    def asset_name(self, file_name: str) -> str:
        """Return the name GitHub gives a file: other characters than letters, digits and ``._-+~@`` become dots."""
        kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-+~@") else "." for c in file_name)
        return kept.lstrip(".") or kept

    def delete_draft(self, release: RemoteRelease) -> None:
        """Remove a draft that lost a race against another one of ours."""
        _call("delete a draft", self._known[release.id].delete_release)

    def published_tags(self) -> tuple[str, ...]:
        """Return the tags of published, final releases."""
        found = _call("list releases", lambda: list(self._repository.get_releases()))
        tags = (item.tag_name for item in found if not item.draft and not item.prerelease)
        return tuple(tag for tag in tags if version_of_tag(tag))

    def _remember(self, item: Any) -> RemoteRelease:
        """Keep PyGithub's object beside the value the step works with."""
        release = RemoteRelease(
            id=str(item.id),
            tag=item.tag_name,
            draft=item.draft,
            prerelease=item.prerelease,
            immutable=bool(item.immutable),
            name=item.name or "",
            body=item.body or "",
            url=item.html_url,
            upload_url=item.upload_url,
            commitish=item.target_commitish or "",
        )
        self._known[release.id] = item
        return release


def _asset(data: dict[str, Any]) -> RemoteAsset:
    return RemoteAsset(
        id=str(data["id"]),
        name=data["name"],
        state=data["state"],
        size=data["size"],
        sha256=(data.get("digest") or "").removeprefix("sha256:"),
        url=data.get("browser_download_url", ""),
    )


def _call(doing: str, action: Callable[[], T]) -> T:
    """Make one PyGithub call and tell its failures apart."""
    import requests
    from github import GithubException

    try:
        return action()
    except GithubException as error:
        if error.status == 404 and doing.startswith("delete"):  # noqa: PLR2004
            raise http.Transient(f"{doing}: it is gone already", wait=0) from None
        message = http.message_of(json.dumps(error.data)) if isinstance(error.data, dict) else str(error.data or "")
        raise http.refusal(error.status, error.headers or {}, message, doing) from None
    except requests.RequestException as error:
        raise http.Transient(f"{doing}: GitHub did not answer ({type(error).__name__})") from None


PLUGIN: Final = GitHubForge
