"""The stand-in as one object: three loopback hosts over one world."""

import ssl
import tempfile
import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fakes.github.faults import Faults
from tests.fakes.github.journal import Journal
from tests.fakes.github.limits import RateLimit, SecondaryLimits
from tests.fakes.github.listener import Listener
from tests.fakes.github.merging import Method, merge
from tests.fakes.github.messages import Site
from tests.fakes.github.pull_rules import settle_all
from tests.fakes.github.service import Service
from tests.fakes.github.state import Repository, World
from tests.fakes.github.validation import Validation
from tests.fakes.github.values import Pull, Settings, Token

WRITE_TOKEN = "write-token"
READ_TOKEN = "read-token"
READ_ONLY = Token(contents="read", pull_requests="read", actions="read", attestations="read", pages="read")


class GithubServer:
    """A GitHub for one test, used as a context manager.

    `description` is the path of GitHub's OpenAPI description; without it nothing is validated. With `latency` every
    answer takes so many seconds; with `tls` the hosts speak HTTPS.
    """

    def __init__(
        self,
        repositories: Iterable[Settings | str] = ("octo/demo",),
        *,
        description: Path | None,
        journal_file: Path | None = None,
        rate_limit: int = 5000,
        secondary: SecondaryLimits | None = None,
        latency: float = 0,
        tls: ssl.SSLContext | None = None,
        world: World | None = None,
    ) -> None:
        self.secondary = secondary
        self._latency, self._tls = latency, tls
        self.world = world or World()
        self.world.tokens |= {WRITE_TOKEN: Token(), READ_TOKEN: READ_ONLY}
        self.faults = Faults()
        self.journal = Journal(journal_file)
        self._validation = Validation(description) if description else None
        self._limit = RateLimit(clock=self._now, limit=rate_limit)
        self._spool = tempfile.TemporaryDirectory(prefix="github-")
        self._listeners: list[Listener] = []
        for each in repositories:
            self.world.add_repository(_settings(each) if isinstance(each, str) else each)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def violations(self) -> list[str]:
        """What contradicted GitHub's description so far; a test asserts at its end that it is empty."""
        return self._validation.violations if self._validation else []

    @property
    def api_url(self) -> str:
        return self.site.api

    @property
    def graphql_url(self) -> str:
        return f"{self.site.api}/graphql"

    @property
    def server_url(self) -> str:
        return self.site.web

    def repository(self, full_name: str = "octo/demo") -> Repository:
        return self.world.repository(*full_name.split("/"))

    def environment(self, full_name: str = "octo/demo") -> dict[str, str]:
        """Give the variables by which a runner tells its steps where GitHub is."""
        return {
            "GITHUB_API_URL": self.site.api,
            "GITHUB_GRAPHQL_URL": self.graphql_url,
            "GITHUB_SERVER_URL": self.site.web,
            "GITHUB_REPOSITORY": full_name,
            "GITHUB_TOKEN": WRITE_TOKEN,
        }

    def merge(self, number: int, method: Method = "merge", full_name: str = "octo/demo") -> Pull:
        """Merge a pull request as its page's button does; rules and permissions are those of a maintainer."""
        with self.world.lock:
            settle_all(self.world)
            merged = merge(self.repository(full_name), number, method, self.world.clock())
            settle_all(self.world)
            return merged

    def start(self) -> Self:
        spool = Path(self._spool.name)
        api, uploads, web = (
            Listener(host, spool, latency=self._latency, tls=self._tls) for host in ("api", "uploads", "web")
        )
        self.site = Site(api=api.url, uploads=uploads.url, web=web.url)
        service = Service(
            world=self.world,
            limit=self._limit,
            secondary=self.secondary,
            faults=self.faults,
            journal=self.journal,
            validation=self._validation,
        )
        self._listeners = [api, uploads, web]
        for listener in self._listeners:
            listener.begin(service, self.site)
        return self

    def quiesce(self, *, seconds: float = 10) -> None:
        """Wait until every request that began is over, also those of a client that died."""
        deadline = time.monotonic() + seconds
        while not self.journal.is_quiet:
            if time.monotonic() > deadline:
                raise TimeoutError("a request is still under way")
            time.sleep(0.01)

    def stop(self) -> None:
        for listener in self._listeners:
            listener.shutdown()
            listener.server_close()
        self._spool.cleanup()

    def _now(self) -> datetime:
        return self.world.clock()


def _settings(full_name: str) -> Settings:
    owner, name = full_name.split("/")
    return Settings(owner=owner, name=name)
