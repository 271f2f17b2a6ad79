"""Private repositories: GitHub's own kind of instance, real Fulcio and timestamps without any log, and nothing in public."""

import base64
import copy
import io
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from msgspec.structs import replace
from tuf.api.metadata import Metadata, Root

from tagship.domain.proofs import claims
from tagship.domain.proofs.trust import Identity, Trust
from tagship.errors import IntegrityError, RemoteRefused, RemoteUnreachable, UsageError
from tagship.parts.sign.signing import sign_all
from tagship.ports import Tools
from tagship.signers import _github, _instance
from tagship.signers.sigstore import SigstoreSigner
from tests.fakes.sigstore import Sigstore
from tests.fakes.sigstore.authority import Authority
from tests.fakes.sigstore.stack import Unlogged
from tests.fakes.sigstore.tuf_repository import TufRepository
from tests.integration.keyless import NAME, files, signer, statement, trust
from tests.integration.mutants import accepted, at
from tests.tools import verifiers
from tests.tools.verifiers import Case

MATERIAL = "verificationMaterial"
STAMPS = (MATERIAL, "timestampVerificationData", "rfc3161Timestamps")


@pytest.fixture
def own(instance: Sigstore) -> Unlogged:
    """Give the instance without logs."""
    return instance.unlogged


def whom(instance: Sigstore, **wanted: str) -> Trust:
    """Trust the instance without logs alone."""
    return Trust(identity=trust(instance, **wanted).identity, trust_root=instance.unlogged.trusted_root.read_bytes())


def rooted(instance: Sigstore, change: Callable[[dict[str, Any]], Any], root: Path | None = None) -> Trust:
    """Trust a changed root."""
    document = json.loads((root or instance.unlogged.trusted_root).read_bytes())
    change(document)
    return Trust(identity=trust(instance).identity, trust_root=json.dumps(document).encode())


def test_others_accept_what_is_signed_here_and_refuse_what_is_not(
    job: Tools, instance: Sigstore, own: Unlogged, tmp_path: Path
) -> None:
    """A file and a statement: cosign and @sigstore/verify, by timestamps; another file, another signer, another issuer."""
    (subject,) = files(tmp_path)
    made = signer(own.trust_config, job)
    bundle, attested, other = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "other.bin"
    bundle.write_bytes(made.sign(subject))
    attested.write_bytes(made.attest(statement(subject)))
    other.write_bytes(b"something else")
    good = Case(subject.path, bundle, NAME, instance.issuer.address, own.trusted_root, logged=False)
    about = good._replace(bundle=attested, statement=True)
    bad = [
        good._replace(file=other),
        good._replace(name=NAME.replace("octo", "mallory")),
        good._replace(issuer="https://issuer.invalid"),
        good._replace(logged=True),
        good._replace(root=instance.trusted_root),
        about._replace(name=NAME.replace("octo", "mallory")),
    ]

    assert [verifiers.cosign(case) for case in (good, about)] == ["", ""]
    assert all(verifiers.cosign(case) for case in (*bad, about._replace(file=other)))
    answers = verifiers.sigstore_js([good, about, *bad])
    assert answers[:2] == ["", ""]
    assert all(answers[2:])
    assert json.loads(bundle.read_bytes())[MATERIAL].keys() == {"certificate", "timestampVerificationData"}


def test_one_certificate_signs_many_files_side_by_side(
    job: Tools, instance: Sigstore, own: Unlogged, tmp_path: Path
) -> None:
    """One identity token, one certificate, a timestamp per file, nothing in a log; each bundle holds for its file alone."""
    subjects = files(tmp_path, 40)

    made = sign_all(signer(own.trust_config, job), subjects, window=5, tools=job)

    assert instance.issuer.asked == ["sigstore"]
    assert len(own.fulcio.requests) == 1
    assert len(instance.tsa.requests) == 40
    assert instance.rekor.requests == instance.fulcio.requests == []
    for subject in subjects:
        SigstoreSigner.check(subject, made[subject.path], whom(instance))
    with pytest.raises(IntegrityError):
        SigstoreSigner.check(subjects[0], made[subjects[1].path], whom(instance))


