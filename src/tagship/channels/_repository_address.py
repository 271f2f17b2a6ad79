"""The address of a repository on a GitHub, and where the API of that GitHub is."""

import re
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from msgspec.structs import replace

from tagship.domain.proofs.claims import GITHUB
from tagship.errors import UsageError
from tagship.ports import Tools


class RepositoryAddress(NamedTuple):
    """``https://host/owner/name``."""

    server: str
    repository: str

    @classmethod
    def read(cls, address: str) -> Self:
        """Read it.

        Raises:
            UsageError: it is the address of something else.

        """
        parts = urlsplit(address)
        found = re.fullmatch(r"/([\w.-]+/[\w.-]+?)(?:\.git)?/?", parts.path, re.ASCII)
        if found is None:
            raise UsageError(f"{address} is no repository", hint="write https://github.com/<owner>/<repository>")
        return cls(f"{parts.scheme}://{parts.netloc}", found[1])

    def beside(self, repository: str) -> Self:
        """Return another repository on the same server."""
        return self._replace(repository=repository)

    def tools(self, tools: Tools) -> Tools:
        """Give the tools of a run on this server: the job's own, or another one (docs.github.com/enterprise-server: REST)."""
        around = dict(tools.environment)
        own = around.get("GITHUB_SERVER_URL", GITHUB).rstrip("/")
        if self.server == own:
            return tools
        api = "https://api.github.com" if self.server == GITHUB else f"{self.server}/api/v3"
        others = {"GITHUB_API_URL": api, "GITHUB_GRAPHQL_URL": api.removesuffix("/v3") + "/graphql"}
        return replace(tools, environment=around | others)
