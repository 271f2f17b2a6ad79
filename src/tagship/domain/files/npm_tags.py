"""Which dist-tag a version gets: ``npm install`` without one takes ``latest``, which must not go back."""

from semver import Version

LATEST = "latest"


def tag_for(version: str, latest: str) -> str:
    """Choose the tag of a version, given what is ``latest`` now (empty: nothing).

    A prerelease is called by its first word (``rc``); a final version that is older than ``latest`` by its line
    (``release-1.x``), since a tag may not look like a range (https://docs.npmjs.com/cli/commands/npm-dist-tag).
    """
    mine = Version.parse(version)
    if mine.prerelease:
        word = mine.prerelease.split(".")[0].rstrip("0123456789")
        return word if word and word[0].isalpha() and word != LATEST else "next"
    theirs = Version.parse(latest) if Version.is_valid(latest) else None
    # a prerelease is latest only where nothing final was there when it was published
    if theirs is None or theirs.prerelease or mine.compare(theirs) >= 0:
        return LATEST
    return f"release-{mine.major}.x"
