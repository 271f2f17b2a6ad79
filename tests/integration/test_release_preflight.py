"""What would make a release fail is known before anything is built, and asking changes nothing."""

import io
from dataclasses import replace
from pathlib import Path

import pytest

from tagship.errors import RemoteUnreachable
from tagship.steps import build_matrix
from tests.fakes.github import READ_TOKEN, Answer, GithubServer, Token
from tests.fakes.github.client import Client
from tests.integration import projects
from tests.integration.release_here import HastyClock, Here, Ran, tools_of
from tests.integration.release_run import FILES, TAG, write_plan

LOOK = {"files": "", "preflight": True}


@pytest.fixture
def here(tmp_path: Path, github_server: GithubServer) -> Here:
    """Give a project whose plan is for the commit on main; nothing is built."""
    made = Here(root=tmp_path, server=github_server)
    write_plan(made.root, head(made), FILES)
    (made.root / "dist" / "any" / "one.txt").unlink()
    return made


def head(here: Here) -> str:
    return here.server.repository().branches["main"]


def settings(here: Here, **changes: object) -> None:
    for name, value in changes.items():
        object.__setattr__(here.server.repository().settings, name, value)


def refused(here: Here, *said: str, **inputs: object) -> Ran:
    """Look, see the refusal, and see that nothing was changed."""
    releases, before = dict(here.server.repository().releases), len(here.server.journal.entries)
    ran = here.run(**{**LOOK, **inputs})
    assert ran.code == 4, ran.said
    for part in said:
        assert part in str(ran.error)
    assert here.server.repository().releases == releases
    writes = [entry for entry in here.server.journal.entries[before:] if entry.method != "GET"]
    assert {entry.path.rpartition("/")[2] for entry in writes} <= {"generate-notes"}
    return ran


def test_a_release_that_can_be_made_is_said_to_be(here: Here) -> None:
    """With the tag there and without; no file has to be built."""
    assert here.run(**LOOK).code == 0
    here.server.repository().tags[TAG] = head(here)
    ran = here.run(**LOOK)
    assert (ran.code, ran.said) == (0, f"{TAG} can be released\n")
    assert here.server.repository().releases == {}


def test_a_missing_permission_is_known(here: Here) -> None:
    """As well as a wrong token, with what the job needs."""
    refused(here, "contents: write", token=READ_TOKEN)
    refused(here, "401", token="no-such-token")
    here.server.world.tokens["public-only"] = Token(contents="read")
    refused(here, "Resource not accessible", token="public-only")


def test_a_tag_on_another_commit_is_known(here: Here) -> None:
    """Both commits are named; an annotated tag counts by its commit."""
    repository = here.server.repository()
    planned = head(here)
    other = repository.commit("feat: later", date=here.server.world.clock())
    repository.tags[TAG] = other.sha
    refused(here, f"is on {other.sha[:12]}", f"the release is of {planned[:12]}")


def test_a_commit_that_was_not_pushed_is_known(here: Here) -> None:
    """GitHub could not make the tag."""
    write_plan(here.root, "f" * 40, FILES)
    refused(here, "GitHub does not have the commit ffffffffffff", "push it")


def test_a_protected_tag_is_known_where_it_is_still_to_be_made(here: Here) -> None:
    """A tag that is there already needs no making."""
    settings(here, protected_tags=("v*",))
    refused(here, "the ruleset 'release tags' forbids to make the tag v1.0.0")
    here.server.repository().tags[TAG] = head(here)
    assert here.run(**LOOK).code == 0


def test_a_burned_tag_is_known(here: Here) -> None:
    """The attestation of a deleted immutable release tells; as long as the release is there nothing is burned."""
    settings(here, immutable_releases=True)
    client = Client(here.server)
    client.publish(client.create(TAG, target_commitish=head(here)))
    (release,) = here.server.repository().releases.values()
    assert here.run(**LOOK).code == 0, "a re-run of a release is no new one"
    client.call("DELETE", f"/releases/{release.id}")

    refused(here, "was used by an immutable release that was deleted", "release a new version")

    assert here.run(tag=TAG, files="plan.json").code == 4, "GitHub really refuses it"


