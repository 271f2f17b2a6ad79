"""Every channel keeps the Protocol, found by discovery; what all of them rely on decides right."""

import inspect
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tagship import config, plugins
from tagship.adapters.clock import SystemClock
from tagship.adapters.git import Git
from tagship.adapters.shell import SystemShell
from tagship.channels._crate_file import CRATES_IO, CrateFile, body
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.channel import Owed, There, Wish, checked_address, decide, groups, name_each, select
from tagship.domain.plans.plan import ChannelPlan, EcosystemName, Package
from tagship.domain.plans.target import Target
from tagship.domain.versions.version import Spellings
from tagship.errors import IntegrityError, RemoteRefused, TagshipError, UsageError
from tagship.parts.publish import channels
from tagship.ports import Channel, ChannelSettings, Foreseeing, Tools
from tagship.settings import ChannelConfig, Config

KINDS = plugins.names("channels")
SPELLINGS = Spellings(pep440="1.2.0rc1", npm="1.2.0-rc.1", oci="1.2.0-rc.1", deb="1.2.0~rc.1", rpm="1.2.0~rc.1")
ECOSYSTEMS: tuple[EcosystemName, ...] = ("python", "npm", "go", "rust", "container", "mcpb", "linux-packages")
OF_KIND: dict[str, tuple[str, ...]] = {
    "python": ("wheel", "sdist"),
    "npm": ("npm",),
    "go": ("archive",),
    "rust": ("archive", "crate"),
    "container": ("image",),
    "mcpb": ("mcpb",),
    "linux-packages": ("deb", "rpm"),
}
PROGRAMS = ("go", "rust")
MANIFESTS = ("rb", "scoop.json", "winget.yaml", "winget.installer.yaml", "winget.locale.en-US.yaml")
ADDRESS = "https://example.org/octo/place"


class Silent:
    """A reporter that remembers warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, message: str, **_place: object) -> None:
        self.warnings.append(message)


def tools() -> Tools:
    """Give a channel the real objects, and no environment."""
    silent: Any = Silent()
    shell = SystemShell()
    return Tools(
        shell=shell,
        clock=SystemClock(),
        reporter=silent,
        environment={},
        open_repository=lambda folder: Git(folder, shell, {}),
    )


def package(ecosystem: EcosystemName = "python", name: str = "demo") -> Package:
    return Package(
        id=name,
        name=name,
        path=".",
        ecosystem=ecosystem,
        version="1.2.0-rc.1",
        spellings=SPELLINGS,
        license=None,
        mcp_name=None,
        entry=None,
        version_sites=(),
    )


def artifacts(owner: Package) -> tuple[Artifact, ...]:
    kinds = {kind: kind for kind in (*OF_KIND[owner.ecosystem], "sbom")} | {"server.json": "manifest"}
    kinds |= dict.fromkeys(MANIFESTS, "installer") if owner.ecosystem in PROGRAMS else {}
    make: Any = Artifact
    return tuple(
        make(
            name=f"{owner.name}-1.{ending}",
            kind=kind,
            package=owner.id,
            target=Target.ANY,
            media_type="application/octet-stream",
            leg="leg",
        )
        for ending, kind in kinds.items()
    )


def of_release() -> tuple[Artifact, ...]:
    """Name the documents about a whole release."""
    make: Any = Artifact
    kinds = {"release.json": "manifest", "mcp-probe.json": "probe"}
    return tuple(
        make(name=f"demo-1.2.0.{ending}", kind=kind, package="", target=Target.ANY, media_type="x/y", leg="sign")
        for ending, kind in kinds.items()
    )


def owed(name: str, digest: str = "a") -> Owed:
    return Owed(name=name, path=f"dist/{name}", size=1, sha256=digest * 64)


def entry(channel_id: str, kind: str = "pypi", package_id: str = "demo", after: tuple[str, ...] = ()) -> ChannelPlan:
    return ChannelPlan(id=channel_id, kind=kind, package=package_id, artifacts=("f",), address=ADDRESS, after=after)


def test_there_are_channels() -> None:
    """Discovery finds PyPI without a list anywhere."""
    assert "pypi" in KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_has_all_that_the_protocol_asks(kind: str) -> None:
    """Names and parameters are the Protocol's; its address may be planned; its file is called like its kind."""
    plugin = plugins.load("channels", kind)
    assert plugin.kind == kind
    assert plugin.address == "" or checked_address(plugin.address) == plugin.address
    assert isinstance(plugin.secrets, tuple)
    assert all(re.fullmatch(r"[a-z][a-z-]*", name) and said for name, said in plugin.options.items())
    assert isinstance(plugin.url, property)
    for name in ("plan", "create", "there", "publish", "visible"):
        wanted = list(inspect.signature(getattr(Channel, name)).parameters)
        assert list(inspect.signature(getattr(plugin, name)).parameters) == wanted, name


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_owes_files_of_some_package_and_only_its_own(kind: str) -> None:
    """At least one ecosystem's package is owed; the entry is the wish's, names its files sorted, and no other package's, but
    for documents of the whole release.
    """
    plugin = plugins.load("channels", kind)
    wish = Wish(id="here", kind=kind, address=ADDRESS)
    plans = []
    for ecosystem in ECOSYSTEMS:
        mine, other = package(ecosystem), package(ecosystem, "other")
        planned = plugin.plan(wish, mine, (*artifacts(other), *artifacts(mine), *of_release()))
        if planned:
            plans.append(planned)
            assert set(planned.artifacts) <= {artifact.name for artifact in (*artifacts(mine), *of_release())}
        assert plugin.plan(wish, mine, ()) is None
    assert plans
    for planned in plans:
        assert (planned.id, planned.kind, planned.address) == ("here", kind, ADDRESS)
        assert planned.artifacts == tuple(sorted(planned.artifacts))


