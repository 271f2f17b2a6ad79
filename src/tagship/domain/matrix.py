"""Legs as a GitHub Actions matrix.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
"""

from typing import Final

import msgspec

from tagship.domain.plan import Plan
from tagship.errors import ProjectError

MAX_JOBS: Final = 256
"""Jobs of one matrix, GitHub's limit."""


def build_matrix(plan: Plan) -> str:
    """Write the value for ``strategy.matrix``: one entry per leg with ``leg`` and ``runner``.

    Raises:
        ProjectError: more legs than GitHub starts.

    """
    if len(plan.legs) > MAX_JOBS:
        hint = "release fewer packages at once, or build fewer targets"
        raise ProjectError(f"{len(plan.legs)} legs are more than the {MAX_JOBS} jobs of one matrix", hint=hint)
    include = [{"leg": leg.id, "runner": leg.runner} for leg in plan.legs]
    return msgspec.json.encode({"include": include}).decode()


def probe_matrix(plan: Plan) -> str:
    """Write the matrix of the probes: one entry per probe with ``probe`` and ``runner``."""
    include = [{"probe": probe.id, "runner": probe.runner} for probe in plan.probes]
    return msgspec.json.encode({"include": include}).decode()
