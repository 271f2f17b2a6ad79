"""Calls of GitHub's REST and GraphQL APIs by PyGithub's connection: each is tried once, and failures are told apart."""

import itertools
import json
import re
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from tagship.adapters import http
from tagship.adapters.pace import Pace
from tagship.domain.plans.planning import is_repository
from tagship.errors import RemoteRefused, TagshipError, UsageError
from tagship.ports import Tools

if TYPE_CHECKING:
    from github import GithubException
    from github.Requester import Requester

VERSION: Final = "2022-11-28"
_PAGE: Final = 100
_CHANGED: Final = frozenset({404, 409, 422})
"""Answers to a write that may only say that another run was faster."""
_RULES: Final = ("rule", "protected", "must be made through a pull request")


class Hints(NamedTuple):
    """What to do when GitHub refuses: give a job's token what it ``needs``, or what the ``advice`` says."""

    needs: str
    advice: str

    def of(self, message: str) -> dict[int, str]:
        """Say what to do at which status, by what GitHub says."""
        if self.advice:
            return dict.fromkeys((401, 403, 404, 409, 422), self.advice)
        said = message.lower()
        if "not permitted to create or approve" in said:
            permit = "let it: Settings → Actions → General → Allow GitHub Actions to create and approve pull requests"
        elif any(word in said for word in _RULES):
            permit = "a rule forbids it: use mode: pull-request, or let this token pass the rule"
        else:
            permit = f"the token may not do this: in a workflow the job needs `permissions: {self.needs}`"
        ruled = {422: permit, 409: permit} if any(word in said for word in _RULES) else {}
        return {**http.HINTS, 403: permit, **ruled}


