"""Keyless signatures through the ambient identity of a job: real Fulcio, real Rekor v2, real timestamps; Rekor v1 as a fake."""

import io
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tagship.adapters import http
from tagship.domain.proofs.trust import Identity, Trust
from tagship.errors import IntegrityError, RemoteRefused, RemoteUnreachable, UsageError
from tagship.parts.sign.signing import sign_all
from tagship.ports import Tools
from tagship.signers import _instance
from tagship.signers._choice import Choice
from tagship.signers.sigstore import SigstoreSigner
from tests.fakes.sigstore import Sigstore
from tests.fakes.sigstore.issuer import REPOSITORY
from tests.integration.keyless import NAME, files, signer, statement, trust
from tests.tools import verifiers
from tests.tools.verifiers import Case


@pytest.fixture(params=["v1", "v2"])
def config(request: pytest.FixtureRequest, instance: Sigstore) -> Path:
    """Take each version of the log."""
    return instance.trust_config if request.param == "v2" else instance.trust_config_v1


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Write a bundle."""

    def written(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return written


@pytest.mark.parametrize("config", ["v1", "v2"], indirect=True)
def test_others_accept_what_is_signed_here_and_refuse_what_is_not(
    config: Path, job: Tools, instance: Sigstore, tmp_path: Path, write: Callable[[str, bytes], Path]
) -> None:
    """A file and a statement: cosign, @sigstore/verify and sigstore-python; another file, another signer, another issuer."""
    (subject,) = files(tmp_path)
    made = signer(config, job)
    bundle, attested = write("a.json", made.sign(subject)), write("b.json", made.attest(statement(subject)))
    other = write("other.bin", b"something else")
    root = instance.trusted_root
    good = Case(subject.path, bundle, NAME, instance.issuer.address, root)
    about = good._replace(bundle=attested, statement=True)
    bad = [
        good._replace(file=other),
        good._replace(name=NAME.replace("octo", "mallory")),
        good._replace(issuer="https://issuer.invalid"),
        about._replace(name=NAME.replace("octo", "mallory")),
    ]

    assert [verifiers.cosign(case) for case in (good, about)] == ["", ""]
    assert all(verifiers.cosign(case) for case in (*bad, about._replace(file=other)))
    answers = verifiers.sigstore_js([good, about, *bad])
    assert answers[:2] == ["", ""]
    assert all(answers[2:])
    assert verifiers.sigstore_python(good) == ""
    assert verifiers.sigstore_python(bad[0])


def test_what_cosign_signs_is_accepted_here(job: Tools, instance: Sigstore, tmp_path: Path) -> None:
    """The other way round: a bundle by cosign, in the same job, with the same instance."""
    import os
    import subprocess

    from tests.tools import require

    (subject,) = files(tmp_path)
    bundle = tmp_path / "theirs.json"
    argv = [str(require("cosign")), "sign-blob", "--yes", "--signing-config", str(instance.signing_config)]
    argv += ["--trusted-root", str(instance.trusted_root), "--bundle", str(bundle), str(subject.path)]
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **instance.environment()}
    subprocess.run(argv, env=env, capture_output=True, check=True, timeout=120)

    SigstoreSigner.check(subject, bundle.read_bytes(), trust(instance))
    with pytest.raises(IntegrityError):
        SigstoreSigner.check(subject, bundle.read_bytes(), trust(instance, repository="https://github.com/octo/other"))


def test_one_certificate_signs_many_files_side_by_side(job: Tools, instance: Sigstore, tmp_path: Path) -> None:
    """One identity token and one certificate; each file's bundle holds for that file alone."""
    subjects = files(tmp_path, 40)

    made = sign_all(signer(instance.trust_config, job), subjects, window=5, tools=job)

    assert instance.issuer.asked == ["sigstore"]
    assert len(instance.fulcio.requests) == 1
    assert sum("POST" in request for request in instance.rekor.requests) == 40
    for subject in subjects:
        SigstoreSigner.check(subject, made[subject.path], trust(instance))
    with pytest.raises(IntegrityError):
        SigstoreSigner.check(subjects[0], made[subjects[1].path], trust(instance))


def test_everything_that_is_asked_of_the_signer_is_checked(job: Tools, instance: Sigstore, tmp_path: Path) -> None:
    """Name, issuer, repository, workflow, ref and commit, each alone; the reason names both sides in one sentence."""
    (subject,) = files(tmp_path)
    bundle = signer(instance.trust_config_v1, job).sign(subject)
    right = {"name": NAME, "workflow": ".github/workflows/release.yml", "ref": "refs/tags/v1.2.0", "commit": "c" * 40}

    SigstoreSigner.check(subject, bundle, trust(instance, **right))
    for asked, other in [*right.items(), ("issuer", "x"), ("repository", "x")]:
        with pytest.raises(IntegrityError, match="not") as caught:
            SigstoreSigner.check(subject, bundle, trust(instance, **{asked: f"{other}x"}))
        assert len(str(caught.value).splitlines()[0]) < 250
    with pytest.raises(UsageError, match="anybody has one"):
        SigstoreSigner.check(subject, bundle, Trust(trust_root=instance.trusted_root.read_bytes()))


