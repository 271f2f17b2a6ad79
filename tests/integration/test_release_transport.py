"""How bytes travel: through proxies, to servers with certificates of their own, within GitHub's limits, until told to stop."""

import datetime as dt
import ipaddress
import json
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.fakes.github import WRITE_TOKEN, Cut, Delay, GithubServer
from tests.fakes.github.limits import FastClock, SecondaryLimits, StillClock
from tests.fakes.proxy import Proxy
from tests.integration.release_here import Here
from tests.integration.release_run import FILES, TAG, Project, program, sha256s
from tests.tools.node import openapi_description


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate authority that only this test trusts, and a server's certificate of it."""

    certificate: Path
    tls: ssl.SSLContext


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Make one for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an enterprise")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = tmp_path / "ca.pem", tmp_path / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, private)
    return Authority(certificate=certificate, tls=tls)


@pytest.fixture
def enterprise(tmp_path: Path, authority: Authority) -> Iterator[Project]:
    """Give a project on a server that speaks HTTPS with a certificate of its own, and tells no digests."""
    with GithubServer(description=openapi_description(), tls=authority.tls) as server:
        object.__setattr__(server.repository().settings, "asset_digests", False)
        made = Project(root=tmp_path, server=server)
        made.put()
        yield made
        assert server.violations == []


def test_an_own_authority_is_trusted_when_named(enterprise: Project, authority: Authority) -> None:
    """``REQUESTS_CA_BUNDLE`` counts for calls, uploads and downloads."""
    done = enterprise.release(REQUESTS_CA_BUNDLE=str(authority.certificate))

    assert done.code == 0, done.err
    assert sha256s() == enterprise.digests()


def test_an_unknown_authority_is_told_at_once(enterprise: Project) -> None:
    """No two minutes of trying: exit 5, and the hint names the variable."""
    done = enterprise.release()

    assert done.code == 5
    assert "certificate is not trusted" in done.err
    assert "REQUESTS_CA_BUNDLE" in done.err
    assert "looking again" not in done.err


def test_a_proxy_is_used_for_calls_uploads_and_downloads(enterprise: Project, authority: Authority) -> None:
    """All three hosts are reached through it, each by a tunnel."""
    with Proxy() as proxy:
        done = enterprise.release(
            REQUESTS_CA_BUNDLE=str(authority.certificate), HTTPS_PROXY=proxy.address, https_proxy=proxy.address
        )

        assert done.code == 0, done.err
        hosts = {url.rpartition("/")[2] for url in vars_of(enterprise)}
        assert hosts <= set(proxy.tunnels)
    assert sha256s() == enterprise.digests()


def vars_of(project: Project) -> tuple[str, ...]:
    site = project.server.site
    return site.api, site.uploads, site.web


def test_a_proxy_that_is_away_is_unreachable(project: Project) -> None:
    """Exit 5, after trying."""
    away = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    done = project.release("--retry-window", "0", **away)
    assert done.code == 5
    assert "ProxyError" in done.err


def test_uploads_tell_their_length_and_ask_nothing_before(project: Project) -> None:
    """Upload hosts take no chunks; nothing waits for a 100 Continue."""
    assert project.release().code == 0

    uploads = [entry for entry in project.writes if entry.host == "uploads"]
    assert len(uploads) == len(FILES)
    for entry in uploads:
        assert entry.headers["content-length"] == str(len(FILES[entry.query["name"]]))
        assert not {"expect", "transfer-encoding"} & set(entry.headers)


def test_a_body_that_breaks_off_is_sent_again(project: Project) -> None:
    """Inside, not at the ends: what is left over is a `starter`, which goes first."""
    for after in (1, 2000):
        project.server.faults.add(Cut(after=after), method="POST", path="/assets$")

    done = project.release("--parallel", "1")

    assert done.code == 0, done.err
    assert sha256s() == project.digests()


