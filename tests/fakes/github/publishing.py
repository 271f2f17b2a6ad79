"""What happens to a release when it is published: its tag, the immutable switch, and which one is the latest."""

from dataclasses import replace
from datetime import datetime

from semver import Version

from tests.fakes.github.errors import Problem, validation_failed
from tests.fakes.github.protection import RuleViolationError, check_tag
from tests.fakes.github.rules import tag_problems
from tests.fakes.github.state import Repository
from tests.fakes.github.values import Release

NO_VALID_TAG = Problem("Release", "custom", message="Published releases must have a valid tag")


def check_draft(draft: Release, repository: Repository) -> None:
    """Refuse a target that does not exist; unused, hence unchecked, once the tag is there."""
    if draft.tag_name not in repository.tags and repository.resolve(draft.target_commitish) is None:
        raise validation_failed(Problem("Release", "invalid", "target_commitish"))


def publish(release: Release, repository: Repository, now: datetime) -> Release:
    """Create the tag where it is missing and fix what publishing fixes.

    A tag has one published release at most, and the tag of a deleted immutable release stays burned:
    https://docs.github.com/en/code-security/concepts/supply-chain-security/immutable-releases.
    """
    _check_tag_is_free(release, repository)
    tagged = repository.tags.get(release.tag_name)
    commit = repository.resolve(tagged or release.target_commitish)
    assert commit is not None, "check_draft came first"
    repository.tags.setdefault(release.tag_name, commit.sha)
    immutable = repository.settings.immutable_releases
    if immutable:
        repository.burned_tags.add(release.tag_name)
        repository.attested.append((commit.sha, release.tag_name, release.id))
    return replace(release, draft=False, immutable=immutable, published_at=now, created_at=commit.date)


def _check_tag_is_free(release: Release, repository: Repository) -> None:
    existing = repository.published(release.tag_name)
    if existing is not None and existing.id != release.id:
        raise validation_failed(Problem("Release", "already_exists", "tag_name"))
    problems = tag_problems(release.tag_name, burned=release.tag_name in repository.burned_tags)
    if problems:
        raise validation_failed(*problems, NO_VALID_TAG)
    check_draft(release, repository)
    if release.tag_name not in repository.tags:
        _check_rules(release.tag_name, repository)


def _check_rules(tag: str, repository: Repository) -> None:
    """Refuse a tag that a ruleset forbids, in the words of github-community-projects/ospo-reusable-workflows#83."""
    try:
        check_tag(repository, tag, new="", old=None)
    except RuleViolationError as error:
        said = f"pre_receive {error.message}"
        raise validation_failed(Problem("Release", "custom", "pre_receive", said), NO_VALID_TAG) from None


def note_latest(release: Release, repository: Repository) -> None:
    """Remember an explicit choice: "Drafts and prereleases cannot be set as latest"."""
    if release.draft or release.prerelease or release.make_latest != "true":
        if repository.latest_id == release.id:
            repository.latest_id = None
        return
    repository.latest_id = release.id


def latest(repository: Repository) -> Release | None:
    """Find the latest release: the chosen one, else by date of the commit and by higher semantic version."""
    full = [each for each in repository.releases.values() if not each.draft and not each.prerelease]
    chosen = [each for each in full if each.id == repository.latest_id]
    eligible = chosen or [each for each in full if each.make_latest != "false"]
    return max(eligible, key=_legacy_order, default=None)


def _legacy_order(release: Release) -> tuple[datetime, Version, int]:
    text = release.tag_name.removeprefix("v")
    version = Version.parse(text) if Version.is_valid(text) else Version(0)
    return release.created_at, version, release.id
