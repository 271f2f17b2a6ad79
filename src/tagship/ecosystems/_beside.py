"""What lies beside the programs in an archive: licence, readme, completions, man pages."""

from collections.abc import Sequence
from pathlib import Path

from tagship.adapters.files import documents, files_below
from tagship.domain.files import extras
from tagship.ports import BuildJob


def beside(job: BuildJob, programs: Sequence[Path]) -> dict[str, Path]:
    """Choose the files of a project that go with these programs: name in the archive → file."""
    found = extras.find(files_below(job.source), [program.name.removesuffix(".exe") for program in programs])
    return documents(job.source, job.package.path) | {name: job.source / path for name, path in found.items()}