def test_all_reasons_are_told_together(here: Here) -> None:
    """One run, every problem."""
    settings(here, protected_tags=("v*",))
    write_plan(here.root, "f" * 40, FILES)
    ran = refused(here, "GitHub does not have the commit", "forbids to make the tag")
    assert ran.error
    assert len(ran.error.problems) == 2


def test_what_cannot_be_asked_is_told_and_is_no_reason_to_refuse(here: Here) -> None:
    """An older server without rulesets, a token that may not read attestations."""
    for path in ("rulesets", "attestations"):
        here.server.faults.add(
            Answer(status=403, message="Resource not accessible by integration"), path=path, times=None
        )
    ran = here.run(**LOOK)
    assert ran.code == 0
    assert ran.said.count("not known before the release") == 2


def test_a_hiccup_is_no_answer(here: Here) -> None:
    """Asked again; a server that stays away is exit 5."""
    here.server.faults.add(Answer(status=502), times=2)
    assert here.run(**LOOK).code == 0
    here.server.faults.add(Answer(status=502), times=None)
    assert here.run(**LOOK).code == 5


@pytest.fixture
def tagged(tmp_path: Path, github_server: GithubServer) -> tuple[projects.Project, dict[str, str]]:
    """Give a Python project with a tag that GitHub has not, and the variables of a job that only reads."""
    project = projects.make(tmp_path / "python", projects.SHAPES["hatch"])
    repository = github_server.repository()
    repository.commits[project.git("rev-parse", "HEAD")] = repository.commits[repository.branches["main"]]
    object.__setattr__(repository.settings, "protected_tags", ("v*",))
    return project, github_server.environment() | {"GITHUB_TOKEN": READ_TOKEN}


def test_build_matrix_asks_with_its_own_token(
    tagged: tuple[projects.Project, dict[str, str]], github_server: GithubServer
) -> None:
    """A token that only reads is enough to learn of rules, tags and burns; nothing is planned of what cannot be."""
    project, job = tagged

    refused = project.tagship("build-matrix", **job)

    assert refused.code == 4, refused.said
    assert "forbids to make the tag v1.2.0" in refused.err
    assert not (project.root / "plan.json").exists()

    repository = github_server.repository()
    commit = project.git("rev-parse", "HEAD")
    repository.commits[commit] = replace(repository.commits[commit], sha=commit)
    repository.tags["v1.2.0"] = commit
    allowed = project.tagship("build-matrix", **job)
    assert allowed.code == 0, allowed.said
    assert "v1.2.0 can be released; whether the token of the release may write is not known here" in allowed.err


def test_build_matrix_asks_nobody_without_a_token_or_when_told(
    tagged: tuple[projects.Project, dict[str, str]], github_server: GithubServer
) -> None:
    """On a laptop without a token planning needs no network."""
    project, job = tagged
    assert project.tagship("build-matrix", **{**job, "GITHUB_TOKEN": ""}).code == 0
    assert project.tagship("build-matrix", "--preflight", "false", **job).code == 0
    assert github_server.journal.entries == ()


def test_a_github_that_is_away_does_not_keep_a_plan_from_being_made(
    tagged: tuple[projects.Project, dict[str, str]],
) -> None:
    """Unless it was asked for; that ends with 5."""
    project, job = tagged
    clock = HastyClock()
    for wish, code in (("true", 5), ("auto", 0)):
        stream = io.StringIO()
        environment = {**job, "GITHUB_API_URL": "http://127.0.0.1:1"}
        tools = tools_of(environment, clock, stream)
        inputs = build_matrix.Inputs(working_directory=str(project.root), token=READ_TOKEN, preflight=wish)  # type: ignore[arg-type]
        if code:
            with pytest.raises(RemoteUnreachable):
                build_matrix.run(inputs, tools)
        else:
            assert build_matrix.run(inputs, tools).tag == "v1.2.0"
            assert "it is not known whether v1.2.0 can be released" in stream.getvalue()
