"""JSON Schemas that editors and other programs read."""

import json

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from tagship import schemas
from tagship.domain import plan as plans
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
