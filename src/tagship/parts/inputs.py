"""What inputs and outputs of several steps have in common, and how lists and secrets are marked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec

from tagship.domain.proofs.trust import is_document
from tagship.domain.releases.release import OnDifferent, OnExtra
from tagship.errors import UsageError

Switch = Literal["auto", "true", "false"]
SECRET: Final = {"secret": True}
"""Marks an input that comes by environment only: never a flag, never in a log."""
ARGUMENT: Final = {"argument": True}
"""Marks an input that is typed without a flag before it."""


def text(description: str, *, secret: bool = False, argument: bool = False) -> msgspec.Meta:
    """Describe an input or output for help texts, ``action.yml`` and the reference."""
    return msgspec.Meta(description=description, extra=SECRET if secret else ARGUMENT if argument else None)


ConfigFile = Annotated[str, text("the configuration file; found by itself: tagship.yaml, .github/tagship.yaml")]
PlanFile = Annotated[str, text("the plan that build-matrix wrote")]
PlanDigest = Annotated[str, text("SHA-256 of the plan, from build-matrix's output; checked when given")]
DistFolder = Annotated[str, text("the folder with one folder per leg")]
PlannedTag = Annotated[
    str, text("the tag to release; default: the pushed one, else the version in the files, as a snapshot")
]
Targets = Annotated[
    str,
    text("platforms of compiled files, comma-separated; default: the configuration's, on a pull request linux-x86_64"),
]
Jobs = Annotated[int, text("how many legs are built at a time")]
ForgeName = Annotated[str, text("where releases are kept: github or directory")]
SigningKey = Annotated[
    str, text("signing key: PEM text or the path of a PEM file; also one that cosign encrypted", secret=True)
]
KeyPassword = Annotated[str, text("password of the signing key", secret=True)]
Sboms = Annotated[str, text("which SBOM documents: cyclonedx, spdx or none; default: the configuration's, else both")]
GpgKey = Annotated[str, text("secret key of OpenPGP: armoured text or the path of a file with it", secret=True)]
GpgPassphrase = Annotated[str, text("passphrase of that key", secret=True)]
TimestampUrl = Annotated[str, text("address of an RFC 3161 authority that timestamps the signatures of `key`")]
TimestampChain = Annotated[
    str, text("path of that authority's certificates (PEM): its timestamps are checked with them")
]
KeyLog = Annotated[
    bool, text("log the signatures of `key` too: in Rekor of the instance in trust-config, else in the public one")
]
TrustConfig = Annotated[
    str, text("a private Sigstore instance: path of its client trust configuration, or the configuration itself (JSON)")
]
AllowPublicLog = Annotated[
    bool, text("let a repository that is not public sign in public: the log shows its name for ever")
]


def is_secret(hint: Any) -> bool:
    """Whether an annotation marks a secret."""
    return _is_marked(hint, SECRET)


def is_argument(hint: Any) -> bool:
    """Whether an annotation marks what is typed without a flag."""
    return _is_marked(hint, ARGUMENT)


def _is_marked(hint: Any, mark: Mapping[str, bool]) -> bool:
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return any(isinstance(note, msgspec.Meta) and note.extra == mark for note in notes)


class CommonInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Inputs of every action and command."""

    working_directory: Annotated[str, text("the project's root")] = "."
    dry_run: Annotated[bool, text("read everything, change nothing, say what would change")] = False

    @property
    def root(self) -> Path:
        """The project's root as an absolute path.

        Raises:
            UsageError: it is no folder.

        """
        path = Path(self.working_directory).resolve()
        if not path.is_dir():
            raise UsageError("no such folder", file=self.working_directory, hint="mend working-directory")
        return path

    def __repr__(self) -> str:
        """Show no secret: a representation may end up in a message or a traceback."""
        hints = get_type_hints(type(self), include_extras=True)
        shown = (f"{name}={getattr(self, name)!r}" for name, hint in hints.items() if not is_secret(hint))
        return f"{type(self).__name__}({', '.join(shown)})"


class ConfiguredInputs(CommonInputs, frozen=True, kw_only=True):
    """Inputs of steps that read the configuration."""

    config: ConfigFile = ""


class PlannedInputs(CommonInputs, frozen=True, kw_only=True):
    """Inputs of steps that carry out a plan."""

    plan: PlanFile = "plan.json"
    plan_digest: PlanDigest = ""
    dist: DistFolder = "dist"


class ReleaseInputs(CommonInputs, frozen=True, kw_only=True):
    """Inputs of the steps that put files on a release."""

    name: Annotated[str, text("title; default: name and version")] = ""
    body: Annotated[str, text("release notes; default: the changelog's section")] = ""
    body_file: Annotated[str, text("file with the release notes")] = ""
    generate_notes: Annotated[bool, text("let GitHub add its own notes to those of a new release")] = False
    draft: Annotated[bool, text("leave it a draft")] = False
    prerelease: Annotated[Switch, text("auto: as the version says")] = "auto"
    make_latest: Annotated[Switch, text("auto: when no final release is newer by SemVer")] = "auto"
    on_different: Annotated[
        OnDifferent, text("other bytes under a planned name; auto: replace on a draft, else refuse")
    ] = "auto"
    on_extra: Annotated[OnExtra, text("assets nobody planned")] = "error"
    forge: ForgeName = "github"
    directory: Annotated[str, text("the folder of the forge `directory`")] = "releases"
    parallel: Annotated[int, text("how many uploads at a time")] = 4
    retry_window: Annotated[int, text("seconds a remote may keep failing")] = 120
    timeout: Annotated[int, text("minutes for the upload and publication")] = 30
    token: Annotated[str, text("GitHub token with contents: write, for the forge `github`", secret=True)] = ""


def pushed_tag(environment: Mapping[str, str]) -> str:
    """Return the tag whose push started the job; empty when it was something else."""
    reference = environment.get("GITHUB_REF", "")
    return reference.removeprefix("refs/tags/") if reference.startswith("refs/tags/") else ""


def as_json(value: object) -> str:
    """Write an output that is more than a word."""
    return msgspec.json.encode(value).decode()


def split_list(value: str) -> tuple[str, ...]:
    """Read a list input: comma- or newline-separated, empty entries left out."""
    return tuple(part.strip() for line in value.splitlines() for part in line.split(",") if part.strip())


def check_jobs(jobs: int) -> None:
    """See that something can be done at all.

    Raises:
        UsageError: nothing may be done at a time.

    """
    if jobs < 1:
        raise UsageError(f"jobs is {jobs}", hint="give a number from 1")


def shown(path: Path, root: Path) -> str:
    """Write a path as messages and outputs have it: from the project's root, or whole where it lies elsewhere."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def read_bytes(path: Path, hint: str) -> bytes:
    """Read a file that an input names.

    Raises:
        UsageError: it is not there or not readable.

    """
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or "not readable"
        raise UsageError(f"cannot read it: {reason}", file=str(path), hint=hint) from None


def trust_source(root: Path, given: str) -> str:
    """Return ``trust-config`` as signers take it: the JSON itself, else an absolute path; empty without one."""
    return given if not given or is_document(given) else str(root / given)


def read_trust(root: Path, given: str, *, several: bool = False) -> bytes:
    """Read whom a private Sigstore instance trusts: the JSON itself, or a file; with ``several`` of a list of them.

    Raises:
        UsageError: a file is not there or not readable.

    """
    if not given or is_document(given):
        return given.encode()
    hint = "give the path of a client trust configuration (to verify, a trusted root will do), or its JSON, in `trust-config`"
    return b"".join(read_bytes(root / path, hint) for path in (split_list(given) if several else (given,)))
