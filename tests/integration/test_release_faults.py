"""Whatever goes wrong on the way, release-assets ends in the same state, and no write is repeated blindly."""

from collections.abc import Callable

import pytest

from tests.fakes.github import Answer, Drop, Reset, Starter, secondary_limit
from tests.fakes.github.faults import Effect
from tests.integration.release_run import FILES, Project, is_publication, sha256s

FAULTS: dict[str, Callable[[], Effect]] = {
    "500": lambda: Answer(status=500),
    "502": lambda: Answer(status=502),
    "429": lambda: secondary_limit(status=429),
    "403 with Retry-After": secondary_limit,
    "reset": Reset,
    "drop": Drop,
}
# Reads: releases, releases again, assets; then three uploads, assets, releases (for latest), publication, assets.
REQUESTS = range(1, 12)
WRITES = {"create": ("POST", r"/releases$"), "upload": ("POST", r"/assets$"), "publish": ("PATCH", r"/releases/\d+$")}


def converged(project: Project) -> bool:
    """Whether there is one release, published, with exactly the planned bytes."""
    return not project.only.draft and sha256s() == project.digests()


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_a_write_is_overcome(project: Project, fault: str, write: str) -> None:
    """Refused for now, broken off, or done without an answer: looked at again, then finished."""
    method, path = WRITES[write]
    project.server.faults.add(FAULTS[fault](), method=method, path=path)

    done = project.release()

    assert (done.code, done.outputs["state"]) == (0, "created"), done.err
    assert converged(project)
    names = [entry.query["name"] for entry in project.writes if entry.host == "uploads" and entry.status == 201]
    assert sorted(set(names)) == sorted(names), "no file is sent again that had arrived"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_while_repairing_a_draft_is_overcome(project: Project, fault: str) -> None:
    """The writes that a second run makes: taking an asset off, and changing the notes."""
    assert project.release("--draft").code == 0
    project.put({"one.txt": b"another\n"})
    for method in ("DELETE", "PATCH"):
        project.server.faults.add(FAULTS[fault](), method=method)

    done = project.release("--body", "New notes.")

    assert (done.code, done.outputs["state"]) == (0, "updated"), done.err
    assert project.digests() == sha256s({**FILES, "one.txt": b"another\n"})
    assert not project.only.draft
    assert (project.only.body or "").startswith("New notes.")


@pytest.mark.parametrize("number", REQUESTS)
def test_a_dropped_answer_at_any_request_is_overcome(project: Project, number: int) -> None:
    """By number, so that reads are hit too."""
    project.server.faults.add(Drop(), number=number)

    done = project.release("--parallel", "1")

    assert done.code == 0, done.err
    assert converged(project)
    assert project.server.journal.entries[number - 1].fault


def test_a_draft_whose_answer_got_lost_is_found_again(project: Project) -> None:
    """One creation, not two."""
    project.server.faults.add(Drop(), method="POST", path="/releases$")

    assert project.release().code == 0
    assert len([entry for entry in project.writes if entry.path.endswith("/releases")]) == 1


def test_a_broken_upload_is_repaired_in_the_same_run(project: Project) -> None:
    """A `starter` is taken off and the file sent again."""
    project.server.faults.add(Starter(), method="POST", path="/assets$", skip=1)

    done = project.release()

    assert done.code == 0, done.err
    assert converged(project)
    assert len([entry for entry in project.writes if entry.method == "DELETE"]) == 1


def test_a_name_that_another_run_holds_is_waited_for(project: Project) -> None:
    """Taken, but not listed: somebody is uploading it now; that is no refusal until the window is over."""
    taken = Answer(status=422, message="Validation Failed: name already_exists")
    project.server.faults.add(taken, method="POST", path="/assets$", times=4)

    done = project.release("--parallel", "1")

    assert done.code == 0, done.err
    assert converged(project)


def test_progress_renews_the_window(project: Project) -> None:
    """Every second upload fails: single faults with progress in between do not add up to a remote that keeps failing."""
    project.put({f"{number}.txt": b"x" for number in range(5)})
    for skip in range(6):
        project.server.faults.add(Answer(status=502), method="POST", path="/assets$", skip=skip)

    done = project.release("--parallel", "1", "--retry-window", "1")

    assert done.code == 0, done.err
    assert done.err.count("502") == 6


@pytest.mark.parametrize("path", [r"/releases$", r"/assets$"], ids=["list", "upload"])
def test_a_remote_that_keeps_failing_is_given_up(project: Project, path: str) -> None:
    """Exit 5 when the window is over; nothing is published."""
    project.server.faults.add(Answer(status=503), path=path, times=None)

    done = project.release("--retry-window", "1")

    assert done.code == 5
    assert "503" in done.err
    assert "run it again" in done.err
    assert all(release.draft for release in project.releases)


def test_a_limit_beyond_the_window_is_told_at_once(project: Project) -> None:
    """A remote that asks for an hour is not waited for, and not asked again."""
    project.server.faults.add(secondary_limit(retry_after=3600), method="POST", path="/releases$", times=None)

    done = project.release()

    assert done.code == 5
    assert len(project.writes) == 1


def test_nobody_there_is_unreachable(project: Project) -> None:
    """Exit 5, not 70."""
    done = project.release("--retry-window", "0", GITHUB_API_URL="http://127.0.0.1:1")

    assert done.code == 5
    assert "did not answer" in done.err


def test_a_failed_upload_stops_the_others(project: Project) -> None:
    """After a failure no further file is begun: a limit is not answered with more requests."""
    project.put({f"{number:02}.txt": b"x" for number in range(20)})
    project.server.faults.add(secondary_limit(retry_after=3600), method="POST", path="/assets$", times=None)

    done = project.release("--parallel", "2")

    assert done.code == 5
    assert len([entry for entry in project.writes if entry.host == "uploads"]) <= 4
    assert len(FILES) + 20 > 4


def test_publication_comes_after_all_uploads_whatever_happens(project: Project) -> None:
    """With faults at every kind of write the publication is still last."""
    for method, path in WRITES.values():
        project.server.faults.add(Answer(status=502), method=method, path=path)

    assert project.release().code == 0

    order = [is_publication(entry) for entry in project.writes]
    assert sorted(order) == order
