"""Ways into a branch by GitHub's API: commits that GitHub signs, tags, and the run that a tag starts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from tagship.adapters.http import Conflict
from tagship.domain.changes import bump_message
from tagship.domain.changes.bump import Bump
from tagship.errors import RemoteRefused
from tagship.parts.plan.project import Project
from tagship.parts.retry import persist
from tagship.ports import Tools
from tagship.ports.host import Host

T = TypeVar("T")
_VISIBLE: Final = 60.0
"""Seconds that are waited for a run that was asked for."""
_SETTLED: Final = 5.0
"""Seconds after which a run that cannot be seen was not asked for."""


class Moved(Exception):  # noqa: N818 - it is no error: the caller looks again
    """The branch is on another commit than the one that was looked at."""


class Api:
    """A host whose calls are repeated while they fail in passing."""

    def __init__(self, host: Host, window: float, tools: Tools) -> None:
        self.host = host
        self._window = window
        self._tools = tools

    def keep_trying(self, attempt: Callable[[], T]) -> T:
        """Repeat an attempt that looks before it writes; see :func:`tagship.parts.retry.persist`.

        Raises:
            RemoteUnreachable: it kept failing.

        """
        return persist(attempt, lambda: 0, window=self._window, tools=self._tools)


def commit(api: Api, project: Project, branch: str, bumps: Sequence[Bump], files: Mapping[str, bytes]) -> str:
    """Commit the files on top of the project's commit and return the new one.

    A commit that an earlier try made although its answer got lost is found again.

    Raises:
        Moved: the branch is somewhere else now.
        RemoteRefused: a rule of the branch, or a missing right.

    """
    message = bump_message.commit_message(bumps)
    content = {project.in_repository(file): data for file, data in files.items()}

    def attempt() -> str:
        at = api.host.branch(branch)
        if at is None:
            hint = "check out a branch of this repository"
            raise RemoteRefused(f"there is no branch {branch} on the server", hint=hint)
        if at != project.head:
            last = api.host.read_commit(at)
            if last.parents == (project.head,) and last.message.strip() == message.strip():
                return at
            raise Moved
        if not content:
            return at
        try:
            return api.host.commit(branch, project.head, message, content)
        except Conflict:
            if api.host.branch(branch) == project.head:
                raise
            return attempt()

    return api.keep_trying(attempt)


def make_tag(api: Api, tag: str, commit: str) -> bool:
    """Make a tag, or find it made; say whether it was made now.

    Raises:
        RemoteRefused: it is on another commit, or a rule forbids it.

    """

    def attempt() -> bool:
        at = api.host.tag(tag)
        if at is None:
            try:
                api.host.make_tag(tag, commit)
            except Conflict:
                at = api.host.tag(tag)
                if at is None:
                    raise
            else:
                return True
        if at != commit:
            hint = "remove that tag if it was never released, or give another `version`"
            raise RemoteRefused(f"the tag {tag} is on {at[:12]} already, not on {commit[:12]}", hint=hint)

        return False

    return api.keep_trying(attempt)


def start_release(api: Api, workflow: str, tag: str, tools: Tools, *, fresh: bool) -> str:
    """Start a workflow for a tag, unless a run for it is there already; wait until it can be seen and return its page.

    A tag made with a workflow's own token starts nothing (docs.github.com: automatic token authentication). A run can
    be seen only seconds after it was asked for: unless the tag is ``fresh``, and after an answer that got lost, it is
    waited for before another is asked for.

    Raises:
        RemoteRefused: no such workflow, or a missing right.
        RemoteUnreachable: GitHub kept failing.

    """
    asked = False

    def look(seconds: float) -> str | None:
        until = tools.clock.monotonic() + seconds
        while True:
            page = api.host.run_of(workflow, tag)
            if page is not None or tools.clock.monotonic() >= until:
                return page
            tools.clock.sleep(0.5)

    def attempt() -> str | None:
        nonlocal asked
        page = look(_SETTLED if asked or not fresh else 0)
        if page is None:
            asked = True
            api.host.dispatch(workflow, tag)
        return page

    page = api.keep_trying(attempt) or api.keep_trying(lambda: look(_VISIBLE))
    if page is None:
        tools.reporter.warning(f"{workflow} was started for {tag}, but its run cannot be seen yet")
        return ""
    tools.reporter.info(f"{workflow} runs for {tag}: {page}")
    return page
