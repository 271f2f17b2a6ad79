"""Method and path template to handler; the templates are spelled as in GitHub's OpenAPI description."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import unquote

from tests.fakes.github import (
    assets,
    attestations,
    commits,
    downloads,
    graphql,
    pulls,
    refs,
    releases,
    repositories,
    repository_settings,
    rulesets,
    runs,
    trees,
)
from tests.fakes.github.messages import Host, Request, Response
from tests.fakes.github.state import World
from tests.fakes.github.values import Permission

Handler = Callable[[World, Request], Response]

NUMERIC: Final = ("ruleset_id", "release_id", "asset_id", "pull_number", "run_id")
WITH_SLASHES: Final = ("ref", "tag", "basehead", "path")
GRAPHQL: Final = "/graphql"
REPOSITORY: Final = "/repos/{owner}/{repo}"
RELEASES: Final = f"{REPOSITORY}/releases"
PULLS: Final = f"{REPOSITORY}/pulls"
ACTIONS: Final = f"{REPOSITORY}/actions"
WORKFLOW: Final = f"{ACTIONS}/workflows/{{workflow_id}}"


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: Handler
    host: Host = "api"
    permission: Permission = "contents"

    @property
    def writes(self) -> Permission | None:
        return None if self.method == "GET" else self.permission

    @property
    def is_described(self) -> bool:
        """Tell whether GitHub's OpenAPI description has it."""
        return self.host != "web" and self.template != GRAPHQL

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("".join(_piece(part) for part in re.split(r"(\{\w+\})", self.template)))

    def params(self, path: str) -> Mapping[str, str] | None:
        """Take the parameters out of a path, decoded; None when the path is another's."""
        found = self.pattern.fullmatch(path)
        return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


def _piece(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part[1:-1]
    shape = r"\d+" if name in NUMERIC else ".+" if name in WITH_SLASHES else "[^/]+"
    return f"(?P<{name}>{shape})"


ROUTES: Final = (
    Route("GET", "/user", repositories.get_user),
    Route("GET", REPOSITORY, repositories.get_repository),
    Route("GET", RELEASES, releases.list_releases),
    Route("POST", RELEASES, releases.create_release),
    Route("GET", f"{RELEASES}/latest", releases.get_latest),
    Route("GET", f"{RELEASES}/tags/{{tag}}", releases.get_release_by_tag),
    Route("POST", f"{RELEASES}/generate-notes", releases.generate_notes),
    Route("GET", f"{RELEASES}/{{release_id}}", releases.get_release),
    Route("PATCH", f"{RELEASES}/{{release_id}}", releases.update_release),
    Route("DELETE", f"{RELEASES}/{{release_id}}", releases.delete_release),
    Route("GET", f"{RELEASES}/{{release_id}}/assets", assets.list_assets),
    Route("POST", f"{RELEASES}/{{release_id}}/assets", assets.upload_asset, "uploads"),
    Route("GET", f"{RELEASES}/assets/{{asset_id}}", assets.get_asset),
    Route("PATCH", f"{RELEASES}/assets/{{asset_id}}", assets.update_asset),
    Route("DELETE", f"{RELEASES}/assets/{{asset_id}}", assets.delete_asset),
    Route("GET", f"{REPOSITORY}/immutable-releases", repository_settings.immutable_releases),
    Route("GET", f"{ACTIONS}/secrets", repository_settings.secrets),
    Route("GET", f"{ACTIONS}/organization-secrets", repository_settings.organization_secrets),
    Route("GET", f"{REPOSITORY}/environments/{{environment_name}}/secrets", repository_settings.environment_secrets),
    Route("GET", f"{REPOSITORY}/rulesets", rulesets.list_rulesets),
    Route("GET", f"{REPOSITORY}/rulesets/{{ruleset_id}}", rulesets.get_ruleset),
    Route("GET", f"{REPOSITORY}/git/ref/{{ref}}", refs.get_ref),
    Route("GET", f"{REPOSITORY}/git/matching-refs/{{ref}}", refs.matching_refs),
    Route("POST", f"{REPOSITORY}/git/refs", refs.create_ref),
    Route("PATCH", f"{REPOSITORY}/git/refs/{{ref}}", refs.update_ref),
    Route("DELETE", f"{REPOSITORY}/git/refs/{{ref}}", refs.delete_ref),
    Route("GET", f"{REPOSITORY}/git/blobs/{{file_sha}}", trees.get_blob),
    Route("POST", f"{REPOSITORY}/git/blobs", trees.create_blob),
    Route("GET", f"{REPOSITORY}/git/trees/{{tree_sha}}", trees.get_tree),
    Route("POST", f"{REPOSITORY}/git/trees", trees.create_tree),
    Route("POST", f"{REPOSITORY}/git/commits", trees.create_commit),
    Route("POST", f"{REPOSITORY}/pages/builds", trees.request_build, permission="pages"),
    Route("GET", f"{REPOSITORY}/commits/{{ref}}", commits.get_commit),
    Route("GET", f"{REPOSITORY}/compare/{{basehead}}", commits.compare),
    Route("GET", f"{REPOSITORY}/contents/{{path}}", commits.get_content),
    Route("GET", PULLS, pulls.list_pulls),
    Route("POST", PULLS, pulls.create_pull, permission="pull_requests"),
    Route("GET", f"{PULLS}/{{pull_number}}", pulls.get_pull),
    Route("PATCH", f"{PULLS}/{{pull_number}}", pulls.update_pull, permission="pull_requests"),
    Route("POST", f"{WORKFLOW}/dispatches", runs.dispatch, permission="actions"),
    Route("GET", f"{WORKFLOW}/runs", runs.list_runs),
    Route("GET", f"{ACTIONS}/runs/{{run_id}}", runs.get_run),
    Route("POST", f"{REPOSITORY}/attestations", attestations.create, permission="attestations"),
    Route("GET", f"{REPOSITORY}/attestations/{{subject_digest}}", attestations.of_subject),
    Route("POST", GRAPHQL, graphql.execute),
    Route("GET", "/_objects/{owner}/{repo}/{asset_id}", downloads.signed, "web"),
    Route("GET", "/{owner}/{repo}/releases/latest/download/{name}", downloads.of_latest, "web"),
    Route("GET", "/{owner}/{repo}/releases/download/{tag}/{name}", downloads.by_tag, "web"),
)
RATE_LIMIT: Final = Route("GET", "/rate_limit", lambda _world, _request: Response(status=200))
DESCRIBED: Final = tuple(route for route in (*ROUTES, RATE_LIMIT) if route.is_described)


def find(host: Host, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
    """Find the route of a request and its path parameters."""
    for route in (*ROUTES, RATE_LIMIT):
        if route.host == host and route.method == method:
            params = route.params(path)
            if params is not None:
                return route, params
    return None
