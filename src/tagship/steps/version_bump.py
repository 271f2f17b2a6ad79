"""Decide the next version from the commits since the last release, write it everywhere it stands, commit and tag."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tagship import config
from tagship.adapters.files import write_whole
from tagship.domain import changelog, commits, planning
from tagship.domain.commits import Meaning
from tagship.domain.planning import version_of_tag
from tagship.domain.version import Change, Channel, Version, next_version
from tagship.domain.version_site import replace
from tagship.errors import CheckFailed, Problem, ProjectError, UsageError
from tagship.parts.detect import detect, nothing
from tagship.parts.inputs import ConfiguredInputs, as_json, text
from tagship.ports import Found, Tools, Vcs


class Inputs(ConfiguredInputs, frozen=True, kw_only=True):
    """Inputs of version-bump."""

    bump: Annotated[Literal["auto", "major", "minor", "patch", "none"], text("how far; auto: as the commits say")] = (
        "auto"
    )
    prerelease: Annotated[
        Literal["", "alpha", "beta", "rc", "final"], text("channel; empty: stay, final: leave it")
    ] = ""
    version: Annotated[str, text("set exactly this version")] = ""
    mode: Annotated[
        Literal["commit", "files", "none"], text("files: write only; commit: commit too; none: compute only")
    ] = "files"
    tag: Annotated[bool, text("with mode commit: tag the commit")] = True
    check: Annotated[bool, text("change nothing; fail when the places of a version disagree")] = False
    push: Annotated[bool, text("with mode commit: push branch and tag to origin, both or neither")] = False
    token: Annotated[str, text("token to push with; default: git's own credentials", secret=True)] = ""


class Outputs(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Outputs of version-bump."""

    bumped: Annotated[bool, text("whether there is a new version")]
    version: Annotated[str, text("the version now")]
    previous_version: Annotated[str, text("the last released version; empty before the first")]
    tag: Annotated[str, text("the tag of the version")]
    changelog: Annotated[str, text("this version's section of the changelog")]
    commit: Annotated[str, text("the commit that was made; empty without one")]
    packages: Annotated[str, text("names of the packages (JSON)")]


def run(inputs: Inputs, tools: Tools) -> Outputs:
    """Bump; nothing to release is no error.

    Raises:
        CheckFailed: with ``check``, one problem per place that disagrees.
        UsageError: no repository, cut-off history, a tag that exists already.
        ProjectError: no package, or a place of the version that cannot be written.

    """
    tools.reporter.mask(inputs.token)
    root = inputs.root
    vcs = tools.open_repository(root)
    head = vcs.head()
    folder = root.relative_to(vcs.root.resolve()).as_posix()
    found, skips = detect(vcs.tree(head, folder), config.load(root, inputs.config))
    if not found:
        raise nothing(folder, skips)
    packages = found
    if inputs.check:
        _check(packages)
    last = _last_release(vcs, head)
    history = tuple(commits.read(commit) for commit in vcs.log(last[1] if last else None, head, folder))
    meanings = commits.standing(history)
    current, wanted = _decide(inputs, packages, last, meanings)
    section = changelog.section(wanted, tools.clock.now().strftime("%Y-%m-%d"), meanings)
    bumped = current is None or wanted != current
    commit = ""
    if bumped and not inputs.dry_run and not inputs.check and inputs.mode != "none":
        commit = _write(inputs, root, vcs, packages, wanted, section, tools)
    _tell(tools, current, wanted, history, bumped=bumped)
    return Outputs(
        bumped=bumped,
        version=str(wanted),
        previous_version=str(current or ""),
        tag=wanted.tag,
        changelog=section.partition("\n")[2].strip() if bumped else "",
        commit=commit,
        packages=as_json(sorted(package.name for package in packages)),
    )


def _check(packages: list[Found]) -> None:
    """Compare every place of a package's version with the one that decides what is built."""
    problems: list[Problem] = []
    for package in packages:
        if package.version:
            problems += planning.drift(Version.from_pep440(package.version), package.name, package.sites)
    if problems:
        raise CheckFailed.of(problems)


