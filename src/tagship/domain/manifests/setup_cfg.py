"""What a Python project says about itself in setuptools' ``setup.cfg`` (setuptools' user guide: declarative config)."""

import msgspec

from tagship.domain.manifests import python_problems
from tagship.domain.manifests.python_metadata import PythonProject, VersionSource, checked_name, spdx
from tagship.domain.versions.version_site import toml_line
from tagship.errors import ProjectError


def parse_setup_cfg(text: str, file: str) -> PythonProject | None:
    """Read setuptools' ``setup.cfg``; ``None`` when it has no ``[metadata] name``.

    Raises:
        ProjectError: not an INI file, or Pythons asked for that nothing can read.

    """
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text, source=file)
    except configparser.Error as error:
        line = getattr(error, "lineno", None) or next((number for number, _ in getattr(error, "errors", ())), None)
        message = f"not an INI file: {error.message.splitlines()[0]}"
        raise ProjectError(message, file=file, line=line, hint="mend the file") from None
    name = parser.get("metadata", "name", fallback="")
    if not name:
        return None
    requires = parser.get("options", "python_requires", fallback="")
    line = toml_line(text, ("options", "python_requires"))
    if problems := python_problems.of_requirement(requires, "python_requires", line, file):
        raise ProjectError.of(problems)
    written = parser.get("metadata", "version", fallback="").strip()
    kind, _, where = written.partition(":")
    entries = parser.get("options.entry_points", "console_scripts", fallback="")
    scripts = tuple(line.split("=")[0].strip() for line in entries.splitlines() if "=" in line)
    project = PythonProject(
        name=checked_name(name, file),
        backend="setuptools.build_meta",
        license=spdx(parser.get("metadata", "license", fallback="")),
        requires=requires,
        readme=_described_by(parser.get("metadata", "long_description", fallback="")),
        scripts=scripts,
        universal=parser.get("bdist_wheel", "universal", fallback="").strip().lower() in {"1", "true", "yes", "on"},
    )
    if kind in {"attr", "file"} and where:
        source: VersionSource = "attribute" if kind == "attr" else "file"
        return msgspec.structs.replace(project, source=source, version_file=where.strip())
    source = "static" if written else "backend"
    return msgspec.structs.replace(project, version=written, source=source, version_path="metadata.version")


def _described_by(long_description: str) -> str:
    """Return the first file that setuptools' ``long_description = file: …`` names; empty when it is the text itself."""
    kind, _, files = long_description.partition(":")
    return files.replace(",", "\n").strip().split("\n")[0].strip() if kind.strip() == "file" else ""