def test_two_hundred_files_meet_no_limit(tmp_path: Path) -> None:
    """80 creations a minute, 900 points a minute, by a clock that runs sixty times faster: not one answer says "slow down"."""
    clock = FastClock()
    limits = SecondaryLimits(clock=clock.monotonic)
    with GithubServer(description=openapi_description(), secondary=limits) as server:
        here = Here(root=tmp_path, server=server, clock=clock)
        _many(tmp_path, 200)
        began = clock.monotonic()

        ran = here.run(parallel=8)

        assert (ran.code, limits.refused) == (0, 0), ran.said
        assert clock.monotonic() - began > 120, "200 cannot be sent in two minutes"
        assert len(server.repository().assets) == 200
        assert server.violations == []


def test_a_limit_that_others_use_up_is_waited_for(tmp_path: Path) -> None:
    """Another workflow has the same token: what GitHub refuses is waited for as long as it says, then all goes on."""
    clock = StillClock()
    limits = SecondaryLimits(clock=clock.monotonic)
    for _ in range(70):
        limits.spend("POST")
    with GithubServer(description=openapi_description(), secondary=limits) as server:
        _many(tmp_path, 30)

        ran = Here(root=tmp_path, server=server, clock=clock).run()

        assert ran.code == 0, ran.said
        assert 1 <= limits.refused <= 4, "no more than were under way together"
        assert clock.monotonic() >= 60, "as long as it was told to wait"
        assert len([e for e in server.journal.entries if e.status == 201 and e.host == "uploads"]) == 30


def _many(root: Path, count: int) -> None:
    (root / "files").mkdir()
    for number in range(count):
        (root / "files" / f"{number:03}.txt").write_bytes(b"%d" % number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_between_requests_and_says_what_is_left(project: Project, number: signal.Signals) -> None:
    """The upload under way ends and is no waste; no other begins; exit 130; the next run sends the rest."""
    project.put({f"{index:02}.bin": b"x" for index in range(20)})
    project.server.faults.add(Delay(seconds=0.5), method="POST", path="/assets$", times=None)
    command = program("--files", "files/*", "--tag", TAG, "--parallel", "2")
    with subprocess.Popen(command, cwd=project.root, env=project.environment(), stderr=subprocess.PIPE) as run:
        while len(_uploads(project)) < 3 and run.poll() is None:
            time.sleep(0.02)
        os.kill(run.pid, number)
        said = run.communicate(timeout=60)[1].decode()

    project.server.quiesce()
    assert run.returncode == 130, said
    assert "stopped: " in said
    assert " of 23 files are there; left: " in said
    begun = _uploads(project)
    assert {entry.status for entry in begun} == {201}, "what was under way ended well"
    assert len(begun) < 10
    there = int(said.partition("stopped: ")[2].partition(" of")[0])
    assert there == len(begun)
    assert "Traceback" not in said

    project.server.faults.clear()
    assert project.release().code == 0
    assert len(_uploads(project)) == 23


def _uploads(project: Project) -> list[Any]:
    return [entry for entry in project.writes if entry.host == "uploads"]


def test_the_token_is_in_no_argument_list_error_or_summary(project: Project) -> None:
    """Looked at from outside while it runs, and in all that a failure says."""
    summary = project.root / "summary"
    summary.touch()
    project.server.faults.add(Delay(seconds=0.5), method="POST", path="/releases$")
    command = program("--files", "files/*", "--tag", TAG)
    seen = set()
    env = project.environment(GITHUB_STEP_SUMMARY=str(summary), GITHUB_ACTIONS="true")
    with subprocess.Popen(command, cwd=project.root, env=env, stderr=subprocess.PIPE) as run:
        while run.poll() is None and not project.writes:
            seen.add(Path(f"/proc/{run.pid}/cmdline").read_bytes())
            time.sleep(0.02)
        said = run.communicate(timeout=60)[1].decode()
    refused = project.release(GITHUB_TOKEN=f"{WRITE_TOKEN}-wrong")

    assert run.returncode == 0, said
    assert seen
    assert all(WRITE_TOKEN.encode() not in line for line in seen)
    assert WRITE_TOKEN not in said.replace(f"::add-mask::{WRITE_TOKEN}", "") + summary.read_text()
    assert f"{WRITE_TOKEN}-wrong" not in refused.err
    assert json.loads(json.dumps(sha256s())) == project.digests()
