"""What an image is called in its registry.

Capital letters are in no name of a repository (https://github.com/opencontainers/distribution-spec: pulling manifests),
yet owners on GitHub have them, and a registry's address is often written as the owner is.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from tagship.domain.plans.plan import bare


def image_name(package: str, options: Mapping[str, str]) -> str:
    """Return what the image of a package is called below a channel's address: as its options say, else like the package."""
    return options.get("image") or bare(package).lower()


def repository(address: str, package: str, options: Mapping[str, str]) -> str:
    """Return the whole name without a tag: ``ghcr.io/octo/weather`` of ``https://ghcr.io/Octo`` and ``@octo/Weather``."""
    parts = urlsplit(address)
    path = f"{parts.path.strip('/')}/{image_name(package, options)}".strip("/")
    return f"{parts.netloc}/{path}".lower()
