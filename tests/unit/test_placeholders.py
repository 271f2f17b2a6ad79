"""What stands where the version comes from the tag, and what only looks like it."""

import pytest

from tagship.domain.versions.version_site import is_placeholder

STYLES = (
    "0.0.0", "v0.0.0", "0.0.0-dev", "0.0.0-dev.0", "0.0.0.dev0", "0.0.0-development", "0.0.0-semantically-released",
    "0.0.0-semantic-release", "0.0.0-PLACEHOLDER", "0.0.0-managed-by-release", "0.0.0-unreleased", "0.0.0-SNAPSHOT",
    "0.0.0-source", "0.0.0-replaced-by-ci", "0.0.0-set-by-ci", "0.0.0+dev",
    "${VERSION}", "$VERSION", "$PKG_VERSION", "${newVersion}", "${project.version}", "${env:VERSION}", "${{ github.ref_name }}",
    "$(VERSION)", "$(Version)", "#{VERSION}#", "#{version}",
    "{{VERSION}}", "{{ version }}", "{{.Version}}", "{{{version}}}", "{version}", "v{{VERSION}}",
    "<<Version>>", "<VERSION>", "<package-version>", "[[VERSION]]",
    "__VERSION__", "__PACKAGE_VERSION__", "@VERSION@", "@PACKAGE_VERSION@", "@project.version@", "%VERSION%", "%%VERSION%%",
    " {{VERSION}}\n",
)  # fmt: skip
NONE = (
    "1.0.0", "0.0.1", "0.0.10", "0.0.0.1", "10.0.0", "0.1.0", "0.1.0-dev", "1.0.0-dev", "0.0.0-alpha.1", "0.0.0-rc.1",
    "0.0.0rc1", "0.0.0b2", "0.0.0-20240101", "latest", "main", "*", "^0.0.0", ">=0.0.0", "~0.0.0", "workspace:*", "dev",
    "version", "VERSION", "", " ", "$", "$HOME", "{}", "{{}}", "${}", "<x>", "@scope/name@1.0.0", "%", "_", "0", "0.0",
    "$VERSION" + "VERSION" * 50_000 + "!",
)  # fmt: skip


@pytest.mark.parametrize("text", STYLES)
def test_placeholders(text: str) -> None:
    """Styles seen in real repositories."""
    assert is_placeholder(text)


@pytest.mark.parametrize("text", NONE, ids=[text[:20] for text in NONE])
def test_no_placeholders(text: str) -> None:
    """Versions, even of nothing released yet, ranges, branches and words are what they are."""
    assert not is_placeholder(text)