@pytest.mark.parametrize("ecosystem", ECOSYSTEMS)
def test_a_page_is_owed_once_and_for_every_kind_of_package(ecosystem: EcosystemName) -> None:
    """Whatever a release consists of, one of its packages owes the page, after all that is on it; a key is needed for apt and
    dnf alone.
    """
    plugin: type[Channel] = plugins.load("channels", "pages")
    wish = Wish(id="pages", kind="pages", address=ADDRESS)
    one, other = package(ecosystem), package("linux-packages", "demo-linux-packages")
    files = (*artifacts(one), *artifacts(other), *of_release())
    planned = [entry for each in (one, other) if (entry := plugin.plan(wish, each, files))]
    page = ["demo-1.2.0.mcp-probe.json", "demo-1.2.0.release.json"]
    assert [set(page) <= set(entry.artifacts) for entry in planned] == [True, False]
    named = {entry.id: entry for entry in name_each(planned, {other.id: one.id})}
    assert named["pages/demo"].after == ("pages/demo-linux-packages",)
    (alone,) = [plugin.plan(wish, one, (*artifacts(one), *of_release()))]
    assert alone is not None
    repositories = {"demo-1.deb", "demo-1.rpm"} & set(alone.artifacts)
    assert sorted(set(alone.artifacts) - repositories) == page
    settings = ChannelSettings(entry=alone, package=one)
    way = plugin.create(settings, tools())
    assert isinstance(way, Foreseeing)
    assert way.way_in().needs == ("gpg-key" if repositories else "token")


@pytest.mark.parametrize(
    ("address", "options", "certified", "owed"),
    [
        ("https://registry.npmjs.org/", {}, True, True),
        ("https://registry.npmjs.org", {"provenance": "never"}, True, False),
        ("https://registry.npmjs.org", {"access": "restricted"}, True, False),
        ("https://registry.npmjs.org", {}, False, False),
        (ADDRESS, {}, True, False),
        (ADDRESS, {"provenance": "always"}, True, True),
        (ADDRESS, {"provenance": "always"}, False, False),
    ],
)
def test_npm_owes_statements_where_provenance_is_of_use(
    address: str, options: dict[str, str], *, certified: bool, owed: bool
) -> None:
    """At the public registry by itself, at others when it is asked for; never of keys."""
    owner, silent = package("npm"), tools().reporter
    statements = msgspec.structs.replace(artifacts(owner)[0], name="demo.intoto.jsonl", kind="attestation", package="")
    settings = Config(channels=(ChannelConfig(kind="npm", address=address, options=options),))
    files = [*artifacts(owner), statements]
    (planned,) = channels.plan((), settings, [owner], files, silent, certified=certified)
    assert ("demo.intoto.jsonl" in planned.artifacts) == owed


