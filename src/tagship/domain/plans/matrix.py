"""Legs as a GitHub Actions matrix.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
"""

from typing import Final

import msgspec

from tagship.domain.plans.plan import Plan
from tagship.domain.plans.probes import jobs

NOTHING: Final = '{"include":[]}'
"""A matrix without any entry; a job of one would fail, so workflows skip it."""


def build_matrix(plan: Plan) -> str:
    """Write the value for ``strategy.matrix``: one entry per leg with ``leg``, ``runner`` and ``slot``.

    Outputs of a matrix job are combined, and those of one name overwrite each other: a workflow hands on each leg's digests
    by an output of its own, ``digests-<slot>``
    (https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/pass-job-outputs).
    """
    include = [{"leg": leg.id, "runner": leg.runner, "slot": slot} for slot, leg in enumerate(plan.legs)]
    return msgspec.json.encode({"include": include}).decode()


def probe_matrix(plan: Plan) -> str:
    """Write the matrix of the probes: one entry per job with ``probe`` (ids, comma-separated), ``runner`` and ``slot``.

    Starting a runner takes longer than a probe: all of one runner's are one job, as far as that goes.
    """
    include = [
        {"probe": ",".join(job.probes), "runner": job.runner, "slot": slot}
        for slot, job in enumerate(jobs(plan.probes))
    ]
    return msgspec.json.encode({"include": include}).decode()
