"""GitHub Releases: PyGithub for the JSON calls, streamed requests for the bytes.

Drafts are found by listing: ``GET /releases/tags/{tag}`` hides them (docs.github.com/rest/releases/releases). Each call
is tried once; the step looks again before it repeats a write, so nothing is made twice.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import msgspec

from tagship.adapters import http, transfer
from tagship.adapters.github_api import VERSION, GitHubApi, perhaps_late
from tagship.domain.plans.planning import version_of_tag
from tagship.domain.releases.release import LocalAsset, RemoteAsset, RemoteRelease
from tagship.errors import RemoteRefused, UsageError
from tagship.forges import _readiness
from tagship.ports import ForgeSettings, Readiness, ReleaseDraft, Tools, Watch


class GitHubForge:
    """:class:`tagship.ports.Forge` over GitHub's REST API, github.com or Enterprise Server."""

    name: ClassVar[str] = "github"

    def __init__(self, api: GitHubApi, token: str) -> None:
        self._api = api
        self._token = token
        self._hashed: dict[str, str] = {}

    @classmethod
    def create(cls, settings: ForgeSettings, tools: Tools) -> Self:
        """Connect lazily: no request is made yet.

        Raises:
            UsageError: no token, or no repository.

        """
        api = GitHubApi.create(settings.repository, settings.token, tools, needs="contents: write")
        return cls(api, settings.token)

    def releases(self, tag: str) -> tuple[RemoteRelease, ...]:
        """Return every release and draft of a tag."""
        return tuple(_release(item) for item in self._all_releases() if item.get("tag_name") == tag)

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
        return _release(self._api.ask("create a draft", "POST", "/releases", content | commitish))

    def edit(self, release: RemoteRelease, draft: ReleaseDraft) -> RemoteRelease:
        """Change name, notes and prerelease flag, and of a draft also where its tag will be made."""
        change = {"tag_name": release.tag, "name": draft.name, "body": draft.body, "prerelease": draft.prerelease}
        if release.draft and draft.commitish:
            change["target_commitish"] = draft.commitish
        return _release(self._api.ask("edit the release", "PATCH", f"/releases/{release.id}", change))

    def assets(self, release: RemoteRelease) -> tuple[RemoteAsset, ...]:
        """Return what is attached, with GitHub's own digests."""
        found = self._api.pages("list assets", f"/releases/{release.id}/assets")
        return tuple(self._with_digest(_asset(item)) for item in found)

    def upload(self, release: RemoteRelease, asset: LocalAsset, watch: Watch) -> RemoteAsset:
        """Stream a file to the upload address of the release."""
        headers = {**self._headers("application/vnd.github+json"), "Content-Type": asset.media_type}
        address = release.upload_url.partition("{")[0]
        try:
            with self._api.pace.request("POST"):
                data = transfer.upload(
                    address,
                    Path(asset.path),
                    headers=headers,
                    params={"name": asset.name},
                    watch=watch,
                    answered=self._api.pace.answered,
                )
        except RemoteRefused as error:
            raise perhaps_late(error) from None
        return self._with_digest(_asset(data))

    def rename_asset(self, release: RemoteRelease, asset: RemoteAsset, name: str) -> RemoteAsset:
        """Give what is attached another name."""
        del release
        doing = f"rename the asset {asset.name}"
        return self._with_digest(_asset(self._api.ask(doing, "PATCH", f"/releases/assets/{asset.id}", {"name": name})))

    def download(self, release: RemoteRelease, asset: RemoteAsset, to: Path) -> None:
        """Fetch a file by its id, which works for private repositories and drafts too."""
        del release
        url = f"{self._api.address}/releases/assets/{asset.id}"
        transfer.download(url, to, size=asset.size, headers=self._headers("application/octet-stream"))

    def delete_asset(self, release: RemoteRelease, asset: RemoteAsset) -> None:
        """Take a file off."""
        del release
        self._api.ask(f"delete the asset {asset.name}", "DELETE", f"/releases/assets/{asset.id}")

    def publish(self, release: RemoteRelease, *, latest: bool) -> RemoteRelease:
        """Make a draft public."""
        # Without tag_name GitHub takes the tag off the release (cli/cli pkg/cmd/release/edit/edit.go).
        change = {"tag_name": release.tag, "draft": False, "make_latest": "true" if latest else "false"}
        return _release(self._api.ask("publish", "PATCH", f"/releases/{release.id}", change))

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
        self._api.ask("delete a draft", "DELETE", f"/releases/{release.id}")

    def published_tags(self) -> tuple[str, ...]:
        """Return the tags of published, final releases."""
        every = map(_release, self._all_releases())
        final = (release.tag for release in every if not release.draft and not release.prerelease)
        return tuple(tag for tag in final if version_of_tag(tag))

    def readiness(self, tag: str, commit: str, *, may_write: bool) -> Readiness:
        """Ask for all that would make the release fail; nothing is changed."""
        return _readiness.look(self._api, tag, commit, may_write=may_write)

    def _all_releases(self) -> list[dict[str, Any]]:
        """List them; a refusal is final, for nothing was seen before that could have changed since."""
        try:
            return list(self._api.pages("list releases", "/releases"))
        except http.Conflict as error:
            raise RemoteRefused(error.problems[0].message, hint=error.problems[0].hint) from None

    def _with_digest(self, asset: RemoteAsset) -> RemoteAsset:
        """Hash the bytes ourselves where GitHub tells no digest (older Enterprise Servers); an id's bytes never change."""
        if asset.sha256 or asset.state != "uploaded":
            return asset
        if asset.id not in self._hashed:
            url = f"{self._api.address}/releases/assets/{asset.id}"
            headers = self._headers("application/octet-stream")
            self._hashed[asset.id] = transfer.sha256_at(url, size=asset.size, headers=headers)
        return msgspec.structs.replace(asset, sha256=self._hashed[asset.id])

    def _headers(self, accept: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._token}",
            "Accept": accept,
            "X-GitHub-Api-Version": VERSION,
            "User-Agent": http.AGENT,
        }


def _release(data: Mapping[str, Any]) -> RemoteRelease:
    with _as_documented("release"):
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
    with _as_documented("asset"):
        algorithm, _, digest = (data.get("digest") or "").partition(":")
        return RemoteAsset(
            id=str(data["id"]),
            name=data["name"],
            state=data["state"],
            size=data["size"],
            sha256=digest if algorithm == "sha256" else "",
            url=data.get("browser_download_url", ""),
        )


@contextmanager
def _as_documented(thing: str) -> Iterator[None]:
    """Take an answer that lacks what is documented for one by somebody in between, which may pass."""
    try:
        yield
    except (AttributeError, KeyError, TypeError):
        raise http.Transient(f"GitHub's answer is no {thing}; is there a proxy in between?") from None


PLUGIN: Final = GitHubForge
