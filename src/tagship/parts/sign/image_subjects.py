"""Images as registries will know them: statements are about these digests too, for nobody pulls the file they travel in."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tagship import plugins
from tagship.domain.plans.plan import Plan
from tagship.domain.proofs import provenance
from tagship.ports import Naming

Subjects = Mapping[str, Mapping[str, str]]


def of(plan: Plan, paths: Mapping[str, Path]) -> Subjects:
    """Return the images of each package id that a channel publishes: their names, with the SHA-256 of their manifests."""
    found: dict[str, dict[str, str]] = {}
    packages = {package.id: package for package in plan.packages}
    images = {artifact.name for artifact in plan.artifacts if artifact.kind == "image"}
    for entry in plan.channels:
        kind = plugins.load("channels", entry.kind)
        files = [paths[name] for name in entry.artifacts if name in images]
        if isinstance(kind, Naming) and files:
            name, sha256 = kind.subject(entry, packages[entry.package], files)
            found.setdefault(entry.package, {})[name] = sha256
    return found


def signatures(images: Subjects) -> Iterator[bytes]:
    """Write what ``cosign verify`` looks for: a statement per image that it is signed, and nothing more."""
    named = {name: sha256 for each in images.values() for name, sha256 in each.items()}
    for sha256 in sorted(set(named.values())):
        subjects = [(name, digest) for name, digest in sorted(named.items()) if digest == sha256]
        yield provenance.statement(subjects, provenance.IMAGE_SIGNATURE, {})
