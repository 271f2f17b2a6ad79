"""Workflows that somebody wrote to release: what each of their steps became.

Steps are known by the action that they use, or by the program that they run; those that do several things are told by the
first that is known. https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

from tagship import plugins
from tagship.domain.setup.migration import Fate, Migrated, Note, Rule, account
from tagship.domain.text.config_places import Keys, Place, of_yaml

_OURS: Final = re.compile(r"^# tagship init: begin |uses:\s*tagship/tagship", re.MULTILINE)
_WORKFLOW: Final = re.compile(r"\.github/workflows/[^/]+\.ya?ml")


class _Known(NamedTuple):
    """What a step became; one that ``releases`` makes its workflow one to read."""

    pattern: str
    fate: Fate
    channel: str = ""
    signer: str = ""
    releases: bool = False


_TRUSTED: Final = "with the channel's token, or as trusted publisher"
_BUILD: Final = Fate("build", "from a clean copy of the commit, without any secret")
_RELEASE: Final = Fate("release-assets", "a draft until every planned file is there")
_IMAGE: Final = Fate("the image of the Dockerfile", "`channels: [{kind: oci, address: …}]` pushes it, to one digest")
_BUMP: Final = Fate("version-bump", "from Conventional Commits; the workflow's input `bump`")
_TOOLS: Final = Fate("toolchains of the runner", "uv, zig and what else builds need is fetched by hash")
_STEPS: Final = (
    _Known(r"softprops/action-gh-release|ncipollo/release-action|actions/(create-release|upload-release-asset)"
           r"|svenstaro/upload-release-action|gh release (create|upload|edit)", _RELEASE, releases=True),
    _Known(r"pypa/gh-action-pypi-publish|(uv|poetry|hatch|flit|pdm) publish|twine upload",
           Fate("channels: pypi", _TRUSTED), channel="pypi", releases=True),
    _Known(r"JS-DevTools/npm-publish|(npm|pnpm|yarn npm|bun) publish",
           Fate("channels: npm", _TRUSTED), channel="npm", releases=True),
    _Known(r"mcp-publisher", Fate("channels: mcp-registry", "after all others, with a fresh login"),
           channel="mcp-registry", releases=True),
    _Known(r"goreleaser", Fate("the chain", "its own file is read by --from goreleaser"), releases=True),
    _Known(r"release-please-action|changesets/action|semantic-release", _BUMP, releases=True),
    _Known(r"docker/(build-push|bake)-action|(docker|podman|buildah) (buildx )?(build|push)", _IMAGE, releases=True),
    _Known(r"docker/login-action|docker login", Fate("TAGSHIP_OCI_TOKEN", "and TAGSHIP_OCI_USERNAME, where it wants one")),
    _Known(r"docker/metadata-action", Fate("tags of images", "the version, and 1, 1.2, latest for final ones")),
    _Known(r"docker/setup-", Fate("no engine", "images are put together without one, or by the one that is there")),
    _Known(r"sigstore/|cosign", Fate("signers: sigstore", "every file, each proved at once"), signer="sigstore"),
    _Known(r"ghaction-import-gpg|\bgpg\b", Fate("signers: gpg", "with TAGSHIP_GPG_KEY"), signer="gpg"),
    _Known(r"actions/attest|slsa-framework/", Fate("attestations", "provenance and SBOMs of every file")),
    _Known(r"anchore/sbom-action|\bsyft\b|cyclonedx", Fate("cyclonedx, spdx", "always")),
    _Known(r"sha256sum|shasum", Fate("checksums.txt", "signed")),
    _Known(r"cargo publish", Fate("channels: crates", _TRUSTED), channel="crates", releases=True),
    _Known(r"\b(pytest|tox|nox|go test|cargo (test|clippy)|(npm|pnpm|yarn|bun)( run)? (test|lint))\b",
           Fate(reason="tests run on each commit, in a workflow of their own; a release probes what it ships")),
    _Known(r"PyO3/maturin-action|cibuildwheel|python -m build|(uv|poetry|hatch|flit|pdm) build|pip wheel|setup\.py"
           r"|(npm|pnpm|yarn|bun)( run)? (ci|i|install|build|pack)\b|yarn$|go (build|install|mod)|(cargo|cross) (zig)?build",
           _BUILD),
    _Known(r"actions/cache|rust-cache", Fate(reason="a release takes nothing from caches: others can write them")),
    _Known(r"actions/checkout", Fate("checkouts of the tag", "without credentials left behind")),
    _Known(r"actions/setup-|astral-sh/setup-uv|rust-toolchain|pnpm/action-setup|oven-sh/setup-bun|pip install|rustup", _TOOLS),
    _Known(r"actions/(upload|download)-artifact", Fate("legs between jobs", "each in a folder of its own, with its digests")),
    _Known(r"git (tag|push|commit)", _BUMP),
    _Known(r"tar |zip ", Fate("archives", "of programs, one per platform")),
)  # fmt: skip
_OWN: Final = "a step of your own is a job of your own, in a workflow on `release: {types: [published]}`"
_RULES: Final = (
    Rule("name", "the workflow `release`"),
    Rule("run-name", "the workflow `release`"),
    Rule("on.push.tags", "on: push: tags", "as the tags of the history look"),
    Rule("on.push.branches", reason="a version is made where it is asked for: run the workflow by hand, with `bump`"),
    Rule("on.workflow_dispatch", "on: workflow_dispatch", "next version, or an existing tag"),
    Rule("on.release", "on: push: tags", "the release is made by the workflow itself"),
    Rule("on", reason="a release begins with a tag, or by hand"),
    Rule("permissions", "permissions: {}", "and per job what it needs"),
    Rule("concurrency", "concurrency", "one run per tag, none cancelled"),
    Rule("env", reason="builds see an allow list of variables, and no secret"),
    Rule("defaults", "working-directory", "the project's folder"),
    Rule("jobs.*.strategy", "legs of the plan", "native runners, few jobs"),
    Rule("jobs.*.runs-on", "the runner of each platform", "`runners` in tagship.yaml changes it"),
    Rule("jobs.*.container", reason="builds run on the runner itself"),
    Rule("jobs.*.services", reason="builds have no services beside them"),
    Rule("jobs.*.env", reason="builds see an allow list of variables, and no secret"),
    Rule("jobs.*.uses", reason="a workflow of somebody's is not read"),
    Rule("jobs.*.environment", "the environment `release`", "for the jobs that sign, release and publish"),
    Rule("jobs.*.steps.*", reason=_OWN),
    Rule("jobs.*", "the jobs of the chain"),
)


class HandWritten:
    """:class:`tagship.ports.Migration` for workflows by hand."""

    name: ClassVar[str] = "hand-written"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose all workflows."""
        return [path for path in paths if _WORKFLOW.fullmatch(path)]

    def read(self, texts: Mapping[str, str], packages: Sequence[str]) -> Migrated:
        """Read those that release something and are not ours."""
        del packages
        notes: list[Note] = []
        known: list[_Known] = []
        for file, text in sorted(texts.items()):
            places = [] if _OURS.search(text) else list(of_yaml(text, file))
            steps = {keys: step for keys, said in _steps(places) if (step := _step(said))}
            if any(step.releases for step in steps.values()):
                notes += account(file, places, _RULES, {keys: _fate(step) for keys, step in steps.items()})
                known += steps.values()
        channels = list(dict.fromkeys(step.channel for step in known if step.channel in plugins.names("channels")))
        settings: dict[str, Any] = {"channels": channels} if channels else {}
        signers = tuple(dict.fromkeys(step.signer for step in known if step.signer))
        return Migrated(notes=tuple(notes), settings=settings, signers=signers)


def _steps(places: Sequence[Place]) -> Iterator[tuple[Keys, str]]:
    """Return what each step uses or runs."""
    for place in places:
        if place.keys[:1] == ("jobs",) and place.keys[2:3] == ("steps",) and place.keys[4:] in {("uses",), ("run",)}:
            yield place.keys[:4], str(place.value)


def _step(said: str) -> _Known | None:
    return next((known for known in _STEPS if re.search(known.pattern, said)), None)


def _fate(step: _Known) -> Fate:
    """Say what a step became; one that publishes where no channel goes is a job of one's own."""
    return step.fate if step.channel in {"", *plugins.names("channels")} else Fate(reason=_OWN)


PLUGIN: Final = HandWritten()
