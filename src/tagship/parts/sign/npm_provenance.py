"""Provenance for npm's registry: which tarballs of a plan get a statement of their own, and why others do not.

npm refuses a whole version over a statement that it does not like, so what it would refuse is not made.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tagship.adapters.files import sha512_of
from tagship.channels import _npm_document
from tagship.domain.plans.artifact import attestations_name
from tagship.domain.plans.channel import Owed
from tagship.domain.plans.plan import ChannelPlan, Plan
from tagship.domain.proofs import claims, npm_provenance
from tagship.parts.sign import attesting
from tagship.ports import Tools


def statements(
    plan: Plan, paths: Mapping[str, Path], digests: Mapping[str, str], tools: Tools, *, public: bool, window: float
) -> Iterator[bytes]:
    """Write one about each tarball that a channel wants one of; ``public``: an instance signs that everybody trusts.

    Raises:
        UsageError: the token is not of a GitHub job.
        IntegrityError: a file is no npm package.

    """
    asked, wanted = _wanted(plan, public=True), _wanted(plan, public=public)
    if asked != wanted:
        tools.reporter.notice("no npm provenance is made for npmjs.org: it trusts the public instance of Sigstore only")
    if not wanted:
        return
    said = attesting.said_of_job(tools, window)
    why = npm_provenance.refused(said)
    if why:
        tools.reporter.notice(f"no npm provenance is made: {why}")
        return
    job = claims.of_job(said)
    for name, entries in sorted(wanted.items()):
        path = paths[name]
        tarball = _npm_document.read(Owed(name=name, path=str(path), size=path.stat().st_size, sha256=digests[name]))
        source, what = npm_provenance.source_of(tarball.manifest), f"no npm provenance of {tarball.name} is made"
        if all(tarball.access(entry.options) != "public" for entry in entries):
            tools.reporter.notice(f"{what}: npm takes it of public packages only")
        elif source != job.repository:
            told = f"its package.json names {source or 'no repository at GitHub'}, and it is built in {job.repository}"
            tools.reporter.warning(f'{what}: {told}; write "repository": "github:{job.repository}" there')
        else:
            subject = npm_provenance.package_url(tarball.name, tarball.version)
            yield npm_provenance.statement(job, subject, sha512_of(path), claims.server_of(tools.environment))


def _wanted(plan: Plan, *, public: bool) -> dict[str, list[ChannelPlan]]:
    """Return the tarballs of which channels want one; the file of statements is planned for those channels only."""
    stated = attestations_name(plan.name, plan.version)
    wanted: dict[str, list[ChannelPlan]] = {}
    for entry in plan.channels:
        if entry.kind != "npm" or stated not in entry.artifacts:
            continue
        if public or entry.options.get("provenance") == npm_provenance.ALWAYS:
            for artifact in plan.built:
                if artifact.name in entry.artifacts:
                    wanted.setdefault(artifact.name, []).append(entry)
    return wanted
