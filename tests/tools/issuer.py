"""A stand-in for GitHub's token service: it says who the job is, to whoever has the request token, for one audience at a time."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit

REQUEST_TOKEN: Final = "request-token-of-the-job"


class Issuer:
    """``environment`` is what the runner gives a job with ``id-token: write``; ``audiences`` what tokens were asked for."""

    def __init__(self) -> None:
        self.audiences: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Listener", (_Listener,), {"issuer": self}))

    @property
    def environment(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self._server.server_address[1]}/idtoken?api-version=2.0"
        return {"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN}

    def token(self, audience: str) -> str:
        """Make the token for an audience; registries of the tests know it by this form."""
        return f"identity-of-octo-demo-for-{audience}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Listener(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        allowed = self.headers.get("Authorization", "").lower() == f"bearer {REQUEST_TOKEN}"
        audience = query.get("audience", [""])[0]
        self.issuer.audiences.append(audience)
        body = json.dumps({"value": self.issuer.token(audience)} if allowed else {"message": "forbidden"}).encode()
        self.send_response(200 if allowed else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
