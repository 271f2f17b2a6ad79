"""Workflow runs that were dispatched: https://docs.github.com/en/rest/actions/workflows.

A run is seen some time after it was asked for (`Settings.run_delay`), which is why tools have to wait for it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from tests.fakes.github import render_run
from tests.fakes.github.access import repository_of
from tests.fakes.github.errors import ApiError, not_found
from tests.fakes.github.messages import Request, Response
from tests.fakes.github.paging import page_of
from tests.fakes.github.rules import check_fields
from tests.fakes.github.state import Repository, World
from tests.fakes.github.values import Run, Workflow

RANGES: Final = (">=", "<=", ">", "<")


def dispatch(world: World, request: Request) -> Response:
    """Ask for a run at a branch or tag; 204 tells nothing about it, unless its details are asked for.

    Wording: convictional/trigger-workflow-and-wait#44 (ref), benc-uk/workflow-dispatch#65 (trigger).
    """
    repository = repository_of(world, request)
    workflow = _workflow(repository, request)
    content = request.content()
    check_fields(content, {"ref": "string", "return_run_details": "boolean"}, required=("ref",))
    name, sha = _branch_or_tag(repository, content["ref"])
    if not workflow.dispatch:
        raise ApiError(422, "Workflow does not have 'workflow_dispatch' trigger")
    made = Run(
        id=world.next_id(),
        number=len(repository.runs) + 1,
        workflow=workflow.file,
        ref=name,
        sha=sha,
        actor=request.identity.login or "",
        created_at=world.clock(),
        inputs=content.get("inputs") or {},
    )
    repository.runs[made.id] = made
    if not content.get("return_run_details"):
        return Response(status=204)
    return Response(status=200, content=render_run.dispatched(made, repository, request.site))


def list_runs(world: World, request: Request) -> Response:
    """List a workflow's runs that are seen already, newest first."""
    repository = repository_of(world, request)
    workflow = _workflow(repository, request)
    of_workflow = [run for run in repository.runs.values() if run.workflow == workflow.file]
    seen = [run for run in of_workflow if _is_seen(run, repository, world)]
    found = [run for run in reversed(seen) if _fits(run, request.query)]
    page = page_of([render_run.run(each, repository, request.site) for each in found], request)
    content = {"total_count": len(found), "workflow_runs": page.content}
    return Response(status=200, content=content, headers=page.headers)


def get_run(world: World, request: Request) -> Response:
    repository = repository_of(world, request)
    found = repository.runs.get(request.number("run_id"))
    if found is None or not _is_seen(found, repository, world):
        raise not_found()
    return Response(status=200, content=render_run.run(found, repository, request.site))


def _workflow(repository: Repository, request: Request) -> Workflow:
    """Find a workflow by its file's name or its number."""
    wanted = request.params["workflow_id"]
    for each in repository.settings.workflows:
        workflow = each if isinstance(each, Workflow) else Workflow(file=each)
        if wanted in (workflow.file, str(render_run.workflow_number(workflow.file))):
            return workflow
    raise not_found()


def _branch_or_tag(repository: Repository, reference: str) -> tuple[str, str]:
    """Find a branch or tag; a sha is neither."""
    short = reference.removeprefix("refs/heads/").removeprefix("refs/tags/")
    sha = repository.branches.get(short) or repository.tags.get(short)
    if sha is None:
        raise ApiError(422, f"No ref found for: {reference}")
    return short, sha


def _is_seen(run: Run, repository: Repository, world: World) -> bool:
    delay = repository.settings.run_delay
    if isinstance(delay, timedelta):
        return world.clock() >= run.created_at + delay
    repository.listings[run.id] = repository.listings.get(run.id, 0) + 1
    return repository.listings[run.id] > delay


def _fits(run: Run, query: Mapping[str, str]) -> bool:
    facts = {"event": "workflow_dispatch", "branch": run.ref, "head_sha": run.sha, "actor": run.actor}
    facts["status"] = "queued"
    given = {name: query[name] for name in facts if name in query}
    return all(facts[name] == value for name, value in given.items()) and _is_within(run, query.get("created", ""))


def _is_within(run: Run, span: str) -> bool:
    """Read a date, or a range of dates, as https://docs.github.com/search-github (date syntax) describes."""
    if not span:
        return True
    created = render_run.moment(run.created_at) or ""
    first, dots, last = span.partition("..")
    if dots:
        return (first == "*" or created >= first) and (last == "*" or created[: len(last)] <= last)
    sign = next((each for each in RANGES if span.startswith(each)), "")
    date = span.removeprefix(sign)
    cut = created[: len(date)]
    verdicts: dict[str, Any] = {"": cut == date, ">=": cut >= date, "<=": cut <= date, ">": cut > date, "<": cut < date}
    return bool(verdicts[sign])
