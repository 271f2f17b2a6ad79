"""Where an npm package comes from, as npm's registry wants to be told: about the package, by the SHA-512 of its tarball.

The statement is byte for byte that of npm's own client in GitHub Actions:
https://github.com/npm/cli/blob/latest/workspaces/libnpmpublish/lib/provenance.js; what the registry refuses:
https://docs.npmjs.com/generating-provenance-statements.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from tagship.domain.files.program_npm import tarball_name
from tagship.domain.proofs.claims import GITHUB, PUBLIC, Claims
from tagship.domain.proofs.provenance import SLSA, STATEMENT
from tagship.domain.text.lazy_pattern import lazy
from tagship.errors import IntegrityError

BUILD_TYPE: Final = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1"
BUILDER: Final = "https://github.com/actions/runner"
ALWAYS: Final = "always"
CHOICES: Final = ("auto", ALWAYS, "never")
_PREFIX: Final = "pkg:npm/"
_SHA512: Final = lazy(r"[0-9a-f]{128}")
_HOSTED: Final = "github-hosted"
_AT_GITHUB: Final = lazy(
    r"^(?:github:|(?:git\+)?(?:https?|git|ssh)://(?:[^/@]+@)?github\.com/|git@github\.com:|)"
    r"(?P<name>[A-Za-z0-9-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?$"
)


def package_url(name: str, version: str) -> str:
    """Name a package as npm's client does: of all that could be escaped, only the scope's ``@`` is."""
    return f"{_PREFIX}{re.sub('^@', '%40', name)}@{version}"


def statement(claims: Claims, subject: str, sha512: str, server: str = GITHUB) -> bytes:
    """State where a package was built; ``subject`` is its :func:`package_url`."""
    repository = f"{server}/{claims.repository}"
    path, _, ref = claims.workflow_ref.replace(f"{claims.repository}/", "", 1).partition("@")
    document = {
        "_type": STATEMENT,
        "subject": [{"name": subject, "digest": {"sha512": sha512}}],
        "predicateType": SLSA,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"workflow": {"ref": ref, "repository": repository, "path": path}},
                "internalParameters": {
                    "github": {
                        "event_name": claims.event_name,
                        "repository_id": claims.repository_id,
                        "repository_owner_id": claims.repository_owner_id,
                    }
                },
                "resolvedDependencies": [
                    {"uri": f"git+{repository}@{claims.ref}", "digest": {"gitCommit": claims.sha}},
                ],
            },
            "runDetails": {
                "builder": {"id": f"{BUILDER}/{claims.runner_environment}"},
                "metadata": {
                    "invocationId": f"{repository}/actions/runs/{claims.run_id}/attempts/{claims.run_attempt}"
                },
            },
        },
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def refused(said: Mapping[str, Any]) -> str:
    """Say why npm would take no provenance of a job with these claims; empty when it would."""
    visibility = said.get("repository_visibility")
    if visibility != PUBLIC:
        return f"the repository is {visibility or 'not known to be public'}, and npm takes it of public ones only"
    if said.get("runner_environment") != _HOSTED:
        return "the job runs on a runner of your own, and npm takes it of GitHub's only"
    return ""


def packages_of(document: Mapping[str, Any], *, file: str) -> dict[str, str]:
    """Read which tarball (file name → SHA-512) a statement is about; nothing where it is about files.

    Only what names an npm package and tells no SHA-256 is such a statement, and it is about this one package.

    Raises:
        IntegrityError: it names a package, but neither one alone nor by its SHA-512.

    """
    listed = document.get("subject")
    subjects = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if not any(_is_package(each) for each in subjects):
        return {}
    name = str(subjects[0].get("name", ""))
    digest = subjects[0].get("digest")
    sha512 = digest.get("sha512") if isinstance(digest, dict) and set(digest) == {"sha512"} else None
    well_formed = isinstance(sha512, str) and _SHA512.fullmatch(sha512)
    if document.get("_type") != STATEMENT or len(subjects) != 1 or len(listed or ()) != 1 or not well_formed:
        hint = "do not use this attestation; get it again from where it was released"
        raise IntegrityError(f"a package without one SHA-512: {name[:120]!r}", file=file, hint=hint)
    return {tarball(name): str(sha512)}


def tarball(subject: str) -> str:
    """Return the file name that ``npm pack`` gives the package of a :func:`package_url`."""
    name, _, version = subject.removeprefix(_PREFIX).removeprefix("%40").rpartition("@")
    return tarball_name(name, version)


def source_of(manifest: Mapping[str, Any]) -> str:
    """Return owner/name of the GitHub repository that a ``package.json`` names; empty where it names none."""
    written = manifest.get("repository")
    address = written.get("url") if isinstance(written, dict) else written
    match = _AT_GITHUB.match(address) if isinstance(address, str) else None
    return match["name"] if match else ""


def _is_package(subject: Mapping[str, Any]) -> bool:
    digest = subject.get("digest")
    told = digest if isinstance(digest, dict) else {}
    return str(subject.get("name", "")).startswith(_PREFIX) and "sha256" not in told
