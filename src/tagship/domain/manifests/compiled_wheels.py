"""Whether a Python project's wheels are made for one platform each, by which toolchain, and for which Pythons; read, never run.

Sources: maturin.rs (bindings, ``[tool.maturin]``), pyo3.rs (features ``abi3…``), setuptools' user guide (extension modules),
setuptools-rust, scikit-build-core (``wheel.py-api``), meson-python (``limited-api``), hatch.pypa.io (build hooks).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from tagship.domain.files.wheel_tags import ABI3, EACH
from tagship.domain.text.lazy_pattern import lazy

_PY_API: Final = lazy(r"cp3\d+")
_EXTENSIONS: Final = lazy(r"\b(?:ext_modules|cffi_modules|rust_extensions)\s*=\s*(?!\[\s*\]|None)")
_RUST: Final = lazy(r"\brust_extensions\s*=|\bRustExtension\(")
_LIMITED: Final = lazy(r"py[_-]limited[_-]api[\"']?\s*[:=]\s*[\"']?(cp3\d+)")
_MESON: Final = lazy(r"\b(?:extension_module|shared_library|shared_module|executable)\s*\(")
_HOOK: Final = lazy(r"infer_tag|pure_python")
_HOOK_TAG: Final = lazy(r"[\"']tag[\"']\]?\s*[:=]\s*f?[\"'](py3-none|cp3\d+-abi3)\b")
_PURE_HOOKS: Final = frozenset({"custom", "version", "vcs", "build-scripts", "requirements_txt", "jupyter-builder"})
_BY_RUST: Final = "rust"
_BY_C: Final = "c"
Table = Mapping[str, Any]


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """What compiles a project's wheels (``maturin``), in which language, and the ``kind`` of their tags (see wheel_tags).

    ``older``: Pythons too old for the stable ABI that is asked for get wheels of their own.
    """

    by: str
    kind: str
    language: str = _BY_C
    older: bool = False


def read(manifest: Table, files: Mapping[str, str], tables: Mapping[str, Table]) -> Compiled | None:
    """Decide by ``pyproject.toml`` and the files beside it; ``None`` when the wheel runs everywhere.

    ``files`` are texts by their path from the project's folder, ``tables`` are those of ``Cargo.toml``, which may lie above.
    """
    backend = str(_at(manifest, "build-system.build-backend") or "")
    reader = next((how for start, how in _READERS.items() if backend.startswith(start)), None)
    found = reader(manifest, files, tables) if reader else None
    if found is None and "cibuildwheel" in _table(manifest, "tool"):
        return Compiled(by=backend.partition(".")[0] or "setuptools", kind=EACH)
    return found


def _maturin(manifest: Table, files: Mapping[str, str], tables: Mapping[str, Table]) -> Compiled:
    del files
    own = _table(manifest, "tool.maturin")
    named = str(own.get("manifest-path") or "")
    wanted = [named] if named else ["Cargo.toml", "rust/Cargo.toml"]
    place = next((path for path in wanted if path in tables), "")
    crate = tables.get(place, {})
    bindings = str(own.get("bindings") or _bindings(crate))
    if bindings != "pyo3":
        return Compiled(by="maturin", kind="py3-none", language=_BY_RUST)
    above = [table for path, table in tables.items() if path != place and "workspace" in table]
    enabled = _pyo3_features(crate, above, [*_words(own.get("features"))])
    versions = sorted(int(match[1]) for name in enabled if (match := re.fullmatch(r"abi3-py3(\d+)", name)))
    kind = f"cp3{versions[0]}-abi3" if versions else ABI3 if "abi3" in enabled else EACH
    return Compiled(by="maturin", kind=kind, language=_BY_RUST)


def _bindings(crate: Table) -> str:
    """Choose as maturin does without being told: what the crate depends on, else programs, else a C library."""
    depends = _table(crate, "dependencies")
    if "pyo3" in depends or "pyo3-ffi" in depends:
        return "pyo3"
    return "uniffi" if "uniffi" in depends else "cffi" if "cdylib" in _words(_at(crate, "lib.crate-type")) else "bin"


def _pyo3_features(crate: Table, above: Sequence[Table], asked: Sequence[str]) -> set[str]:
    """Follow features of the crate to those of pyo3 that they switch on."""
    features = _table(crate, "features")
    enabled: set[str] = set()
    for name in ("pyo3", "pyo3-ffi"):
        for table in (crate, *(_table(each, "workspace") for each in above)):
            enabled |= set(_words(_at(_table(table, "dependencies"), f"{name}.features")))
    todo, seen = [*asked, "default"], set[str]()
    while todo:
        feature = todo.pop()
        if feature in seen:
            continue
        seen.add(feature)
        package, slash, inner = feature.partition("/")
        if slash and package.rstrip("?") in {"pyo3", "pyo3-ffi"}:
            enabled.add(inner)
        todo += _words(features.get(feature))
    return enabled


def _setuptools(manifest: Table, files: Mapping[str, str], tables: Mapping[str, Table]) -> Compiled | None:
    del tables
    setup, config = files.get("setup.py", ""), files.get("setup.cfg", "")
    rust = _table(manifest, "tool.setuptools-rust") or _RUST.search(setup)
    declared = _at(manifest, "tool.setuptools.ext-modules") or _at(manifest, "tool.setuptools.cffi-modules")
    if not (rust or declared or _EXTENSIONS.search(setup)):
        return None
    limited = str(_at(manifest, "tool.distutils.bdist_wheel.py-limited-api") or "")
    limited = limited or next((m[1] for text in (config, setup) if (m := _LIMITED.search(text))), "")
    kind = f"{limited}-abi3" if _PY_API.fullmatch(limited) else EACH
    return Compiled(by="setuptools", kind=kind, language=_BY_RUST if rust else _BY_C)


def _scikit_build(manifest: Table, files: Mapping[str, str], tables: Mapping[str, Table]) -> Compiled | None:
    del files, tables
    wheel = _table(manifest, "tool.scikit-build.wheel")
    if wheel.get("cmake") is False or wheel.get("platlib") is False:
        return None
    api = str(wheel.get("py-api") or "")
    if api.startswith("py"):
        return Compiled(by="scikit-build-core", kind=f"{api}-none")
    kind = f"{api}-abi3" if _PY_API.fullmatch(api) else EACH
    return Compiled(by="scikit-build-core", kind=kind, older=True)


def _meson(manifest: Table, files: Mapping[str, str], tables: Mapping[str, Table]) -> Compiled | None:
    del tables
    texts = [text for path, text in files.items() if PurePosixPath(path).name == "meson.build"]
    if texts and not any(_MESON.search(text) for text in texts):
        return None
    limited = _at(manifest, "tool.meson-python.limited-api") is True
    return Compiled(by="meson-python", kind=ABI3 if limited else EACH)


def _hatch(manifest: Table, files: Mapping[str, str], tables: Mapping[str, Table]) -> Compiled | None:
    del tables
    hooks = {**_table(manifest, "tool.hatch.build.hooks"), **_table(manifest, "tool.hatch.build.targets.wheel.hooks")}
    if set(hooks) - _PURE_HOOKS:
        return Compiled(by="hatchling", kind=EACH)
    script = files.get(str(_at(hooks, "custom.path") or "hatch_build.py"), "") if "custom" in hooks else ""
    if not _HOOK.search(script) and not _HOOK_TAG.search(script):
        return None
    tag = _HOOK_TAG.search(script)
    return Compiled(by="hatchling", kind=tag[1] if tag else EACH)


def _pdm(manifest: Table, files: Mapping[str, str], tables: Mapping[str, Table]) -> Compiled | None:
    del files, tables
    build = _table(manifest, "tool.pdm.build")
    return (
        Compiled(by="pdm", kind=EACH)
        if build.get("is-purelib") is False or build.get("run-setuptools") is True
        else None
    )


def _poetry(manifest: Table, files: Mapping[str, str], tables: Mapping[str, Table]) -> Compiled | None:
    del files, tables
    return Compiled(by="poetry", kind=EACH) if _at(manifest, "tool.poetry.build") else None


def _always(manifest: Table, files: Mapping[str, str], tables: Mapping[str, Table]) -> Compiled:
    del files, tables
    return Compiled(by=str(_at(manifest, "build-system.build-backend")).partition(".")[0], kind=EACH)


_READERS: Final[dict[str, Callable[[Table, Mapping[str, str], Mapping[str, Table]], Compiled | None]]] = {
    "maturin": _maturin,
    "setuptools": _setuptools,
    "scikit_build_core": _scikit_build,
    "mesonpy": _meson,
    "hatchling": _hatch,
    "pdm": _pdm,
    "poetry": _poetry,
    "py_build_cmake": _always,
    "sipbuild": _always,
}


def beside(backend: str, folder_files: Sequence[str]) -> Iterator[str]:
    """Choose the files of a project's folder, by their paths from it, that :func:`read` looks at."""
    names = {
        "maturin": ("Cargo.toml",),
        "setuptools": ("setup.py", "setup.cfg"),
        "mesonpy": ("meson.build",),
        "hatchling": (".py",),
    }
    ends = next((ends for start, ends in names.items() if backend.startswith(start)), ())
    for path in folder_files:
        pure = PurePosixPath(path)
        wanted = pure.name in ends or (".py" in ends and len(pure.parts) == 1 and pure.suffix == ".py")
        if wanted and (pure.name != "setup.py" or len(pure.parts) == 1):
            yield path


def _table(data: Table, dotted: str) -> Table:
    found = _at(data, dotted)
    return found if isinstance(found, Mapping) else {}


def _at(data: Table, dotted: str) -> Any:
    value: Any = data
    for key in dotted.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _words(written: Any) -> list[str]:
    listed = written if isinstance(written, list) else [written]
    return [word for word in listed if isinstance(word, str)]
