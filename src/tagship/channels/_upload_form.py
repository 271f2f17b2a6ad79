"""What the legacy upload API wants to be told of a file (https://docs.pypi.org/api/upload/), read by twine."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tagship.adapters.files import changed
from tagship.domain.plans.channel import Owed
from tagship.errors import IntegrityError


def fields(file: Owed) -> Iterator[tuple[str, str]]:
    """Return the form's fields, in the order and spelling of twine.

    Raises:
        IntegrityError: it is no distribution, or changed after it was proved.

    """
    from twine.exceptions import InvalidDistribution
    from twine.package import PackageFile

    try:
        package = PackageFile.from_filename(file.path, None)
    except InvalidDistribution as error:
        raise IntegrityError(f"not a Python distribution: {error}", file=file.path, hint="build it again") from None
    if package.sha2_digest != file.sha256:
        raise changed(Path(file.path))
    yield ":action", "file_upload"
    yield "protocol_version", "1"
    values: Mapping[str, Any] = {**package.metadata_dictionary()}
    for name, value in values.items():
        if name == "keywords":
            yield name, ", ".join(value)
        elif isinstance(value, dict):
            yield from ((name, f"{label}, {address}") for label, address in value.items())
        elif isinstance(value, list | tuple):
            yield from ((name, item) for item in value)
        else:
            yield name, value
