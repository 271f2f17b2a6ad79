"""One file is one plug-in."""

import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tagship
from tagship import plugins
from tagship.channels._manifest_repository import ManifestRepository
from tagship.errors import UsageError

FORMAT = """
from tagship.formats import checksums


class Listing(checksums.Checksums):
    name = "two-words"


PLUGIN = Listing()
"""


def test_helpers_are_no_plugins() -> None:
    """Modules that begin with an underscore are not offered."""
    for folder in plugins.FOLDERS:
        names = plugins.names(folder)
        assert names == tuple(sorted(names))
        assert names
        assert not any(name.startswith(("_", "-")) for name in names)


def test_what_plugins_have_in_common_is_none() -> None:
    """A plug-in is whole; a base class that leaves something to its kinds is a helper, and nobody can make one."""
    loaded = [plugins.load(folder, name) for folder in plugins.FOLDERS for name in plugins.names(folder)]
    assert not any(map(inspect.isabstract, loaded))
    assert inspect.isabstract(ManifestRepository)


@pytest.mark.parametrize("name", ["nothing", "", "_page", "../python", "python.x"])
def test_an_unknown_plugin_is_refused_with_the_known_ones(name: str) -> None:
    """Nothing is imported at a guess."""
    with pytest.raises(UsageError) as caught:
        plugins.load("forges", name)
    assert "directory" in caught.value.problems[0].hint


def test_a_new_file_is_all_a_plugin_needs(tmp_path: Path) -> None:
    """Dropped into a copy of the package, it is listed and loaded, with no other change."""
    copy = tmp_path / "tagship"
    shutil.copytree(Path(tagship.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "formats" / "two_words.py").write_text(FORMAT)
    (copy / "formats" / "_helper.py").write_text("raise SystemExit('imported')\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from tagship import plugins; "
        "print(plugins.names('formats'), plugins.load('formats', 'two-words').name, plugins.__file__)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    names = tuple(sorted({*plugins.names("formats"), "two-words"}))
    assert done.stdout.strip() == f"{names} two-words {copy / 'plugins.py'}"
