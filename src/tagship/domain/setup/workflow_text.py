"""Workflow files read into values, each with its line; what is not as it should be is read as not being there."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from tagship.domain.setup.workflow import Job, Permissions, Step, Word, Workflow
from tagship.errors import UsageError

if TYPE_CHECKING:
    import yaml

_LONGEST: Final = 1 << 20
_HINT: Final = "mend the file; GitHub would not run it either"
Pairs = Mapping[str, tuple["yaml.Node", "yaml.Node"]]


def read(text: str, file: str) -> Workflow:
    """Read a workflow.

    Raises:
        UsageError: it is no YAML, or no workflow.

    """
    import yaml

    if len(text) > _LONGEST:
        raise UsageError("it is longer than any workflow", file=file, hint=_HINT)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = {"line": mark.line + 1, "column": mark.column + 1} if mark else {}
        raise UsageError(f"not YAML: {error.problem}", file=file, hint=_HINT, **place) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"not YAML: {' '.join(str(error).split())[:200]}", file=file, hint=_HINT) from None
    top = _pairs(node)
    if "jobs" not in top or "on" not in top:
        raise UsageError("it is no workflow: it has no `on` or no `jobs`", file=file, line=1, hint=_HINT)
    groups = top.get("concurrency")
    mark = top["jobs"][0].start_mark
    return Workflow(
        file=file,
        triggers=_triggers(top["on"][1]),
        permissions=_permissions(top),
        groups=groups is not None,
        cancels=_words(groups).get("cancel-in-progress") if groups else None,
        variables=_words(top.get("env")),
        jobs=tuple(_job(name, key, value) for name, (key, value) in _pairs(top["jobs"][1]).items()),
        jobs_line=mark.line + 1,
        insert=mark.index,
    )


def _job(name: str, key: "yaml.Node", node: "yaml.Node") -> Job:
    pairs = _pairs(node)
    secrets = pairs.get("secrets")
    environment = pairs.get("environment")
    named = _words(environment).get("name") if environment else None
    return Job(
        id=name,
        line=key.start_mark.line + 1,
        permissions=_permissions(pairs),
        runners=tuple(_runners(pairs)),
        matrix=_matrix(pairs),
        limited="timeout-minutes" in pairs,
        environment=(named or _scalar(environment) or Word(value="", line=0, column=0)).value,
        uses=_scalar(pairs.get("uses")),
        given=_words(pairs.get("with")),
        inherits=_is(secrets, "inherit"),
        secrets=_words(secrets),
        variables=_words(pairs.get("env")),
        steps=tuple(_step(item) for item in _items(pairs.get("steps"))),
    )


def _step(node: "yaml.Node") -> Step:
    pairs = _pairs(node)
    return Step(
        line=node.start_mark.line + 1,
        uses=_scalar(pairs.get("uses")),
        run=_scalar(pairs.get("run")),
        given=_words(pairs.get("with")),
        environment=_words(pairs.get("env")),
    )


def _triggers(node: "yaml.Node") -> dict[str, Word]:
    if (only := _word(node)) is not None:
        return {only.value: only}
    words = [_word(key) for key, _ in _pairs(node).values()] or [_word(item) for item in _children(node)]
    return {word.value: word for word in words if word}


def _permissions(pairs: Pairs) -> Permissions | None:
    found = pairs.get("permissions")
    if found is None:
        return None
    line, only = found[0].start_mark.line + 1, _scalar(found)
    grants = {scope: word.value for scope, word in _words(found).items()}
    return Permissions(line=line, every=only.value if only else "", grants=grants)


def _runners(pairs: Pairs) -> Iterator[Word]:
    found = pairs.get("runs-on")
    if found is None:
        return
    only = _scalar(found)
    labels = _pairs(found[1]).get("labels")
    nodes = [*_items(found), *_items(labels)]
    words = [only, _scalar(labels), *(_word(node) for node in nodes)]
    yield from (word for word in words if word)


def _matrix(pairs: Pairs) -> dict[str, tuple[Word, ...]]:
    """Collect the values that each name of a matrix has, also of its ``include``."""
    matrix = _pairs(_pairs(_value(pairs.get("strategy"))).get("matrix", (None, None))[1])
    found: dict[str, list[Word]] = {}
    for name, entry in matrix.items():
        for item in _items(entry):
            if word := _word(item):
                found.setdefault(name, []).append(word)
            for inner, value in _words((item, item)).items():
                found.setdefault(inner if name == "include" else f"{name}.{inner}", []).append(value)
    return {name: tuple(words) for name, words in found.items()}


def _pairs(node: Any) -> dict[str, tuple["yaml.Node", "yaml.Node"]]:
    """Return the entries of a mapping, of a key that occurs twice the last; of anything else none."""
    if getattr(node, "id", "") != "mapping":
        return {}
    return {key.value: (key, value) for key, value in node.value if isinstance(key.value, str)}


def _value(pair: tuple[Any, Any] | None) -> Any:
    return pair[1] if pair else None


def _children(node: Any) -> list["yaml.Node"]:
    return list(node.value) if getattr(node, "id", "") == "sequence" else []


def _items(pair: tuple[Any, Any] | None) -> list["yaml.Node"]:
    return _children(_value(pair))


def _word(node: Any) -> Word | None:
    if getattr(node, "id", "") != "scalar":
        return None
    mark = node.start_mark
    return Word(value=node.value, line=mark.line + 1, column=mark.column + 1)


def _scalar(pair: tuple[Any, Any] | None) -> Word | None:
    return _word(_value(pair))


def _is(pair: tuple[Any, Any] | None, value: str) -> bool:
    word = _scalar(pair)
    return word is not None and word.value == value


def _words(pair: tuple[Any, Any] | None) -> dict[str, Word]:
    """Return the scalars of a mapping by their keys."""
    found = ((name, _word(value)) for name, (_, value) in _pairs(_value(pair)).items())
    return {name: word for name, word in found if word}