def test_an_unknown_choice_of_provenance_is_refused() -> None:
    """The message names what there is."""
    plugin = plugins.load("channels", "npm")
    wish = Wish(id="npm", kind="npm", address=ADDRESS, options={"provenance": "on"})
    with pytest.raises(UsageError) as caught:
        plugin.plan(wish, package("npm"), artifacts(package("npm")))
    assert (str(caught.value.problems[0].message), caught.value.problems[0].hint) == (
        "provenance of npm packages is 'on'",
        "write auto or always or never",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_making_a_channel_asks_nobody_and_shows_no_secret(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """``create`` opens no connection, and neither settings nor page contain a secret."""
    plugin = plugins.load("channels", kind)
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("it opened a connection"))
    secrets = dict.fromkeys(plugin.secrets, "planted-secret")
    planned = entry("here", kind)
    settings = ChannelSettings(entry=planned, package=package(), secrets=secrets)
    target = plugin.create(settings, tools())
    assert "planted-secret" not in repr(settings) + target.url


def test_all_there_leaves_nothing_to_do() -> None:
    """Equal names and digests: nothing is missing; what nobody planned is told."""
    decision = decide([owed("a")], There(files={"a": "a" * 64, "b": ""}))
    assert (decision.missing, decision.foreign) == ((), ("b",))


def test_only_what_is_missing_is_published() -> None:
    """A half-published version is completed, in a fixed order."""
    decision = decide([owed("c"), owed("b"), owed("a")], There(files={"b": "a" * 64}))
    assert [file.name for file in decision.missing] == ["a", "c"]


def test_what_serves_every_platform_goes_last() -> None:
    """A launcher asks for the packages of the platforms: nobody gets it before they are there."""
    launcher, platform = owed("a"), msgspec.structs.replace(owed("b"), universal=False)
    assert [file.name for file in decide([launcher, platform], There(files={})).missing] == ["b", "a"]


@pytest.mark.parametrize("digest", ["b" * 64, ""])
def test_other_bytes_are_refused(digest: str) -> None:
    """One different file refuses the whole version; a digest nobody knows vouches for nothing."""
    with pytest.raises(RemoteRefused, match="other bytes: a"):
        decide([owed("a"), owed("b")], There(files={"a": digest}))


def test_ids_of_several_packages_are_told_apart() -> None:
    """One channel of two packages becomes two entries, sorted; ``after`` leads to the same package's channels."""
    wished = [
        entry("pypi", package_id="two"),
        entry("pypi", package_id="one"),
        entry("registry", "mcp-registry", "one", ("pypi", "npm")),
    ]
    named = name_each(wished)
    assert [channel.id for channel in named] == ["pypi/one", "pypi/two", "registry"]
    assert named[2].after == ("pypi/one",)


def test_an_announcement_comes_after_all_of_its_server() -> None:
    """``*`` is every other channel of the package and of what is made around it; two announcements do not wait for each other."""
    wished = [
        entry("pypi", package_id="one"),
        entry("oci", "oci", "one-container"),
        entry("npm", "npm", "two"),
        entry("hook", "webhook", "one", ("*",)),
        entry("other", "webhook", "one", ("*",)),
    ]
    named = {channel.id: channel for channel in name_each(wished, {"one-container": "one"})}
    assert named["hook"].after == named["other"].after == ("oci", "pypi")


def test_what_a_package_needs_goes_first_in_the_same_channel() -> None:
    """A crate waits for the crate that it is made with, in each registry by itself, and for nothing of another kind."""
    wished = [
        entry("crates", "crates", "app"),
        entry("crates", "crates", "core"),
        entry("pypi", "pypi", "core"),
        entry("inner", "crates", "app"),
    ]
    named = {channel.id: channel.after for channel in name_each(wished, needs={"app": ("core",)})}
    assert named == {"crates/app": ("crates/core",), "crates/core": (), "inner": (), "pypi": ()}


def test_jobs_get_channels_that_wait_for_each_other_together() -> None:
    """The order inside of a job is kept by ``publish``; what is independent gets a job of its own."""
    plan = [entry("a"), entry("b", after=("a",)), entry("c"), entry("d", after=("b", "e")), entry("e")]
    assert groups(plan) == ["a,b,d,e", "c"]
    assert groups([]) == []


def test_channels_come_after_those_they_wait_for() -> None:
    """The order follows ``after``; one that was not asked for is not waited for."""
    plan = [entry("a", after=("b",)), entry("b", after=("c",)), entry("c")]
    assert [channel.id for channel in select(plan, ())] == ["c", "b", "a"]
    assert [channel.id for channel in select(plan, ("a",))] == ["a"]


def test_a_name_selects_all_packages_of_a_channel() -> None:
    """``pypi`` means each of its packages, ``pypi/one`` one of them."""
    plan = [entry("pypi/one"), entry("pypi/two"), entry("npm")]
    assert {channel.id for channel in select(plan, ("pypi",))} == {"pypi/one", "pypi/two"}
    assert {channel.id for channel in select(plan, ("pypi/one",))} == {"pypi/one"}


def test_an_unknown_or_circular_channel_is_a_usage_error() -> None:
    """The message names what there is."""
    with pytest.raises(UsageError, match="choose among a"):
        select([entry("a")], ("b",))
    with pytest.raises(UsageError, match="wait for each other"):
        select([entry("a", after=("b",)), entry("b", after=("a",))], ())


@pytest.mark.parametrize(
    "address",
    [
        "https://user:secret@example.org/",
        "https://token@example.org/",
        "http://example.org/",
        "ftp://example.org/",
        "example.org",
        "https://example.org/?token=x",
        "https://[broken/",
        "",
    ],
)
def test_an_address_that_leaks_or_leads_nowhere_is_refused(address: str) -> None:
    """A password never gets into a plan; a token never travels unencrypted to another machine."""
    with pytest.raises(UsageError) as caught:
        checked_address(address)
    assert "secret" not in str(caught.value)


def test_nothing_is_published_that_nobody_asked_for() -> None:
    """Without configuration and input there are no channels."""
    owner = package()
    assert channels.plan((), Config(), [owner], artifacts(owner), Silent()) == ()  # type: ignore[arg-type]


def test_configured_channels_become_entries() -> None:
    """The short form has the kind's own address; the long form its id and address; the input chooses and adds."""
    settings = config.decode("channels: [pypi, {kind: pypi, id: test, address: 'https://test.pypi.org/legacy/'}]", "f")
    owner, silent = package(), Silent()
    made = channels.plan((), settings, [owner], artifacts(owner), silent)  # type: ignore[arg-type]
    assert [(c.id, c.address) for c in made] == [
        ("pypi", "https://upload.pypi.org/legacy/"),
        ("test", "https://test.pypi.org/legacy/"),
    ]
    assert made[0].artifacts == ("demo-1.sdist", "demo-1.wheel")
    chosen = channels.plan(("test",), settings, [owner], artifacts(owner), silent)  # type: ignore[arg-type]
    assert [c.id for c in chosen] == ["test"]
    added = channels.plan(("pypi",), Config(), [owner], artifacts(owner), silent)  # type: ignore[arg-type]
    assert [c.id for c in added] == ["pypi"]
    assert silent.warnings == []


def test_a_kind_without_a_place_of_its_own_needs_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for by name, before anything is planned."""
    monkeypatch.setattr(plugins.load("channels", "pypi"), "address", "")
    owner, silent = package(), Silent()
    with pytest.raises(UsageError, match="the channel pypi has no address"):
        channels.plan(("pypi",), Config(), [owner], artifacts(owner), silent)  # type: ignore[arg-type]


def test_a_channel_without_files_is_told() -> None:
    """Asked for and good for nothing is a warning, not silence."""
    owner, silent = package("go"), Silent()
    assert channels.plan(("pypi",), Config(), [owner], artifacts(owner), silent) == ()  # type: ignore[arg-type]
    assert "pypi has nothing to publish" in silent.warnings[0]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("channels: [pypi, pypi]", None, "two channels have one id"),
        ("channels: [{kind: pypi, id: Bad/Id}]", None, "cannot be the id"),
        ('channels: [{kind: pypi, id: "index\\n"}]', None, "cannot be the id"),
        ("channels: [pipy]", None, "unknown name 'pipy'"),
        ("channels:\n  - kind: pypi\n    adress: https://example.org", 3, "did you mean 'address'?"),
        ("channels:\n  - id: pypi", 2, "channels[0] lacks kind"),
        ("channels:\n  - [pypi]", 2, "channels[0]"),
        ("channels: pypi", 1, "channels"),
        ("channels: [{kind: pypi, options: {acess: public}}]", None, "has no option 'acess'"),
    ],
)
def test_a_broken_configuration_is_told(text: str, line: int | None, said: str) -> None:
    """With the line where there is one, and what was meant."""
    owner = package()
    with pytest.raises(TagshipError) as caught:
        channels.plan((), config.decode(text, "tagship.yaml"), [owner], artifacts(owner), Silent())  # type: ignore[arg-type]
    assert said in str(caught.value)
    assert (caught.value.exit_code, caught.value.problems[0].line) == (2, line)


@pytest.mark.parametrize("kind", ["mcp-registry", "homebrew", "scoop", "oci"])
def test_a_file_that_changed_after_it_was_proved_is_not_sent(kind: str, tmp_path: Path) -> None:
    """It is read again, and is another one: nobody is asked anything, and nothing is sent."""
    path = tmp_path / "file"
    path.write_bytes(b"{}")
    file = Owed(name="file", path=str(path), size=2, sha256="a" * 64)
    planned = msgspec.structs.replace(entry(kind, kind), options={"prereleases": "true"})
    channel = plugins.load("channels", kind).create(ChannelSettings(entry=planned, package=package()), tools())
    with pytest.raises(IntegrityError, match="it changed since its digest was taken"):
        channel.publish(file) if kind == "oci" else channel.there([file])


def test_a_crate_that_changed_after_it_was_proved_is_not_sent(tmp_path: Path) -> None:
    """The digest of the bytes that would be sent decides."""
    path = tmp_path / "file"
    path.write_bytes(b"other")
    crate = CrateFile(name="demo", version="1.0.0", manifest={"package": {}}, readme="")
    with pytest.raises(IntegrityError, match="it changed since its digest was taken"):
        body(Owed(name="file", path=str(path), size=5, sha256="a" * 64), crate, CRATES_IO)
