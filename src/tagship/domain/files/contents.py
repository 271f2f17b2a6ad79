"""What must not be in a file that is shipped: secrets by their names and by their looks, paths that leave the folder.

Sources of shapes: GitHub's secret scanning patterns (docs.github.com/en/code-security/reference/secret-security), RFC 7468
(textual encodings of keys). Limits: PyPI 100 MiB a file (docs.pypi.org/project-management/storage-limits), crates.io 10 MiB
(doc.rust-lang.org/cargo/reference/publishing.html), GitHub Releases
2 GiB (docs.github.com/en/repositories/releasing-projects-on-github/about-releases).
"""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

READ: Final = 1 << 20
"""Files up to this size are read; what is larger is no configuration and no key."""
LIMITS: Final = {"wheel": (100 << 20, "PyPI"), "sdist": (100 << 20, "PyPI"), "crate": (10 << 20, "crates.io")}
GITHUB: Final = (2 << 30, "GitHub Releases")
_NAMES: Final = re.compile(
    r"\.env(?:\.(?!example|sample|template|dist|test|defaults?)[\w.-]+)?|id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|\.git-credentials"
    r"|\.dockercfg|[\w.-]+\.(?:p12|pfx|jks|keystore)|(?:client_secret|service[-_]account)[\w.-]*\.json|credentials\.json",
    re.IGNORECASE,
)
_LOOKS: Final = (
    (
        "a private key",
        re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+(?:[A-Za-z-]+: [^\n]*\n)*\s*[A-Za-z0-9+/=\s]{64,}"),
    ),
    ("a token of GitHub", re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b")),
    ("a token of npm", re.compile(rb"\bnpm_[A-Za-z0-9]{36}\b|:_authToken\s*=\s*[\"']?(?!\$)[A-Za-z0-9-]{20,}")),
    ("a token of PyPI", re.compile(rb"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}")),
    ("an access key of AWS", re.compile(rb"\bAKIA[0-9A-Z]{16}\b")),
    ("a key of Anthropic", re.compile(rb"\bsk-ant-[a-z0-9]+-[A-Za-z0-9_-]{40,}")),
)
_TESTS: Final = frozenset({"test", "tests", "testdata", "fixtures", "__tests__"})


def too_big(kind: str, size: int) -> str:
    """Say which limit a file is over, or that it is empty; empty when neither."""
    if size == 0:
        return "it is empty, which GitHub refuses"
    for limit, where in (LIMITS.get(kind, GITHUB), GITHUB):
        if size > limit:
            return f"it has {size:,} bytes, and {where} takes {limit:,}"
    return ""


def wrong_name(name: str) -> str:
    """Say why a member's name cannot be shipped; empty when it can."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        return "it would be unpacked outside of its folder"
    if ".git" in path.parts:
        return "it belongs to the repository, not to what is shipped"
    return "its name is one of files that hold secrets" if _NAMES.fullmatch(path.name) else ""


def secret_in(name: str, data: bytes) -> str:
    """Say what secret a file seems to hold, never the secret itself; keys that tests use are left alone."""
    for what, look in _LOOKS:
        if look.search(data) and not (what == "a private key" and _TESTS & set(PurePosixPath(name).parts[:-1])):
            return f"there seems to be {what} in it"
    return ""


def allowed(name: str, patterns: Sequence[str]) -> bool:
    """Say whether the configuration lets a member through, by its whole path or its name."""
    return any(fnmatchcase(name, pattern) or fnmatchcase(PurePosixPath(name).name, pattern) for pattern in patterns)
