"""What every plug-in of every folder keeps to."""

import inspect

import pytest

from tagship import plugins, ports
from tests.contract.protocols import ALL, OF_FOLDER, members, parameters, unwrap


def test_every_folder_has_a_protocol() -> None:
    """A new folder of plug-ins needs a Protocol, and a suite here."""
    assert set(OF_FOLDER) == set(plugins.FOLDERS)


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_the_name_is_the_files(folder: str, name: str) -> None:
    """What people write in the configuration is the file's name."""
    plugin = plugins.load(folder, name)
    assert (plugin.kind if folder == "channels" else plugin.name) == name


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_the_protocol_is_implemented(folder: str, name: str) -> None:
    """All methods, with the parameters as they are called, and described."""
    plugin = plugins.load(folder, name)
    kind = plugin if inspect.isclass(plugin) else type(plugin)
    protocol = ports.Wrapper if folder == "ecosystems" and hasattr(kind, "wrap") else OF_FOLDER[folder]
    wanted = members(protocol)
    assert wanted
    for method, declared in wanted.items():
        made = inspect.getattr_static(kind, method, None)
        assert made is not None, f"{method} is missing"
        assert isinstance(made, classmethod) == isinstance(declared, classmethod), method
        assert parameters(made) == parameters(declared), method
        assert unwrap(made).__doc__, f"{method} says nothing"


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_the_module_says_what_it_is(folder: str, name: str) -> None:
    """One line that the reference can show."""
    module = inspect.getmodule(
        plugins.load(folder, name).__class__ if folder in {"ecosystems", "formats"} else plugins.load(folder, name)
    )
    assert module is not None
    assert (module.__doc__ or "").strip()