FAULTS: dict[str, Callable[[Sigstore], None]] = {}


def fault(function: Callable[[Sigstore], None]) -> Callable[[Sigstore], None]:
    FAULTS[function.__name__.replace("_", " ")] = function
    return function


def times(count: int, status: int) -> Callable[..., int | None]:
    left = [status] * count
    return lambda *_: left.pop() if left else None


@fault
def the_issuer_answers_503_twice(instance: Sigstore) -> None:
    instance.issuer.status = [503, 429]


@fault
def fulcio_answers_500_twice(instance: Sigstore) -> None:
    instance.fulcio.before = times(2, 500)


@fault
def fulcio_loses_its_answer(instance: Sigstore) -> None:
    lost = [True]
    instance.fulcio.after = lambda *_: bool(lost and lost.pop())


@fault
def rekor_answers_502_twice(instance: Sigstore) -> None:
    instance.rekor.before = times(2, 502)
    instance.rekor_v1.before = times(2, 502)


@fault
def rekor_says_that_the_entry_is_there(instance: Sigstore) -> None:
    instance.rekor.before = times(1, 409)
    instance.rekor_v1.before = times(1, 409)


@fault
def rekor_commits_and_loses_its_answer(instance: Sigstore) -> None:
    lost, lost_v1 = [True], [True]
    instance.rekor.after = lambda *_: bool(lost and lost.pop())
    instance.rekor_v1.after = lambda: bool(lost_v1 and lost_v1.pop())


@fault
def rekor_commits_and_answers_500(instance: Sigstore) -> None:
    wrong, wrong_v1 = [500], [503]
    instance.rekor.after = lambda *_: wrong.pop() if wrong else 0
    instance.rekor_v1.after = lambda: wrong_v1.pop() if wrong_v1 else 0


@fault
def fulcio_certifies_and_answers_504(instance: Sigstore) -> None:
    wrong = [504]
    instance.fulcio.after = lambda *_: wrong.pop() if wrong else 0


@fault
def the_timestamp_authority_is_down_twice(instance: Sigstore) -> None:
    instance.tsa.before = times(2, 500)


@pytest.mark.parametrize("name", FAULTS)
def test_what_may_pass_is_tried_again(
    name: str, config: Path, job: Tools, instance: Sigstore, tmp_path: Path, said: io.StringIO
) -> None:
    """The signature is made in the end, holds, and people saw why it took longer."""
    FAULTS[name](instance)
    subjects = files(tmp_path, 3)

    made = sign_all(signer(config, job), subjects, window=900, tools=job)

    for subject in subjects:
        SigstoreSigner.check(subject, made[subject.path], trust(instance))
    assert "looking again in" in said.getvalue()