def test_everything_that_is_asked_of_the_signer_is_checked(
    job: Tools, instance: Sigstore, own: Unlogged, tmp_path: Path
) -> None:
    """Name, issuer, repository, workflow, ref and commit, each alone, as for any other certificate."""
    (subject,) = files(tmp_path)
    bundle = signer(own.trust_config, job).sign(subject)
    right = {"name": NAME, "workflow": ".github/workflows/release.yml", "ref": "refs/tags/v1.2.0", "commit": "c" * 40}

    SigstoreSigner.check(subject, bundle, whom(instance, **right))
    for asked, other in [*right.items(), ("issuer", "x"), ("repository", "x")]:
        with pytest.raises(IntegrityError, match="not"):
            SigstoreSigner.check(subject, bundle, whom(instance, **{asked: f"{other}x"}))
    with pytest.raises(UsageError, match="anybody has one"):
        SigstoreSigner.check(subject, bundle, Trust(trust_root=own.trusted_root.read_bytes()))


def test_a_second_run_keeps_what_holds(job: Tools, instance: Sigstore, own: Unlogged, tmp_path: Path) -> None:
    """Of this instance and this commit; not a signature of the instance with logs, and not of another commit."""
    subject, other = files(tmp_path, 2)
    first = signer(own.trust_config, job)
    bundle, attested = first.sign(subject), first.attest(statement(subject))
    logged = signer(instance.trust_config_v1, job).sign(subject)

    again = signer(own.trust_config, job)
    assert again.still_holds(subject, bundle)
    assert again.still_stated(attested) == statement(subject)
    assert not again.still_holds(other, bundle)
    assert not again.still_holds(subject, logged)
    assert not signer(instance.trust_config_v1, job).still_holds(subject, bundle)
    instance.issuer.claims["sha"] = "d" * 40
    assert not signer(own.trust_config, job).still_holds(subject, bundle)


# What is not as it was signed.


class Signed:
    """A file, its bundle and the bundle of a statement about it."""

    def __init__(self, job: Tools, instance: Sigstore, folder: Path) -> None:
        made = signer(instance.unlogged.trust_config, job)
        self.subject, self.other = files(folder, 2)
        self.bundle, self.attested = made.sign(self.subject), made.attest(statement(self.subject))
        self.of_other = made.sign(self.other)
        self.trust = whom(instance)

    def check(self, bundle: bytes | dict[str, Any], trusted: Trust | None = None) -> None:
        data = bundle if isinstance(bundle, bytes) else json.dumps(bundle).encode()
        SigstoreSigner.check(self.subject, data, trusted or self.trust)

    def read(self, bundle: bytes) -> bytes:
        return SigstoreSigner.check_statement(bundle, self.trust)

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.bundle)
        return found


@pytest.fixture
def signed(job: Tools, instance: Sigstore, tmp_path: Path) -> Signed:
    """Sign a file and a statement without a log."""
    return Signed(job, instance, tmp_path)


@pytest.mark.parametrize("kind", ["signature", "statement"])
def test_no_changed_bundle_is_accepted(kind: str, signed: Signed) -> None:
    """Media type, certificate, timestamp, digest, signature, payload: changed in whatever way or taken away, refused."""
    bundle, check = (signed.bundle, signed.check) if kind == "signature" else (signed.attested, signed.read)
    check(bundle)
    found, tried = accepted(bundle, check)
    assert found == []
    assert tried > 100


def test_no_bit_of_a_certificate_may_differ(signed: Signed) -> None:
    """No log keeps it, so its bytes are compared with what its authority signed, to the last one."""
    raw = base64.b64decode(signed.document[MATERIAL]["certificate"]["rawBytes"])
    for position in range(len(raw)):
        changed = signed.document
        other = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        changed[MATERIAL]["certificate"]["rawBytes"] = base64.b64encode(other).decode()
        with pytest.raises(IntegrityError):
            signed.check(changed)


