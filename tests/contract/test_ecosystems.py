"""Every ecosystem: what holds for all of them, whatever the language."""

import msgspec
import pytest

from tagship import plugins
from tagship.domain.plans.artifact import collisions
from tagship.domain.plans.plan import EcosystemName
from tagship.domain.plans.target import Target
from tagship.domain.versions.version import Version
from tagship.ports import BuildingEcosystem, Ecosystem, Found, Order
from tests.contract.protocols import RELEASE_FILE
from tests.unit.samples import Tree, package

NAMES = [name for name in plugins.names("ecosystems") if isinstance(plugins.load("ecosystems", name), Ecosystem)]
ORDER = Order(targets=tuple(target for target in Target if target is not Target.ANY))
BUILDING = [name for name in NAMES if isinstance(plugins.load("ecosystems", name), BuildingEcosystem)]


@pytest.fixture(params=NAMES)
def ecosystem(request: pytest.FixtureRequest) -> Ecosystem:
    """Each ecosystem there is."""
    found: Ecosystem = plugins.load("ecosystems", request.param)
    return found


def test_the_name_is_one_a_plan_may_hold(ecosystem: Ecosystem) -> None:
    """Plans are decoded strictly."""
    assert msgspec.convert(ecosystem.name, EcosystemName) == ecosystem.name


def test_nothing_is_found_where_nothing_is(ecosystem: Ecosystem) -> None:
    """Neither in an empty tree nor among files of no language."""
    assert ecosystem.detect(Tree({}), ()) == ((), ())
    assert ecosystem.detect(Tree({"README.md": "# x", "LICENSE": ""}), ())[0] == ()


@pytest.mark.parametrize("ecosystem", BUILDING, indirect=True)
@pytest.mark.parametrize("version", ["1.2.0", "0.1.0-alpha.1", "10.0.0-rc.12"])
@pytest.mark.parametrize("name", ["demo", "My.Cool_server"])
def test_artifact_names_are_legal_and_different(ecosystem: BuildingEcosystem, name: str, version: str) -> None:
    """Plain file names that hold the version, each once, of a build leg, for the package."""
    wanted = msgspec.structs.replace(package(name, version), ecosystem=ecosystem.name)
    found = Found(
        ecosystem=ecosystem.name, name=name, path=".", version="", license=None, mcp_name=None, entry=None, sites=(), details={}
    )  # fmt: skip
    artifacts = ecosystem.artifacts(wanted, found, ORDER)
    names = [artifact.name for artifact in artifacts]
    spellings = set(msgspec.structs.astuple(Version.parse(version).spellings)) | {version}
    assert names
    assert not collisions(names)
    for artifact in artifacts:
        assert RELEASE_FILE.fullmatch(artifact.name)
        assert any(spelling in artifact.name for spelling in spellings), artifact.name
        assert artifact.package == wanted.id
        assert artifact.leg
        assert artifact.media_type.count("/") == 1
    assert ecosystem.artifacts(wanted, found, ORDER) == artifacts
