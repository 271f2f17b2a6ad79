"""A registry of crates behind a door: a sparse index, the publish API, downloads, and tokens for trusted publishers.

Written to https://doc.rust-lang.org/cargo/reference/registry-index.html and …/registry-web-api.html, and to what crates.io's
own action asks of it (https://github.com/rust-lang/crates-io-auth-action). Cargo itself publishes to it and installs from it.
"""

import hashlib
import io
import json
import struct
import tarfile
import tomllib
from collections.abc import Callable
from typing import Any, Final

from tests.tools.door import Door

TOKEN: Final = "crates-secret-of-the-tests"
MINTED: Final = "cio_tp_minted-secret-of-the-tests"
TOKENS: Final = "/api/v1/trusted_publishing/tokens"
Answer = tuple[int, list[tuple[str, str]], bytes]
_TEXT, _LIST = (str, type(None)), (list,)
_FIELDS: Final[dict[str, tuple[type, ...]]] = {
    "name": (str,), "vers": (str,), "deps": _LIST, "features": (dict,), "authors": _LIST, "description": _TEXT,
    "documentation": _TEXT, "homepage": _TEXT, "readme": _TEXT, "readme_file": _TEXT, "keywords": _LIST, "categories": _LIST,
    "license": _TEXT, "license_file": _TEXT, "repository": _TEXT, "badges": (dict,), "links": _TEXT, "rust_version": _TEXT,
}  # fmt: skip
_OF_DEPS: Final[dict[str, tuple[type, ...]]] = {
    "name": (str,), "version_req": (str,), "features": _LIST, "optional": (bool,), "default_features": (bool,),
    "target": _TEXT, "kind": (str,), "registry": _TEXT, "explicit_name_in_toml": _TEXT,
}  # fmt: skip


class CrateRegistry(Door):
    """``index`` is its address; ``uploads`` are the JSON parts of what was published, ``crates`` the files by name.

    ``trusts`` may trade an identity for a token that publishes until it is given back; ``limited`` refuses with 429 until
    then; ``lags`` is how many looks do not see yet what was published; with ``knows_all`` dependencies may be anywhere.
    """

    def __init__(self, *, knows_all: bool = False) -> None:
        super().__init__()
        self._knows_all = knows_all
        self.empty()

    def empty(self) -> None:
        """Forget all that it has and was asked, and behave."""
        self.lines: dict[str, list[dict[str, Any]]] = {}
        self.crates: dict[str, bytes] = {}
        self.uploads: list[dict[str, Any]] = []
        self.tokens = {TOKEN}
        self.trusts: Callable[[str], bool] = lambda _identity: False
        self.limited: list[str] = []
        self.lags = 0
        self.requests.clear()
        self.headers.clear()
        self.healthy()

    @property
    def index(self) -> str:
        return f"{self.address}/index"

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        given = {name.lower(): value for name, value in headers.items()}
        if path == "/index/config.json":
            return _json({"dl": f"{self.address}/dl/{{crate}}-{{version}}.crate", "api": self.address})
        if path.startswith("/index/"):
            return self._look(path.removeprefix("/index/"))
        if path.startswith("/dl/"):
            found = self.crates.get(path.removeprefix("/dl/"))
            return (200, [], found) if found else (404, [], b"")
        if path == TOKENS:
            return self._token(method, given, body)
        if (method, path) == ("PUT", "/api/v1/crates/new"):
            return self._publish(given, body)
        return 404, [], b""

    def _look(self, path: str) -> Answer:
        """Serve what is at the documented place of a crate, and nowhere else."""
        name = path.rpartition("/")[2]
        folders = {1: "1", 2: "2", 3: f"3/{name[:1]}"}
        place = f"{folders.get(len(name), f'{name[:2]}/{name[2:4]}')}/{name}"
        lines = self.lines.get(name, [])
        if self.lags and lines:
            self.lags -= 1
            lines = lines[:-1]
        if path != place or not lines:
            return 404, [], b"not found"
        return 200, [("Content-Type", "text/plain")], b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def _token(self, method: str, given: dict[str, str], body: bytes) -> Answer:
        if method == "DELETE":
            self.tokens.discard(given["authorization"].removeprefix("Bearer "))
            return 204, [], b""
        if not self.trusts(json.loads(body)["jwt"]):
            return _refused(400, "No Trusted Publishing config found for repository `octo/demo`.")
        self.tokens.add(MINTED)
        return _json({"token": MINTED})

    def _publish(self, given: dict[str, str], body: bytes) -> Answer:
        if given.get("authorization") not in self.tokens:
            return _refused(403, "authentication failed")
        if self.limited:
            told = _refused(429, "You have published too many new crates. Please try again after some time.")[2]
            return 429, [("Retry-After", self.limited.pop(0))], told
        (length,) = struct.unpack_from("<I", body)
        about = json.loads(body[4 : 4 + length])
        (size,) = struct.unpack_from("<I", body, 4 + length)
        crate = body[8 + length :]
        problem = "lengths" if size != len(crate) else _problem(about, crate)
        if problem:
            return _refused(400, f"invalid upload request: {problem}")
        name, version = about["name"], about["vers"]
        if any(line["vers"] == version for line in self.lines.get(name, ())):
            return _refused(400, f"crate version `{version}` is already uploaded")
        unknown = [dep["name"] for dep in about["deps"] if dep["name"] not in self.lines and not self._knows_all]
        if unknown:
            return _refused(400, f"no known crate named `{unknown[0]}`")
        self.uploads.append(about)
        self.crates[f"{name}-{version}.crate"] = crate
        self.lines.setdefault(name, []).append(_line(about, crate))
        return _json({"warnings": {"invalid_categories": [], "invalid_badges": [], "other": []}})


def _line(about: dict[str, Any], crate: bytes) -> dict[str, Any]:
    """Write an index line: dependencies are called there as the code calls them."""
    kept = ("features", "optional", "default_features", "target", "kind", "registry")
    deps = [{**{key: dep.get(key) for key in kept}, "req": dep["version_req"], **_named(dep)} for dep in about["deps"]]
    digest = hashlib.sha256(crate).hexdigest()
    own = {"name": about["name"], "vers": about["vers"], "deps": deps, "cksum": digest, "features": about["features"]}
    return {**own, "yanked": False, "links": about["links"], "v": 2}


def _named(dep: dict[str, Any]) -> dict[str, str | None]:
    own = dep.get("explicit_name_in_toml")
    return {"name": own or dep["name"], "package": dep["name"] if own else None}


def _problem(about: dict[str, Any], crate: bytes) -> str:
    """Say what of the documented shape a request does not keep to, and where it and its crate disagree."""
    wrong = [key for key, types in _FIELDS.items() if not isinstance(about.get(key), types)]
    wrong += [
        f"deps.{k}" for dep in about["deps"] for k, types in _OF_DEPS.items() if not isinstance(dep.get(k), types)
    ]
    wrong += sorted(set(about) - set(_FIELDS))
    with tarfile.open(fileobj=io.BytesIO(crate), mode="r:gz") as tar:
        stream = tar.extractfile(f"{about['name']}-{about['vers']}/Cargo.toml")
        manifest = tomllib.loads(stream.read().decode() if stream else "")
    if (manifest["package"]["name"], manifest["package"]["version"]) != (about["name"], about["vers"]):
        wrong.append("name or version")
    return ", ".join(wrong)


def _json(value: Any) -> Answer:
    return 200, [("Content-Type", "application/json")], json.dumps(value).encode()


def _refused(status: int, detail: str) -> Answer:
    return status, [("Content-Type", "application/json")], json.dumps({"errors": [{"detail": detail}]}).encode()