def test_no_part_of_another_bundle_is_accepted(signed: Signed, instance: Sigstore, job: Tools) -> None:
    """Certificate, timestamps, signature, digest of others; theirs beside ours; the same one twice; an entry of a log."""
    theirs = json.loads(signed.of_other)
    later = json.loads(signer(instance.unlogged.trust_config, job).sign(signed.subject))
    logged = json.loads(signer(instance.trust_config_v1, job).sign(signed.subject))
    for place, source in [
        ((MATERIAL, "certificate"), later),
        (STAMPS, theirs),
        (STAMPS, later),
        (("messageSignature",), theirs),
        (("messageSignature", "signature"), theirs),
        (("messageSignature", "signature"), later),
        (("messageSignature", "messageDigest"), theirs),
        ((MATERIAL, "certificate"), logged),
        ((MATERIAL,), logged),
    ]:
        changed = signed.document
        at(changed, place[:-1])[place[-1]] = at(source, place)
        with pytest.raises(IntegrityError):
            signed.check(changed)
    for stamps in (at(signed.document, STAMPS) * 2, [*at(signed.document, STAMPS), *at(theirs, STAMPS)], []):
        changed = signed.document
        at(changed, STAMPS[:-1])[STAMPS[-1]] = stamps
        with pytest.raises(IntegrityError):
            signed.check(changed)
    changed = signed.document
    changed[MATERIAL]["tlogEntries"] = logged[MATERIAL]["tlogEntries"]
    with pytest.raises(IntegrityError, match="entry of a log"):
        signed.check(changed)
    for bundle in (signed.of_other, signed.attested):
        with pytest.raises(IntegrityError):
            signed.check(bundle)
    with pytest.raises(IntegrityError):
        signed.read(signed.bundle)
    signed.check({**signed.document, MATERIAL: {**signed.document[MATERIAL], "tlogEntries": []}})


PAST, FUTURE = {"end": "2026-01-02T00:00:00Z"}, {"start": "2099-01-01T00:00:00Z"}


@pytest.mark.parametrize("part", ["certificateAuthorities", "timestampAuthorities"])
@pytest.mark.parametrize("times", [PAST, FUTURE])
def test_who_was_not_entitled_then_vouches_for_nothing(
    part: str, times: dict[str, str], signed: Signed, instance: Sigstore
) -> None:
    """Who certifies or timestamps must have been entitled when it was signed; nobody there is no, too."""

    def limited(root: dict[str, Any]) -> None:
        root[part][0]["validFor"] |= times

    for change in (limited, lambda root: root.update({part: []})):
        with pytest.raises(IntegrityError):
            signed.check(signed.bundle, rooted(instance, change))


def test_a_certificate_must_have_held_when_it_was_timestamped(
    signed: Signed, instance: Sigstore, job: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same key and certificate, timestamped after ten minutes: the authority says when, and the signer cannot."""
    made = Forged(instance, signed)
    signed.check(made.bundle(), made.trust)
    with pytest.raises(IntegrityError):
        signed.check(Forged(instance, signed, minutes=-11).bundle(), made.trust)


class Forged:
    """What a dishonest authority may certify, with real timestamps: the certificate of the job for another key."""

    def __init__(
        self, instance: Sigstore, signed: Signed, organisation: str = "GitHub, Inc.", minutes: int = 0
    ) -> None:
        self._instance, self._subject = instance, signed.subject
        authority = _AUTHORITIES.setdefault(organisation, Authority(organisation))
        raw = base64.b64decode(signed.document[MATERIAL]["certificate"]["rawBytes"])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = authority.certify(self._key.public_key(), x509.load_der_x509_certificate(raw), minutes)
        chain = [
            {"rawBytes": base64.b64encode(each.public_bytes(serialization.Encoding.DER)).decode()}
            for each in authority.certificates
        ]
        self.trust = rooted(
            instance, lambda root: root["certificateAuthorities"][0].update(certChain={"certificates": chain})
        )

    def bundle(self) -> dict[str, Any]:
        from sigstore._internal.timestamp import TimestampAuthorityClient

        digest = bytes.fromhex(self._subject.sha256)
        signature = self._key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        stamp = TimestampAuthorityClient(f"{self._instance.tsa.address}/api/v1/timestamp").request_timestamp(signature)
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            MATERIAL: {
                "certificate": {"rawBytes": _base64(der)},
                "timestampVerificationData": {"rfc3161Timestamps": [{"signedTimestamp": _base64(stamp.as_bytes())}]},
            },
            "messageSignature": {
                "messageDigest": {"algorithm": "SHA2_256", "digest": _base64(digest)},
                "signature": _base64(signature),
            },
        }


_AUTHORITIES: dict[str, Authority] = {}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


# The instance with logs is as strict as ever.


def test_an_instance_with_logs_wants_them_as_ever(
    signed: Signed, instance: Sigstore, job: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its bundle without its entry; a certificate without an SCT; its certificates in GitHub's name: all refused."""
    logged = json.loads(signer(instance.trust_config, job).sign(signed.subject))
    signed.check(logged, trust(instance))
    bare = copy.deepcopy(logged)
    del bare[MATERIAL]["tlogEntries"]
    for changed in (bare, {**bare, MATERIAL: {**bare[MATERIAL], "tlogEntries": []}}):
        with pytest.raises(IntegrityError):
            signed.check(changed, trust(instance))
    authorities = json.loads(instance.unlogged.trusted_root.read_bytes())["certificateAuthorities"]

    def both(root: dict[str, Any]) -> None:
        root["certificateAuthorities"] += authorities

    logs = json.loads(instance.trusted_root.read_bytes())
    for part in ("tlogs", "ctlogs"):
        with pytest.raises(IntegrityError):
            signed.check(signed.bundle, rooted(instance, lambda root: root.update({part: logs[part]})))  # noqa: B023

    spliced = {**signed.document, MATERIAL: {**signed.document[MATERIAL]}}
    spliced[MATERIAL]["tlogEntries"] = logged[MATERIAL]["tlogEntries"]
    for changed in (signed.document, spliced):
        with pytest.raises(IntegrityError):
            signed.check(changed, rooted(instance, both, instance.trusted_root))


def test_the_public_instance_certifies_nothing_without_a_log(signed: Signed, instance: Sigstore) -> None:
    """Even a root of trust without logs that has its authority does not make its certificates hold."""
    for organisation, refused in (("GitHub, Inc.", False), ("Somebody", False), ("sigstore.dev", True)):
        forged = Forged(instance, signed, organisation)
        if refused:
            with pytest.raises(IntegrityError, match="nobody was entitled"):
                signed.check(forged.bundle(), forged.trust)
        else:
            signed.check(forged.bundle(), forged.trust)


def test_githubs_name_alone_is_not_believed(
    signed: Signed, instance: Sigstore, own_github: TufRepository, tmp_path: Path
) -> None:
    """Without `trust-config` the name only says who has to prove it: an authority of that name that nobody trusts."""
    forged = Forged(instance, signed)
    identity = trust(instance).identity
    signed.check(signed.bundle, Trust(identity=identity))
    with pytest.raises(IntegrityError, match="chain"):
        signed.check(forged.bundle(), Trust(identity=identity))


# Where a repository is private.


def event(tmp_path: Path, visibility: str) -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"repository": {"visibility": visibility, "private": visibility != "public"}}))
    return {"GITHUB_EVENT_PATH": str(path)}


