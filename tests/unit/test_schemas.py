"""JSON Schemas that editors and other programs read."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from tagship import cli, config, schemas
from tagship.domain.plans import plan as plans
from tagship.settings import Config
from tests.unit import samples
from tests.unit.samples import MANIFEST, RECEIPT, REPORT

VALID = {"config": msgspec.json.encode(Config()), "plan": plans.encode(samples.plan()),
         "receipt": plans.encode(RECEIPT), "manifest": plans.encode(MANIFEST), "probe": plans.encode(REPORT)}  # fmt: skip


@pytest.mark.parametrize("kind", schemas.KINDS)
def test_a_schema_takes_what_is_written_and_nothing_else(kind: str) -> None:
    """It is a valid schema of its draft; our own file passes, one with an unknown key does not."""
    schema = json.loads(schemas.text(kind))
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema)
    document = json.loads(VALID[kind])
    assert list(validator(schema).iter_errors(document)) == []
    assert [error.validator for error in validator(schema).iter_errors({**document, "surprise": 1})] == [
        "additionalProperties"
    ]


def test_schemas_are_stable() -> None:
    """The same text each time: generated files in the repository do not flicker."""
    assert {kind: schemas.text(kind) for kind in schemas.KINDS} == {kind: schemas.text(kind) for kind in schemas.KINDS}
    assert all(schemas.text(kind).endswith("}\n") for kind in schemas.KINDS)


def _keys(schema: dict[str, Any], place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk all keys that the schema of tagship.yaml describes."""
    for name, value in schema.get("properties", {}).items():
        yield f"{place}{name}", value
    for name, value in schema.get("$defs", {}).items():
        yield from _keys(value, f"{name}.")


def test_editors_can_explain_every_key() -> None:
    """Each key has a description; each that takes free text or a list has an example or names to choose among."""
    schema = schemas.document("config")
    assert schema["$id"].endswith("/src/tagship/schema/config.schema.json")
    assert (schema["title"], schema["type"]) == ("tagship.yaml", "object")
    lacking = [place for place, key in _keys(schema) if not key.get("description")]
    lacking += [
        place
        for place, key in _keys(schema)
        if "$ref" not in key
        and not {"boolean", "integer"} & {key.get("type"), *(each.get("type") for each in key.get("anyOf", ()))}
        and '"enum"' not in json.dumps(key)
        and '"pattern"' not in json.dumps(key)
        and not key.get("examples")
    ]
    assert lacking == []


def test_examples_and_defaults_are_what_the_schema_takes_and_the_program_reads() -> None:
    """Every example of a key is valid there, and a file with those on top is read."""
    schema = json.loads(schemas.text("config"))
    for place, key in _keys(schema):
        validator = jsonschema.Draft202012Validator({**key, "$defs": schema["$defs"]})
        for value in [*key.get("examples", ()), *([key["default"]] if "default" in key else ())]:
            assert [error.message for error in validator.iter_errors(value)] == [], place
    for name, key in schema["properties"].items():
        for example in key.get("examples", ()):
            assert config.decode(json.dumps({name: example}), "tagship.yaml") is not None


def test_names_of_plug_ins_are_offered_and_others_are_not_taken() -> None:
    """Signers, documents, installers and channels are chosen among those there are."""
    validator = jsonschema.Draft202012Validator(schemas.document("config"))
    known = {"signers": "gpg", "sbom": "spdx", "installers": "homebrew", "channels": "pypi"}
    assert list(validator.iter_errors({key: [name] for key, name in known.items()})) == []
    assert len(list(validator.iter_errors({key: ["surprise"] for key in known}))) == len(known)


def test_every_schema_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """`tagship schema` knows all kinds that there are."""
    for kind in schemas.KINDS:
        assert cli.main(["schema", kind]) == 0
        assert capsys.readouterr().out == schemas.text(kind)
