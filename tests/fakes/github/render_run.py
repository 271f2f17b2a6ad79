"""Workflow runs as the JSON that GitHub answers."""

from typing import Any

from tests.fakes.github import repositories
from tests.fakes.github.messages import Site
from tests.fakes.github.render import EMPTY_TREE, moment, node_id, user
from tests.fakes.github.state import Repository
from tests.fakes.github.values import Run

__all__ = ["dispatched", "moment", "run", "workflow_number"]

TASKS = {
    "jobs_url": "jobs",
    "logs_url": "logs",
    "cancel_url": "cancel",
    "rerun_url": "rerun",
    "artifacts_url": "artifacts",
}


def workflow_number(file: str) -> int:
    """Give a workflow the number that GitHub would give it in its life."""
    return 10_000 + sum(file.encode())


def dispatched(value: Run, repository: Repository, site: Site) -> dict[str, Any]:
    """Describe a run that was just asked for."""
    address, page = _addresses(value, repository, site)
    return {"workflow_run_id": value.id, "run_url": address, "html_url": page}


def run(value: Run, repository: Repository, site: Site) -> dict[str, Any]:
    address, page = _addresses(value, repository, site)
    source = f"{site.api}/repos/{repository.settings.full_name}"
    suite = value.id + 1
    about = repositories.described(repository, site)
    return {name: f"{address}/{end}" for name, end in TASKS.items()} | {
        "id": value.id,
        "name": value.workflow.rpartition(".")[0],
        "node_id": node_id("WFR", value.id),
        "check_suite_id": suite,
        "check_suite_node_id": node_id("CS", suite),
        "check_suite_url": f"{source}/check-suites/{suite}",
        "head_branch": value.ref,
        "head_sha": value.sha,
        "path": f".github/workflows/{value.workflow}",
        "run_number": value.number,
        "run_attempt": 1,
        "event": "workflow_dispatch",
        "display_title": value.workflow.rpartition(".")[0],
        "status": "queued",
        "conclusion": None,
        "workflow_id": workflow_number(value.workflow),
        "workflow_url": f"{source}/actions/workflows/{workflow_number(value.workflow)}",
        "url": address,
        "html_url": page,
        "pull_requests": [],
        "created_at": moment(value.created_at),
        "updated_at": moment(value.created_at),
        "run_started_at": moment(value.created_at),
        "actor": user(value.actor, site),
        "triggering_actor": user(value.actor, site),
        "previous_attempt_url": None,
        "head_commit": _head(value, repository),
        "repository": about,
        "head_repository": about,
    }


def _head(value: Run, repository: Repository) -> dict[str, Any]:
    commit = repository.commits[value.sha]
    return {
        "id": commit.sha,
        "tree_id": commit.tree or EMPTY_TREE,
        "message": commit.message,
        "timestamp": moment(commit.date),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def _addresses(value: Run, repository: Repository, site: Site) -> tuple[str, str]:
    full_name = repository.settings.full_name
    return f"{site.api}/repos/{full_name}/actions/runs/{value.id}", f"{site.web}/{full_name}/actions/runs/{value.id}"