@pytest.fixture
def nowhere_else(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let connections go to this machine only, and tell where others would have gone."""
    tried: list[str] = []
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1"}:
            tried.append(str(address))
            raise OSError("not in this test")
        connect(self, address)

    def resolved(host: Any, *arguments: Any, **named: Any) -> Any:
        if host not in {"127.0.0.1", "localhost", "::1", None}:
            tried.append(str(host))
            raise socket.gaierror("not in this test")
        return resolve(host, *arguments, **named)

    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return tried


@pytest.fixture
def own_github(
    instance: Sigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nowhere_else: list[str]
) -> Iterator[TufRepository]:
    """Have GitHub's instance on loopback: its Fulcio, its timestamps, and its TUF repository; and a home for the cache."""
    own = instance.unlogged
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    root = json.loads(own.trusted_root.read_bytes())
    targets = {name: json.dumps(root).encode() for name in ("trusted_root.json", "octocorp.trusted_root.json")}
    with TufRepository(tmp_path, targets) as repository:
        monkeypatch.setattr(_github, "_TUF", repository.address)
        monkeypatch.setattr(_github, "_ROOT", repository.root)
        monkeypatch.setattr(_github, "_FULCIO", own.fulcio.address)
        monkeypatch.setattr(_github, "_TIMESTAMPS", f"{instance.tsa.address}/api/v1/timestamp")
        _github.trusted_root.cache_clear()
        yield repository
        _github.trusted_root.cache_clear()


def in_event(job: Tools, tmp_path: Path, visibility: str, **more: str) -> Tools:
    return replace(job, environment={**job.environment, **event(tmp_path, visibility), **more})


@pytest.mark.parametrize("visibility", ["private", "internal"])
@pytest.mark.parametrize("told_by", ["event", "token"])
def test_private_repositories_sign_with_githubs_own_instance(
    visibility: str,
    told_by: str,
    job: Tools,
    instance: Sigstore,
    own_github: TufRepository,
    nowhere_else: list[str],
    tmp_path: Path,
) -> None:
    """Without any setting, and nothing leaves for a public log; verified without any setting, and then offline, too."""
    instance.issuer.claims["repository_visibility"] = visibility if told_by == "token" else "public"
    tools = in_event(job, tmp_path, visibility) if told_by == "event" else job
    (subject,) = files(tmp_path)

    made = SigstoreSigner.create({}, tools)
    bundle, attested = made.sign(subject), made.attest(statement(subject))

    assert (made.public, made.logged) == (False, False)
    assert nowhere_else == []
    assert instance.rekor.requests == instance.fulcio.requests == []
    assert "/2.root.json" in own_github.asked
    identity = trust(instance).identity
    SigstoreSigner.check(subject, bundle, Trust(identity=identity))
    assert SigstoreSigner.check_statement(attested, Trust(identity=identity)) == statement(subject)
    _github.trusted_root.cache_clear()
    own_github.asked.clear()
    SigstoreSigner.check(subject, bundle, Trust(identity=identity, offline=True))
    assert own_github.asked == nowhere_else == []


def test_public_repositories_and_those_that_may_be_seen_sign_in_public(
    job: Tools, instance: Sigstore, own_github: TufRepository, tmp_path: Path
) -> None:
    """`allow-public-log`, `trust-config`, and a public repository: as before."""
    allowed = SigstoreSigner.create({"allow-public-log": "true"}, in_event(job, tmp_path, "private"))
    assert (allowed.public, allowed.logged) == (True, True)
    public = SigstoreSigner.create({}, in_event(job, tmp_path, "public"))
    assert (public.public, public.logged) == (True, True)
    named = signer(instance.trust_config, in_event(job, tmp_path, "private"))
    assert (named.public, named.logged) == (False, True)
    unlogged = signer(instance.unlogged.trust_config, in_event(job, tmp_path, "public"))
    assert (unlogged.public, unlogged.logged) == (False, False)
    undecided = SigstoreSigner.create({}, job)
    assert instance.issuer.asked == []
    assert (undecided.public, undecided.logged) == (True, True)
    assert instance.issuer.asked == ["sigstore"]
    assert own_github.asked == []


def test_a_token_that_says_private_counts_whatever_the_event_says(
    job: Tools, instance: Sigstore, own_github: TufRepository, tmp_path: Path
) -> None:
    """Made private while the job ran: nothing goes to the public log."""
    instance.issuer.claims["repository_visibility"] = "private"
    (subject,) = files(tmp_path)

    bundle = SigstoreSigner.create({}, in_event(job, tmp_path, "public")).sign(subject)

    SigstoreSigner.check(subject, bundle, whom(instance))


def test_a_server_without_an_instance_of_its_own_is_refused(job: Tools, instance: Sigstore, tmp_path: Path) -> None:
    """GitHub Enterprise Server has none: told from the event, before the first request of any kind."""
    tools = in_event(job, tmp_path, "private", GITHUB_SERVER_URL="https://github.example.com")
    with pytest.raises(UsageError, match="the repository is private") as caught:
        SigstoreSigner.create({}, tools)
    assert "allow-public-log" in caught.value.problems[0].hint
    assert instance.issuer.asked == instance.unlogged.fulcio.requests == []
    public = _public_config(instance, tmp_path)
    with pytest.raises(UsageError, match="the repository is internal"):
        signer(public, in_event(job, tmp_path, "internal"))


def _public_config(instance: Sigstore, tmp_path: Path) -> Path:
    path = tmp_path / "public.json"
    path.write_text(instance.trust_config_v1.read_text().replace("rekor-v1.local", "rekor.sigstore.dev"))
    return path


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_says_what_it_may_mean(
    status: int, job: Tools, own: Unlogged, own_github: TufRepository, tmp_path: Path
) -> None:
    """Exit 4 at once: whose plan has no such instance is told so, and what else there is."""
    own.fulcio.before = lambda *_: status
    made = SigstoreSigner.create({}, in_event(job, tmp_path, "private"))

    with pytest.raises(RemoteRefused, match=f"certificate: the remote answered {status}") as caught:
        sign_all(made, files(tmp_path), window=900, tools=job)

    hint = caught.value.problems[0].hint
    assert all(word in hint for word in ("Enterprise Cloud", "key", "trust-config", "allow-public-log"))
    assert job.clock.monotonic() == 0


def times(count: int, status: int) -> Callable[..., int | None]:
    left = [status] * count
    return lambda *_: left.pop() if left else None


def lost() -> Callable[..., int]:
    left = [True]
    return lambda *_: bool(left and left.pop())


FAULTS: dict[str, Callable[[Sigstore, Unlogged], Any]] = {
    "fulcio answers 500": lambda _, own: setattr(own.fulcio, "before", times(2, 500)),
    "fulcio loses its answer": lambda _, own: setattr(own.fulcio, "after", lost()),
    "fulcio certifies and answers 504": lambda _, own: setattr(own.fulcio, "after", times(1, 504)),
    "the authority answers 503": lambda instance, _: setattr(instance.tsa, "before", times(2, 503)),
    "the authority loses its answer": lambda instance, _: setattr(instance.tsa, "after", lost()),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_may_pass_is_tried_again(
    name: str, job: Tools, instance: Sigstore, own: Unlogged, tmp_path: Path, said: io.StringIO
) -> None:
    """The signature is made in the end, holds, and people saw why it took longer."""
    FAULTS[name](instance, own)
    subjects = files(tmp_path, 3)

    made = sign_all(signer(own.trust_config, job), subjects, window=900, tools=job)

    for subject in subjects:
        SigstoreSigner.check(subject, made[subject.path], whom(instance))
    assert "looking again in" in said.getvalue()


@pytest.mark.parametrize("part", ["fulcio", "tsa", "tuf"])
def test_an_outage_ends_the_job_when_its_window_is_over(
    part: str,
    job: Tools,
    instance: Sigstore,
    own: Unlogged,
    own_github: TufRepository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit 5 after the whole window; no bundle without a timestamp is made meanwhile."""
    if part == "tuf":
        monkeypatch.setattr(_github, "_TUF", "http://127.0.0.1:9")
    else:
        (own.fulcio if part == "fulcio" else instance.tsa).before = lambda *_: 503

    with pytest.raises(RemoteUnreachable, match="gave up"):
        sign_all(SigstoreSigner.create({}, in_event(job, tmp_path, "private")), files(tmp_path), window=900, tools=job)

    assert 880 < job.clock.monotonic() <= 900


# Whom GitHub trusts.


def test_what_githubs_trust_begins_with_is_what_gh_has_built_in() -> None:
    """Version 3 of GitHub's root metadata, which holds by its own keys; a later one is found from there."""
    pinned: Metadata[Root] = Metadata.from_file(str(_github._ROOT))
    pinned.verify_delegate("root", pinned)
    assert (pinned.signed.version, pinned.signed.roles["root"].threshold) == (3, 3)
    online = pinned.signed.roles["timestamp"].keyids
    assert online == ["eb9799b483affac9da87ef4c9ea467928415c961349e607e5e6e485679b07f8f"]


def test_a_repository_with_other_keys_is_not_believed(
    job: Tools, instance: Sigstore, own_github: TufRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stands in GitHub's place does not have the keys of the metadata that is shipped."""
    (subject,) = files(tmp_path)
    bundle = signer(instance.unlogged.trust_config, job).sign(subject)
    with TufRepository(_folder(tmp_path), {"trusted_root.json": b"{}"}) as other:
        monkeypatch.setattr(_github, "_TUF", other.address)
        with pytest.raises(RemoteUnreachable, match="whom GitHub's own Sigstore instance trusts cannot be fetched"):
            SigstoreSigner.check(subject, bundle, Trust(identity=trust(instance).identity))


def _folder(tmp_path: Path) -> Path:
    path = tmp_path / "second"
    path.mkdir()
    return path


def test_offline_without_a_cache_says_what_to_do(signed: Signed, instance: Sigstore, own_github: TufRepository) -> None:
    """Nothing is asked of anybody, and a root of one's own does."""
    identity = trust(instance).identity
    with pytest.raises(UsageError, match="is not known here") as caught:
        signed.check(signed.bundle, Trust(identity=identity, offline=True))
    assert "trust-config" in caught.value.problems[0].hint
    assert own_github.asked == []
    signed.check(signed.bundle, Trust(identity=identity, offline=True, trust_root=signed.trust.trust_root))


def test_githubs_whose_data_resides_apart_have_roots_of_their_own(own_github: TufRepository) -> None:
    """`<tenant>.ghe.com` by its name; one that GitHub does not know is told so."""
    config = _github.signing("https://octocorp.ghe.com")
    assert config.trusted_root.get_fulcio_certs()
    assert any("octocorp.trusted_root.json" in path for path in own_github.asked)
    with pytest.raises(UsageError, match=r"no mallory\.trusted_root\.json") as caught:
        _github.signing("https://mallory.ghe.com")
    assert "trust-config" in caught.value.problems[0].hint


def test_addresses_are_those_of_github() -> None:
    """As @actions/attest has them."""
    known = {
        "https://github.com": ("https://fulcio.githubapp.com", "https://timestamp.githubapp.com/api/v1/timestamp"),
        "https://octo.ghe.com": ("https://fulcio.octo.ghe.com", "https://timestamp.octo.ghe.com/api/v1/timestamp"),
    }
    for server, (fulcio, stamps) in known.items():
        host = _github._tenant(server) or "githubapp.com"
        assert (_github._FULCIO.format(host), _github._TIMESTAMPS.format(host)) == (fulcio, stamps)
        assert claims.has_own_instance(server)
    for server in ("https://github.example.com", "http://github.com", "https://x.y.ghe.com", "https://github.com.evil"):
        assert not claims.has_own_instance(server)
    assert claims.server_in(Identity(repository="https://octo.ghe.com/o/r")) == "https://octo.ghe.com"
    assert claims.server_in(Identity(name="ada@example.com")) == claims.server_in(None) == claims.GITHUB


def test_roots_of_several_instances_one_a_line(signed: Signed, instance: Sigstore, job: Tools) -> None:
    """What `gh attestation trusted-root` writes: each bundle is proved by the instance that certified it, by its rules."""
    lines = b"".join(
        json.dumps(json.loads(path.read_bytes())).encode() + b"\n"
        for path in (instance.trusted_root, instance.unlogged.trusted_root)
    )
    both = Trust(identity=trust(instance).identity, trust_root=lines)
    logged = json.loads(signer(instance.trust_config_v1, job).sign(signed.subject))

    signed.check(logged, both)
    signed.check(signed.bundle, both)
    del logged[MATERIAL]["tlogEntries"]
    with pytest.raises(IntegrityError):
        signed.check(logged, both)


def test_empty_lists_may_be_left_out_of_a_root(signed: Signed, instance: Sigstore) -> None:
    """JSON of Protocol Buffers has none."""

    def bare(root: dict[str, Any]) -> None:
        del root["tlogs"], root["ctlogs"]

    signed.check(signed.bundle, rooted(instance, bare))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda config, _: config["signingConfig"].pop("tsaUrls"), "a timestamp authority"),
        (lambda config, _: config["signingConfig"].pop("caUrls"), "a certificate authority"),
        (lambda config, other: config["trustedRoot"].update(tlogs=other["trustedRoot"]["tlogs"]), "not both"),
        (lambda config, other: config.update(signingConfig=other["signingConfig"]), "not both"),
        (lambda config, other: config["trustedRoot"].update(ctlogs=other["trustedRoot"]["ctlogs"]), "not both"),
    ],
)
def test_half_a_configuration_is_told(
    change: Callable[..., Any], message: str, job: Tools, instance: Sigstore, own: Unlogged, tmp_path: Path
) -> None:
    """Before the first request: without a log both authorities are needed; logs to sign in and to trust go together."""
    config, other = json.loads(own.trust_config.read_text()), json.loads(instance.trust_config_v1.read_text())
    change(config, other)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    with pytest.raises(UsageError, match=message):
        signer(path, job)
    assert instance.issuer.asked == []


def test_a_key_cannot_be_logged_where_there_is_no_log(tools: Tools, own: Unlogged) -> None:
    """`key-log` with such a configuration: told before anything is signed."""
    from tagship.signers.key import KeySigner, generate

    private, _ = generate("")
    secrets = {"key": private.decode(), "key-log": "true", "trust-config": str(own.trust_config)}
    with pytest.raises(UsageError, match="it names no log"):
        KeySigner.create(secrets, tools)


def test_the_root_of_trust_is_chosen_by_what_the_bundle_says(signed: Signed) -> None:
    """A bundle that cannot be read is the public instance's to refuse: no request to GitHub's."""
    assert _instance._issuer_in(signed.bundle) is not None
    for broken in (
        b"",
        b"{}",
        b"[]",
        b"[" * 100_000,
        b'{"verificationMaterial": {"certificate": {"rawBytes": "AAAA"}}}',
    ):
        assert _instance._issuer_in(broken) is None
