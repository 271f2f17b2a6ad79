"""From a request to its answer, without sockets: fault, access, route, limits, validation, journal."""

from dataclasses import dataclass, replace

from tests.fakes.github import access, assets, pull_rules, routes
from tests.fakes.github.errors import DOCUMENTATION, ApiError, not_found
from tests.fakes.github.faults import Effect, Faults, Starter
from tests.fakes.github.journal import Authorization, Entry, Journal, of_interest
from tests.fakes.github.limits import RateLimit, SecondaryLimits
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.routes import Route
from tests.fakes.github.state import World
from tests.fakes.github.validation import Validation

REQUEST_ID = "x-github-request-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts that together answer a request."""

    world: World
    limit: RateLimit
    secondary: SecondaryLimits | None
    faults: Faults
    journal: Journal
    validation: Validation | None

    def begin(self, request: Request) -> tuple[int, Effect | None]:
        """Note the request and find its fault."""
        entry = Entry(
            number=0,
            host=request.host,
            method=request.method,
            path=request.path,
            query=request.query,
            authorization=self._authorization(request),
            headers=of_interest(request.headers),
        )
        number = self.journal.begin(entry).number
        return number, self.faults.take(number, request.method, request.path)

    def answer(self, request: Request, effect: Effect | None = None) -> Response:
        """Do what is asked and answer it."""
        found = routes.find(request.host, request.method, request.path)
        if found is None:
            self._note(f"request {request.method} {request.path}: not an endpoint of host {request.host}")
            return self._dressed(_refusal(not_found(), request), request)
        route, params = found
        request = replace(request, params=params)
        if self.validation is not None and route.is_described:
            self.validation.check_request(route, request)
        response = self._guarded(route, request, starter=isinstance(effect, Starter))
        if self.validation is not None and route.is_described and response.raw is None:
            self.validation.check_response(route, response)
        return self._dressed(response, request)

    def broken_off(self, request: Request) -> None:
        """Note that a body ended early: an upload leaves a `starter`, anything else leaves nothing."""
        found = routes.find(request.host, request.method, request.path)
        if found is not None and found[0].handler is assets.upload_asset:
            self._guarded(found[0], replace(request, params=found[1]), starter=True)

    def injected(self, response: Response, request: Request) -> Response:
        """Dress an answer that a fault made up."""
        return self._dressed(response, request)

    def _guarded(self, route: Route, request: Request, *, starter: bool) -> Response:
        with self.world.lock:
            try:
                return self._handled(route, request, starter=starter)
            except ApiError as error:
                return _refusal(error, request)

    def _handled(self, route: Route, request: Request, *, starter: bool) -> Response:
        if route.host == "web":
            return route.handler(self.world, request)
        access.check_headers(request)
        request = replace(request, identity=access.identify(self.world, request))
        if route is routes.RATE_LIMIT:
            overview = self.limit.overview()
            return Response(status=200, content={"resources": {"core": overview, "search": overview}, "rate": overview})
        if self.secondary is not None:
            self.secondary.spend(request.method)
        self.limit.spend()
        access.check_repository(self.world, request, writes=route.writes)
        if starter and route.handler is assets.upload_asset:
            assets.leave_starter(self.world, request)
            return Response(status=502, raw=b"<html><body>502 Bad Gateway</body></html>")
        pull_rules.settle_all(self.world)
        response = route.handler(self.world, request)
        pull_rules.settle_all(self.world)
        for violation in response.violations:
            self._note(violation)
        return response

    def _dressed(self, response: Response, request: Request) -> Response:
        general = {REQUEST_ID: request.request_id, "Content-Type": "application/json; charset=utf-8"}
        limits = self.limit.headers() if request.host == "api" else {}
        return replace(response, headers=general | limits | dict(response.headers))

    def _authorization(self, request: Request) -> Authorization:
        given = request.headers.get("authorization")
        if given is None:
            return "absent"
        return "right" if access.token_of(given) in self.world.tokens else "wrong"

    def _note(self, violation: str) -> None:
        if self.validation is not None:
            self.validation.violations.append(violation)


def _refusal(error: ApiError, request: Request) -> Response:
    """Give an error's answer; the upload host adds the request's id to it (release-it/release-it#284)."""
    content = error.as_json()
    if request.host == "uploads":
        content |= {"request_id": request.request_id, "documentation_url": DOCUMENTATION}
    return Response(status=error.status, content=content, headers=error.headers)
