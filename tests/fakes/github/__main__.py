"""The stand-in as a process, for workflows that a runner starts: `python -m tests.fakes.github --port-file FILE`.

The port file appears by a rename when the server answers, with its addresses as JSON. SIGTERM or SIGINT end it;
the exit code is 1 when something contradicted GitHub's description.
"""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from tests.fakes.github import faults
from tests.fakes.github.server import GithubServer
from tests.fakes.github.values import Settings, Token
from tests.tools.node import API_DESCRIPTION, OPENAPI, installed


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    description = None if options.no_validation else installed() / OPENAPI / API_DESCRIPTION
    server = GithubServer(_repositories(options), description=description, journal_file=options.journal)
    server.world.tokens |= dict.fromkeys(options.token, Token())
    if options.faults:
        faults.load(server.faults, json.loads(options.faults.read_text(encoding="utf-8")))
    for tag in options.tag:
        _tag(server, tag)
    with server:
        _announce(server, options.port_file)
        _wait_for_signal()
    return 1 if server.violations else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.github", description=__doc__)
    parser.add_argument("--port-file", type=Path, required=True, help="where to write the addresses")
    parser.add_argument("--repo", action="append", default=[], metavar="OWNER/NAME")
    parser.add_argument("--tag", action="append", default=[], help="a tag that every repository has already")
    parser.add_argument("--token", action="append", default=[], help="a token with contents: write")
    parser.add_argument("--immutable-releases", action="store_true")
    parser.add_argument("--private", action="store_true")
    parser.add_argument("--journal", type=Path, help="where to write each request as a line of JSON")
    parser.add_argument("--faults", type=Path, help="a script of faults in JSON")
    parser.add_argument("--no-validation", action="store_true", help="run without GitHub's OpenAPI description")
    return parser


def _repositories(options: argparse.Namespace) -> list[Settings]:
    names = [full_name.split("/") for full_name in options.repo or ["octo/demo"]]
    flags = {"immutable_releases": options.immutable_releases, "private": options.private}
    return [Settings(owner=owner, name=name, **flags) for owner, name in names]


def _tag(server: GithubServer, tag: str) -> None:
    for repository in server.world.repositories.values():
        repository.tags[tag] = repository.branches[repository.settings.default_branch]


def _announce(server: GithubServer, file: Path) -> None:
    addresses = {"api": server.site.api, "uploads": server.site.uploads, "server": server.site.web}
    scratch = file.with_suffix(".part")
    scratch.write_text(json.dumps(addresses), encoding="utf-8")
    scratch.replace(file)


def _wait_for_signal() -> None:
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