class GitHubApi:
    """One repository's API, github.com or Enterprise Server; lazily connected."""

    def __init__(self, repository: str, requester: "Requester", graphql_url: str, hints: Hints, pace: Pace) -> None:
        self.repository = repository
        self.pace = pace
        """Shared by all requests with this token, also those that others make."""
        self._hints = hints
        self._base = f"/repos/{repository}"
        self._requester = requester
        self._graphql_url = graphql_url
        self._one_at_a_time = threading.Lock()

    @classmethod
    def create(cls, repository: str, token: str, tools: Tools, *, needs: str, advice: str = "") -> Self:
        """Connect lazily: no request is made yet; ``needs`` are the permissions that a job must give its token.

        ``advice`` is for a repository that no job's own token is for: what to do when it is refused. Without a token such
        a repository is read as everybody may.

        Raises:
            UsageError: no token, one that cannot be sent, or no repository.

        """
        if not token and not advice:
            hint = f"set GITHUB_TOKEN (in a workflow the input `token`; the job needs `permissions: {needs}`)"
            raise UsageError("there is no GitHub token", hint=hint)
        if not re.fullmatch(r"[!-~]*", token):
            hint = "store the secret again, without spaces and line ends"
            raise UsageError("the GitHub token has characters that no token has", hint=hint)
        if not is_repository(repository):
            hint = "set GITHUB_REPOSITORY to owner/name, or add the remote `origin`"
            raise UsageError("it is not known which GitHub repository this is", hint=hint)
        if token:
            tools.reporter.mask(token)
        from github import Auth, Github

        base = tools.environment.get("GITHUB_API_URL") or "https://api.github.com"
        client = Github(
            auth=Auth.Token(token) if token else None,
            base_url=base,
            timeout=int(http.CONNECT_TIMEOUT * 2),
            retry=0,
            seconds_between_requests=0,
            seconds_between_writes=0,
            user_agent=http.AGENT,
        )
        graphql = tools.environment.get("GITHUB_GRAPHQL_URL") or base.removesuffix("/v3") + "/graphql"
        return cls(repository, client.requester, graphql, Hints(needs, advice), Pace(tools.clock))

    @property
    def address(self) -> str:
        """The repository's address in the REST API."""
        return self._requester.base_url + self._base

    def ask(
        self, doing: str, verb: str, path: str, content: Any = None, parameters: dict[str, Any] | None = None
    ) -> Any:
        """Make one REST call below the repository and return the decoded answer.

        Raises:
            Conflict: refused in a way that may only mean that another run was faster (404, 409, 422).
            Transient: no answer, 5xx, or a rate limit.
            RemoteRefused: any other refusal.

        """
        return self._call(doing, verb, self._base + path, content, parameters)

    def pages(self, doing: str, path: str, parameters: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """List everything, page by page."""
        for number in itertools.count(1):
            asked = {**(parameters or {}), "per_page": _PAGE, "page": number}
            items = self.ask(doing, "GET", path, parameters=asked)
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise http.Transient(f"{doing}: GitHub's answer is no list of what was asked for")
            yield from items
            if len(items) < _PAGE:
                return

    def graphql(self, doing: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Make one GraphQL call and return its ``data``; errors are told as those of REST are."""
        answer = self._call(doing, "POST", self._graphql_url, {"query": query, "variables": dict(variables)}, None)
        if not isinstance(answer, dict):
            raise http.Transient(f"{doing}: GitHub's answer is broken")
        errors = answer.get("errors")
        if errors:
            raise _graphql_refusal(errors, doing, self._hints)
        data = answer.get("data")
        return data if isinstance(data, dict) else {}

    def _call(self, doing: str, verb: str, path: str, content: Any, parameters: dict[str, Any] | None) -> Any:
        """Use PyGithub's connection, which is not for several threads at once."""
        import requests
        from github import GithubException

        try:
            with self.pace.request(verb), self._one_at_a_time:
                headers, answer = self._requester.requestJsonAndCheck(verb, path, parameters, input=content)
        except GithubException as error:
            self.pace.answered(error.headers or {})
            raise _refusal(error, doing, self._hints) from None
        except requests.RequestException as error:
            raise http.no_answer(error, doing) from None
        except ValueError:
            raise http.Transient(f"{doing}: GitHub's answer is broken") from None
        except (RuntimeError, AssertionError) as error:  # PyGithub's words for another host
            hint = "mend GITHUB_API_URL and GITHUB_GRAPHQL_URL: they must be of one server"
            raise RemoteRefused(f"{doing}: {error or 'an address of another server'}", hint=hint) from None
        self.pace.answered(headers)
        return answer


def perhaps_late(told: TagshipError) -> TagshipError:
    """Take a refused write as a reason to look again; a taken name says that somebody else is at work."""
    problem = told.problems[0]
    if "already_exists" in problem.message:
        return http.Transient(problem.message)
    return http.Conflict(problem.message, hint=problem.hint)


def _refusal(error: "GithubException", doing: str, hints: Hints) -> TagshipError:
    """Tell the failures of a PyGithub call apart."""
    data = error.data if isinstance(error.data, dict) else {}
    message = http.message_of(json.dumps(data))
    told = http.refusal(error.status, error.headers or {}, message, doing, hints.of(message))
    if isinstance(told, http.Transient) or error.status not in _CHANGED:
        return told
    return perhaps_late(told)


def _graphql_refusal(errors: Any, doing: str, hints: Hints) -> TagshipError:
    """Tell GraphQL's errors apart by their ``type`` (docs.github.com/graphql: errors come with HTTP status 200)."""
    listed = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    said = "; ".join(" ".join(str(error.get("message", "")).split()) for error in listed)[:500] or "no message"
    kinds = {str(error.get("type", "")) for error in listed}
    message = f"{doing}: GitHub answered {said}"
    if kinds & {"RATE_LIMITED", "SERVICE_UNAVAILABLE", "INTERNAL"} or "Something went wrong" in said:
        return http.Transient(message)
    hint = hints.of(said)[403]
    if kinds & {"STALE_DATA", "NOT_FOUND"}:
        return http.Conflict(message, hint=hint)
    return RemoteRefused(message, hint=hint)