def _last_release(vcs: Vcs, head: str) -> tuple[Version, str] | None:
    versions = [(version, tag) for tag in vcs.merged_tags(head) if (version := version_of_tag(tag))]
    if not versions and vcs.is_shallow():
        hint = "clone with the history: in a workflow give actions/checkout `fetch-depth: 0`"
        raise UsageError("the clone is shallow and has no tags: the last version cannot be known", hint=hint)
    return max(versions) if versions else None


def _decide(
    inputs: Inputs, packages: list[Found], last: tuple[Version, str] | None, meanings: tuple[Meaning, ...]
) -> tuple[Version | None, Version]:
    """Return the last released version (``None`` before the first) and the next one."""
    current = last[0] if last else None
    exactly = inputs.version or (commits.asked_for(meanings) if inputs.bump == "auto" else "")
    if exactly:
        return current, Version.parse(exactly)
    change: Change = commits.overall(meanings) if inputs.bump == "auto" else inputs.bump
    channel: Channel | Literal["", "final"] = inputs.prerelease
    if current is None:
        declared = sorted({Version.from_pep440(package.version) for package in packages if package.version})
        first = declared[-1] if declared else Version(major=0, minor=1, patch=0)
        if channel in {"", "final"} or first.channel:
            return None, first
        return None, msgspec.structs.replace(first, channel=channel, number=1)
    if change == "none" and (not channel or not current.channel or channel == current.channel):
        return current, current
    return current, next_version(current, change, channel, leave_zero=inputs.bump == "major")


def _write(
    inputs: Inputs, root: Path, vcs: Vcs, packages: list[Found], version: Version, section: str, tools: Tools
) -> str:
    """Write all sites and the changelog; commit, tag and push as asked. Return the commit made, if any."""
    existing = vcs.tag_commit(version.tag)
    if existing and inputs.mode == "commit" and inputs.tag:
        hint = "give another `version`, or remove the tag if it was never released"
        raise UsageError(f"the tag {version.tag} exists already, on {existing[:12]}", hint=hint)
    files = _write_sites(root, packages, version)
    history = root / changelog.FILE
    text_before = _text(root, changelog.FILE) if history.is_file() else ""
    if not changelog.extract(text_before, version):
        write_whole(history, changelog.insert(text_before, section).encode())
        files.add(changelog.FILE)
    for file in sorted(files):
        tools.reporter.info(f"wrote {file}")
    if inputs.mode != "commit":
        return ""
    commit = vcs.commit(
        [str((root / file).relative_to(vcs.root.resolve())) for file in sorted(files)], f"chore(release): {version}\n"
    )
    if inputs.tag:
        vcs.tag(version.tag, commit, f"{version}\n")
    if inputs.push:
        branch = vcs.branch()
        if branch is None:
            raise UsageError(
                "HEAD is on no branch: there is nothing to push to", hint="check out the branch, not a tag or commit"
            )
        vcs.push([f"HEAD:refs/heads/{branch}", *([f"refs/tags/{version.tag}"] if inputs.tag else [])], inputs.token)
    return commit


def _write_sites(root: Path, packages: list[Found], version: Version) -> set[str]:
    """Change every place of every package, or none: all new texts are made before the first is written."""
    texts: dict[str, str] = {}
    for site in (site for package in packages for site in package.sites if not site.placeholder):
        before = texts.get(site.file) or _text(root, site.file)
        texts[site.file] = replace(before, site, version)
    changed = {file for file, new in texts.items() if new.encode() != (root / file).read_bytes()}
    for file in changed:
        write_whole(root / file, texts[file].encode(), mode=(root / file).stat().st_mode & 0o777)
    return changed


def _text(root: Path, file: str) -> str:
    """Read a file with the line ends it has."""
    try:
        return (root / file).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot read it: {error}", file=file, hint="mend the file") from None


def _tell(
    tools: Tools, current: Version | None, wanted: Version, meanings: tuple[Meaning, ...], *, bumped: bool
) -> None:
    counted = f"{len(meanings)} commit(s), {sum(1 for m in meanings if m.type)} of them conventional"
    what = f"{current or 'no release yet'} → {wanted}" if bumped else f"stays {wanted}: nothing to release"
    tools.reporter.info(f"{what} ({counted})")
