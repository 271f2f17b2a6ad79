"""Plan, receipt and manifest as they are stored."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagship.domain.plans import plan as plans
from tagship.domain.plans import receipt as receipts
from tagship.domain.plans.plan import Plan
from tagship.errors import IntegrityError, UsageError
from tests.unit import samples
from tests.unit.samples import MANIFEST, RECEIPT, versions

some_plans = st.builds(
    samples.plan,
    versions.map(str),
    st.lists(st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True), min_size=1, max_size=4, unique=True).map(tuple),
)


@given(some_plans)
def test_a_plan_is_read_back_and_keeps_its_bytes(plan: Plan) -> None:
    """Decoding and encoding again gives the very bytes: the digest stays valid."""
    data = plans.encode(plan)
    again = plans.decode(data, file="plan.json", expected_digest=plans.digest(data))
    assert again == plan
    assert plans.encode(again) == data
    assert data.endswith(b"}\n")
    assert b"\r" not in data


@given(st.permutations(["alpha", "beta", "gamma"]))
def test_the_order_in_which_packages_are_found_does_not_matter(names: list[str]) -> None:
    """Every list of a plan is sorted."""
    base = samples.plan(names=("alpha", "beta", "gamma"))
    found = msgspec.structs.replace(samples.plan(names=tuple(names)), name=base.name, artifacts=base.artifacts)
    assert plans.encode(found) == plans.encode(base)


@pytest.mark.parametrize("value", [samples.plan(), RECEIPT, MANIFEST], ids=lambda value: type(value).__name__)
def test_stored_values_round_trip(value: msgspec.Struct) -> None:
    """Receipt and manifest too."""
    assert msgspec.json.decode(plans.encode(value), type=type(value)) == value


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """List the paths of all objects with fixed keys."""
    if isinstance(value, dict):
        here = [] if path and path[-1] in {"tools", "components", "details", "runtimes"} else [path]
        return here + [found for key, inner in value.items() for found in places(inner, (*path, key))]
    return (
        [found for i, inner in enumerate(value) for found in places(inner, (*path, i))]
        if isinstance(value, list)
        else []
    )


@pytest.mark.parametrize("value", [samples.plan(), RECEIPT, MANIFEST], ids=lambda value: type(value).__name__)
def test_unknown_and_missing_keys_are_refused_at_any_depth(value: msgspec.Struct) -> None:
    """A newer or forged file is not half understood."""
    found = places(json.loads(plans.encode(value)))
    assert len(found) >= 3
    for path in found:
        for change in ("add", "remove"):
            document = json.loads(plans.encode(value))
            target = document
            for key in path:
                target = target[key]
            if change == "add":
                target["surprise"] = 1
            else:
                del target[next(key for key in target if key != "schema")]
            with pytest.raises(msgspec.ValidationError):
                msgspec.json.decode(json.dumps(document), type=type(value))


def test_a_changed_plan_is_an_integrity_error() -> None:
    """The digest came by the trusted way: one changed byte ends the run with exit code 6."""
    data = plans.encode(samples.plan())
    with pytest.raises(IntegrityError) as caught:
        plans.decode(data.replace(b"octo", b"evil"), file="plan.json", expected_digest=plans.digest(data))
    assert caught.value.exit_code == 6
    assert caught.value.problems[0].file == "plan.json"


BROKEN = [
    b"", b"{}", b"null", b"[]", b"\xff", b'{"schema": "tagship.plan/2"}', b'{"schema":' + b"[" * 100_000, b'{"tag": "\xff"}',
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_plan_or_manifest(data: bytes) -> None:
    """An unusable input, never a crash."""
    with pytest.raises(UsageError, match="not a plan"):
        plans.decode(data, file="plan.json")
    with pytest.raises(IntegrityError, match="not a release manifest"):
        receipts.decode_manifest(data, file="m")


@pytest.mark.parametrize(
    ("old", "new"), [(samples.COMMIT, "main"), (samples.COMMIT, samples.COMMIT + "\\n"), ("any", "amiga")]
)
def test_values_outside_their_range_are_refused(old: str, new: str) -> None:
    """A commit is a full id, a target one of the known."""
    data = plans.encode(samples.plan()).replace(f'"{old}"'.encode(), f'"{new}"'.encode())
    with pytest.raises(UsageError, match="not a plan"):
        plans.decode(data, file="plan.json")


def test_looking_things_up() -> None:
    """Legs by id, packages by id, artifacts by name; the built ones are those of the legs."""
    plan = samples.plan(names=("alpha", "beta"))
    assert plan.leg("python-any").packages == ("alpha", "beta")
    assert plan.package("beta").name == "beta"
    assert plan.artifact("nothing") is None
    assert {a.name for a in plan.built} == {a.name for a in plan.artifacts if a.kind in {"wheel", "sdist"}}
    with pytest.raises(UsageError) as caught:
        plan.leg("rust")
    assert "python-any" in caught.value.problems[0].hint
