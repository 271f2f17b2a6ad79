"""What release-assets refuses: each with its exit code, a hint, and nothing changed."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.fakes.github import READ_TOKEN, WRITE_TOKEN, Delay, GithubServer
from tests.integration.release_run import FILES, TAG, Project, program, sha256s
from tests.tools.node import openapi_description


def test_no_token_is_a_usage_error(project: Project) -> None:
    """Exit 2 before the first request, and the hint names the variable and the permission."""
    done = project.release(GITHUB_TOKEN="")

    assert done.code == 2
    assert "GITHUB_TOKEN" in done.err
    assert "contents: write" in done.err
    assert project.server.journal.entries == ()


@pytest.mark.parametrize(
    ("token", "status", "hint"),
    [("no-such-token", "401", "wrong or expired"), (READ_TOKEN, "403", "permissions: contents: write")],
)
def test_a_token_that_may_not_is_refused(project: Project, token: str, status: str, hint: str) -> None:
    """Exit 4 with what to do, at once: refused authorisation is not tried again."""
    done = project.release(GITHUB_TOKEN=token)

    assert done.code == 4
    assert status in done.err
    assert hint in done.err
    assert project.releases == []
    assert len(project.server.journal.entries) <= 2


def test_an_unknown_repository_is_refused(project: Project) -> None:
    """Exit 4 after one request."""
    done = project.release(GITHUB_REPOSITORY="octo/nothing")

    assert done.code == 4
    assert "GITHUB_REPOSITORY" in done.err
    assert len(project.server.journal.entries) == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"empty.txt": b""}, "an empty file"),
        ({"a b.txt": b"1", "a.b.txt": b"2"}, "one name: a.b.txt"),
        ({"A.txt": b"1", "a.txt": b"2"}, "one name"),
        ({f"{number}.txt": b"x" for number in range(1001)}, "more than the 1000"),
    ],
    ids=["empty", "same name for GitHub", "case", "too many"],
)
def test_files_github_would_refuse_are_refused_before_the_first_request(
    project: Project, files: dict[str, bytes], said: str
) -> None:
    """Exit 6, no request."""
    project.put(files)

    done = project.release()

    assert done.code == 6
    assert said in done.err
    assert project.server.journal.entries == ()


def test_a_file_of_two_gibibytes_is_refused(project: Project) -> None:
    """GitHub takes files under 2 GiB; a sparse one costs nothing to try."""
    with (project.root / "files" / "big.bin").open("wb") as stream:
        stream.truncate(2 * 1024**3)

    done = project.release()

    assert done.code == 6
    assert "2 GiB" in done.err
    assert project.server.journal.entries == ()


def test_no_tag_is_a_usage_error_and_a_pushed_one_is_taken(project: Project) -> None:
    """Without ``tag`` the pushed one counts; a branch is none."""
    command = program("--files", "files/*")

    assert project.run(command, GITHUB_REF="refs/heads/main").code == 2
    assert project.server.journal.entries == ()
    assert project.run(command, GITHUB_REF="refs/tags/v1.0.0").code == 0
    assert project.only.tag_name == TAG


def test_notes_beyond_githubs_limit_are_refused(project: Project) -> None:
    """Exit 2, no request."""
    (project.root / "notes.md").write_text("x" * 125_001)

    assert project.release("--body-file", "notes.md").code == 2
    assert project.server.journal.entries == ()


def test_a_renamed_file_is_told(project: Project) -> None:
    """GitHub rewrites names; what it will be called is said, and a second run knows it again."""
    project.put({"ä (1).txt": b"umlaut", ".hidden~1.txt": b"tilde"})
    for path in (project.root / "files").glob("*.w*"):
        path.unlink()

    first = project.release("--files", "files/*,files/.hidden*")
    second = project.release("--files", "files/*,files/.hidden*")

    assert (second.code, second.outputs["state"]) == (0, "unchanged"), first.err + second.err
    assert "'ä (1).txt' will be called" in first.err
    assert {"default.hidden.1.txt", "default.1.txt"} <= set(project.digests())
    paths = {asset["name"]: asset["path"] for asset in json.loads(first.outputs["assets"])}
    assert paths["default.hidden.1.txt"] == "files/.hidden~1.txt"


def test_the_token_is_nowhere(project: Project) -> None:
    """Not in what is printed, not in addresses, not in an upload's name; GitHub's log command masks it."""
    project.put()
    done = project.release("--body", f"leak {WRITE_TOKEN}", "--name", "x", GITHUB_ACTIONS="true")
    failed = project.release(GITHUB_API_URL=f"http://127.0.0.1:1/{WRITE_TOKEN}", TAGSHIP_RETRY_WINDOW="0")

    masked = f"::add-mask::{WRITE_TOKEN}"
    assert done.code == 0
    assert masked in done.err
    assert WRITE_TOKEN not in (done.out + done.err).replace(masked, "")
    assert WRITE_TOKEN not in failed.out + failed.err
    requests = [(entry.path, dict(entry.query), dict(entry.headers)) for entry in project.server.journal.entries]
    assert WRITE_TOKEN not in repr(requests)


def test_a_token_in_argv_is_not_understood(project: Project) -> None:
    """There is no flag for a secret."""
    done = project.release("--token", "secret")

    assert done.code == 2
    assert project.server.journal.entries == ()


def test_a_netrc_does_not_replace_the_token(project: Project) -> None:
    """Requests prefers ``~/.netrc`` to a header unless told otherwise: uploads go with the token."""
    home = project.root / "home"
    home.mkdir()
    (home / ".netrc").write_text("machine 127.0.0.1 login somebody password else\n")

    done = project.release()

    assert done.code == 0, done.err
    assert {"right"} == {entry.authorization for entry in project.server.journal.entries}


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(project: Project) -> None:
    """Nothing, half a release and a whole one: each is told, none is changed."""
    nothing = project.release("--dry-run")
    assert project.releases == []
    project.release("--draft")
    project.put({"one.txt": b"new"})
    before = len(project.writes)
    half = project.release("--dry-run", "--body", "Other notes.")

    assert (nothing.code, half.code) == (0, 0), nothing.err + half.err
    assert before == len(project.writes)
    for said in ("would create a draft of v1.0.0", "would upload one.txt", "would publish it"):
        assert said in nothing.err
    for said in ("would replace one.txt", "would keep two.tar.gz", "would change its title, notes or flags"):
        assert said in half.err
    assert half.outputs["state"] == "unchanged"


def test_outputs_go_to_stdout_and_to_the_runner(project: Project) -> None:
    """One JSON object on stdout with ``--json``, the same values in GITHUB_OUTPUT, a table in the summary."""
    outputs, summary = project.root / "outputs", project.root / "summary"
    outputs.touch()
    summary.touch()

    done = project.release(GITHUB_OUTPUT=str(outputs), GITHUB_STEP_SUMMARY=str(summary), GITHUB_ACTIONS="true")

    told = done.outputs
    assert {"url", "id", "upload-url", "assets", "manifest", "state"} == set(told)
    assert f"{project.server.server_url}/octo/demo/releases/tag/v1.0.0" == told["url"]
    assert str(project.only.id) == told["id"]
    assets = json.loads(told["assets"])
    assert {name: f"sha256:{digest}" for name, digest in sha256s().items()} == {a["name"]: a["digest"] for a in assets}
    assert {f"files/{name}" for name in FILES} == {asset["path"] for asset in assets}
    assert all("/releases/download/v1.0.0/" in asset["url"] for asset in assets)
    written = outputs.read_text()
    for name in ("url", "id", "upload-url", "assets", "state"):
        assert f"{name}<<" in written
        assert told[name] in written
    assert "one.txt" in summary.read_text()


def test_without_digests_the_bytes_are_hashed(tmp_path: Path) -> None:
    """Older Enterprise Servers tell no digest: the bytes are downloaded and compared, and different ones are noticed."""
    with GithubServer(description=openapi_description()) as server:
        object.__setattr__(server.repository().settings, "asset_digests", False)
        project = Project(root=tmp_path, server=server)
        project.put()

        first = project.release()
        second = project.release()
        project.put({"one.txt": b"eno\n"})
        other = project.release()

        assert [(r.code, r.outputs["state"]) for r in (first, second)] == [(0, "created"), (0, "unchanged")], first.err
        assert (4, sha256s()) == (other.code, project.digests())
        assert server.violations == []
        listed = json.loads(second.outputs["assets"])
        assert {f"sha256:{digest}" for digest in sha256s().values()} == {asset["digest"] for asset in listed}


def test_a_file_that_changes_while_it_is_sent_is_noticed(project: Project) -> None:
    """Hashed, then changed before its upload, same size: exit 6, and the draft is not published."""
    project.server.faults.add(Delay(seconds=1), method="POST", path="/releases$")
    command = program("--files", "files/*", "--tag", TAG)
    with subprocess.Popen(command, cwd=project.root, env=project.environment(), stderr=subprocess.PIPE) as run:
        while not project.writes and run.poll() is None:
            time.sleep(0.01)
        project.put({"one.txt": b"eno\n"})
        said = run.communicate(timeout=60)[1].decode()

    assert run.returncode == 6, said
    assert "changed while it was sent" in said
    assert project.only.draft


def test_the_time_for_the_whole_step_is_kept(project: Project) -> None:
    """Exit 5 when ``timeout`` is over, and nothing is begun after it."""
    done = project.release("--timeout", "0")

    assert done.code == 5
    assert "not done after 0 minutes" in done.err
    assert project.server.journal.entries == ()


def test_a_spent_rate_limit_is_not_hammered(tmp_path: Path) -> None:
    """The hour's requests are used up: exit 5 at once, for the limit is renewed long after the window."""
    with GithubServer(description=openapi_description(), rate_limit=3) as server:
        project = Project(root=tmp_path, server=server)
        project.put()

        done = project.release()

        assert done.code == 5
        assert "rate limit" in done.err
        assert len(server.journal.entries) == 3, "what an answer says is left is heeded before it is refused"
        assert server.violations == []
