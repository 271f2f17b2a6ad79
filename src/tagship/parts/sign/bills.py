"""What each package of a release consists of: found once, made whole, its licences compared with what the project allows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tagship import plugins
from tagship.domain.components import licence_policy, sbom
from tagship.domain.plans.artifact import sbom_name
from tagship.domain.plans.plan import Package, Plan
from tagship.errors import Problem, ProjectError
from tagship.ports import Building, Format, FormatJob, Tools

_HINT: Final = "replace the dependency, or change `licenses` of tagship.yaml: `ignore` names what you have looked at"
Documents = Mapping[str, Mapping[str, Any]]


def formats() -> tuple[Format, ...]:
    """Return all formats, in the order they are made."""
    found: list[Format] = [plugins.load("formats", name) for name in plugins.names("formats")]
    return tuple(sorted(found, key=lambda each: each.stage))


def wanted(plan: Plan) -> bool:
    """Whether somebody reads them: a planned document, or a list of licences."""
    asked = any(artifact.kind == "sbom" for artifact in plan.artifacts)
    return asked or bool(plan.licenses.allow or plan.licenses.deny)


def resolved(job: FormatJob, tools: Tools) -> dict[str, dict[str, Any]]:
    """Return a whole CycloneDX document per package id: of what its build told, else of what an installer installs.

    Raises:
        ProjectError: the dependencies cannot be resolved, or a licence is not allowed.

    """
    found = {package.id: _document(job, package, tools) for package in job.plan.packages}
    refused = [
        Problem(message=each, file=sbom_name(package.id, package.version), hint=_HINT)
        for package in job.plan.packages
        for each in licence_policy.problems(found[package.id]["components"], job.plan.licenses)
    ]
    if refused:
        raise ProjectError.of(refused)
    return found


def _document(job: FormatJob, package: Package, tools: Tools) -> dict[str, Any]:
    files = _files(job, package)
    builder: Building = plugins.load("ecosystems", package.ecosystem)
    listed = job.components.get(package.id) or builder.bill_of_materials(package, files, tools)
    return sbom.complete(dict(listed), job.plan, package, {name: job.digests[name] for name in files})


def _files(job: FormatJob, package: Package) -> dict[str, Path]:
    mine = {artifact.name for artifact in job.plan.built if artifact.package == package.id}
    return {name: path for name, path in job.files.items() if name in mine}