@pytest.mark.parametrize("part", ["issuer", "fulcio", "rekor"])
def test_who_does_not_answer_is_asked_again(
    part: str, job: Tools, instance: Sigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes the request and says nothing: our own time limit ends it, and the next one answers."""
    monkeypatch.setattr(_instance, "_ANSWER", 0.3)
    monkeypatch.setattr(http, "time_for", lambda _size: 0.3)
    silent, over = [True], threading.Event()

    def wait(*_: object) -> int | None:
        if silent and silent.pop():
            over.wait(20)
            return 503
        return None

    if part == "issuer":
        monkeypatch.setattr(instance.issuer, "token", _waiting(wait, instance.issuer.token))
    else:
        getattr(instance, part).before = wait
    (subject,) = files(tmp_path)

    try:
        made = sign_all(signer(instance.trust_config, job), [subject], window=60, tools=job)
    finally:
        over.set()

    SigstoreSigner.check(subject, made[subject.path], trust(instance))
    assert not silent


def _waiting(wait: Callable[[], object], token: Callable[[str], str]) -> Callable[[str], str]:
    def slow(audience: str) -> str:
        wait()
        return token(audience)

    return slow


@pytest.mark.parametrize("part", ["issuer", "fulcio", "rekor", "tsa"])
def test_an_outage_ends_the_job_when_its_window_is_over(
    part: str, job: Tools, instance: Sigstore, tmp_path: Path
) -> None:
    """Exit 5 after the whole window, with what to do; nothing was signed by halves."""
    if part == "issuer":
        instance.issuer.status = [503] * 1000
    else:
        getattr(instance, part).before = lambda *_: 503

    with pytest.raises(RemoteUnreachable, match="gave up") as caught:
        sign_all(signer(instance.trust_config, job), files(tmp_path), window=900, tools=job)

    assert caught.value.problems[0].hint
    assert 880 < job.clock.monotonic() <= 900


@pytest.mark.parametrize(("part", "status"), [("issuer", 403), ("fulcio", 400), ("rekor", 400)])
def test_a_refusal_is_final(part: str, status: int, job: Tools, instance: Sigstore, tmp_path: Path) -> None:
    """Exit 4 at once: asking again would change nothing."""
    if part == "issuer":
        instance.issuer.status = [status]
    else:
        getattr(instance, part).before = lambda *_: status

    with pytest.raises(RemoteRefused) as caught:
        sign_all(signer(instance.trust_config, job), files(tmp_path), window=900, tools=job)

    assert str(status) in str(caught.value)
    assert job.clock.monotonic() == 0


@pytest.mark.parametrize("minutes", [10, -10])
def test_a_clock_that_is_wrong_is_told(minutes: int, job: Tools, instance: Sigstore, tmp_path: Path) -> None:
    """The issuer is ten minutes off: refused, not tried for a quarter of an hour, and the clock is named."""
    instance.issuer.shift = minutes * 60

    with pytest.raises(RemoteRefused) as caught:
        sign_all(signer(instance.trust_config, job), files(tmp_path), window=900, tools=job)

    assert "clock" in caught.value.problems[0].hint


def test_a_certificate_of_somebody_else_is_not_used(job: Tools, instance: Sigstore, tmp_path: Path) -> None:
    """Fulcio certifies another repository than the token says: found out before anything is written."""
    made = signer(instance.trust_config_v1, job)
    token = instance.issuer.token

    def swapped(audience: str) -> str:
        instance.issuer.claims["repository"] = "mallory/demo"
        return token(audience)

    made._certified._expected = lambda _raw: Identity(repository=f"https://github.com/{REPOSITORY}")
    instance.issuer.token = swapped  # type: ignore[method-assign]
    try:
        with pytest.raises(IntegrityError, match="mallory"):
            made.sign(files(tmp_path)[0])
    finally:
        instance.issuer.token = token  # type: ignore[method-assign]


def event(tmp_path: Path, visibility: str) -> dict[str, str]:
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"repository": {"visibility": visibility, "private": visibility != "public"}}))
    return {"GITHUB_EVENT_PATH": str(path)}


@pytest.mark.parametrize("visibility", ["private", "internal"])
def test_names_of_private_repositories_are_not_sent_to_a_public_log(
    visibility: str, job: Tools, instance: Sigstore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GitHub's own instance is chosen by the event, before the first request; where it has none, exit 2; all else is a wish."""
    told = replace(job, environment={**job.environment, **event(tmp_path, visibility)})
    other = replace(told, environment={**told.environment, "GITHUB_SERVER_URL": "https://github.example.com"})
    public: list[bool] = []
    monkeypatch.setattr(_instance, "_public", lambda *, offline: public.append(offline))

    with pytest.raises(UsageError, match=f"the repository is {visibility}") as caught:
        SigstoreSigner.create({}, other)
    made = SigstoreSigner.create({}, told)

    assert "allow-public-log" in caught.value.problems[0].hint
    assert (made.public, instance.issuer.asked, instance.fulcio.requests, public) == (False, [], [], [])
    monkeypatch.setattr(_instance, "private", lambda _server: _instance.signing(instance.trust_config.read_text()))
    (subject,) = files(tmp_path)
    SigstoreSigner.check(subject, made.sign(subject), trust(instance))
    assert public == []
    assert SigstoreSigner.create({"allow-public-log": "true"}, told).public
    assert not SigstoreSigner.create({"trust-config": str(instance.trust_config)}, told).public


@pytest.mark.parametrize("visibility", ["private", ""])
def test_where_the_event_does_not_say_the_token_decides(visibility: str, job: Tools, instance: Sigstore) -> None:
    """GitHub's own word, asked for before the certificate; a token that does not say is not taken for public."""
    instance.issuer.claims["repository_visibility"] = visibility
    elsewhere = replace(job, environment={**job.environment, "GITHUB_SERVER_URL": "https://github.example.com"})

    with pytest.raises(UsageError, match="private" if visibility else "not known"):
        Choice("", elsewhere if visibility else job, allowed=False).ask()

    instance.issuer.claims["repository_visibility"] = "public"
    assert Choice("", elsewhere, allowed=False).ask()


def test_a_job_without_permission_is_told_which(tools: Tools) -> None:
    """No identity, no request."""
    with pytest.raises(UsageError, match="no identity") as caught:
        SigstoreSigner.create({}, tools)
    assert "id-token: write" in caught.value.problems[0].hint


@pytest.mark.parametrize("content", ["{}", "[]", "{", '{"mediaType": "application/vnd.dev.sigstore.trustedroot+json"}'])
def test_a_trust_configuration_that_is_none(content: str, job: Tools, tmp_path: Path) -> None:
    """Told before the first request."""
    path = tmp_path / "config.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="trust configuration cannot be used"):
        signer(path, job)
    with pytest.raises(UsageError, match="cannot read it"):
        signer(tmp_path / "none.json", job)
