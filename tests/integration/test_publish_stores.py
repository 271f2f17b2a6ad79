"""``tagship publish`` to stores of files, Go's module proxy and a hook: stand-ins that keep to what is documented of them."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from tests.integration import publish_run
from tests.integration.publish_run import File, Publisher
from tests.tools.issuer import Issuer
from tests.tools.stores import TOKEN, ModuleProxy, Receiver, Store

FILES = {"dice-mcp-1.2.0.tar.gz": File("archive", b"one" * 1000), "dice-mcp-1.2.0.mcpb": File("mcpb", b"two" * 1000)}
PLACE = "/artifactory/servers/dice-mcp/1.2.0/"
SECRET = "hook-secret-of-the-tests"


def test_files_are_deployed_once_and_known_bytes_do_not_travel(tmp_path: Path) -> None:
    """With digest and properties; the same bytes under another name are asked for by digest; a second run only looks."""
    with Store() as store:
        store.files["/artifactory/other/copy"] = FILES["dice-mcp-1.2.0.mcpb"].data
        publisher = _store(store, tmp_path, options={"properties": "stage=release;team=dice"})
        done = publisher.run()
        assert done.code == 0, done.said
        assert {name: store.files[PLACE + name] for name in FILES} == {name: f.data for name, f in FILES.items()}
        assert store.properties[PLACE + "dice-mcp-1.2.0.mcpb"] == "stage=release;team=dice"
        bodies = [int(h["content-length"]) for r, h in zip(store.requests, store.headers, strict=True) if "PUT" in r]
        assert sorted(bodies) == [0, 0, 3000]
        writes = store.count("PUT")
        assert publisher.run(TAGSHIP_ARTIFACTORY_TOKEN="").published["artifactory"]["state"] == "already-there"
        assert store.count("PUT") == writes


def test_a_plain_store_is_never_left_with_an_empty_file(tmp_path: Path) -> None:
    """What tells no digest is fetched and hashed, and is not asked for files by digest."""
    with Store(artifactory=False) as store:
        publisher = _store(store, tmp_path)
        assert publisher.run().code == 0
        assert store.count("PUT") == 2
        assert publisher.run().published["artifactory"]["state"] == "already-there"
        store.files[PLACE + "dice-mcp-1.2.0.mcpb"] = b"other"
        assert publisher.run().code == 4


def test_a_plain_store_that_fails_while_it_shows_a_file_has_no_other_bytes(tmp_path: Path) -> None:
    """Its error page is not hashed in the file's place: it is asked again."""
    with Store(artifactory=False) as store:
        publisher = _store(store, tmp_path)
        assert publisher.run().code == 0
        broken = iter([503])
        store.before = lambda method, _path: next(broken, None) if method == "GET" else None
        again = publisher.run()
        assert (again.code, again.published["artifactory"]["state"]) == (0, "already-there"), again.said


def test_artifactory_trusts_the_job(tmp_path: Path) -> None:
    """By the name of the integration; without it, and where it does not know the job, it is said what to do."""
    with Store() as store, Issuer() as issuer:
        publisher = _store(store, tmp_path, options={"oidc-provider": "github"})
        refused = publisher.run(TAGSHIP_ARTIFACTORY_TOKEN="", **issuer.environment)
        assert (refused.code, "identity mappings" in refused.said) == (4, True), refused.said
        store.trusted = issuer.token(store.address)
        done = publisher.run(TAGSHIP_ARTIFACTORY_TOKEN="", **issuer.environment)
        assert (done.code, issuer.audiences[-1]) == (0, store.address), done.said
    assert _store(store, tmp_path / "none").run(TAGSHIP_ARTIFACTORY_TOKEN="").code in {2, 5}


def test_a_store_that_fails_is_waited_for_and_one_that_refuses_is_not(tmp_path: Path) -> None:
    """503, a connection that ends in the middle, and an answer that got lost; then a wrong token."""
    with Store() as store:
        broken, cuts, lost = iter([503]), iter([100]), iter([True])
        store.before = lambda method, _path: next(broken, None) if method == "PUT" else None
        store.after = lambda method, path: method == "PUT" and path in store.files and next(lost, False)
        store.cut = lambda method, _path: next(cuts, None) if _is_body(store, method) else None
        publisher = _store(store, tmp_path)
        wrong = publisher.run(TAGSHIP_ARTIFACTORY_TOKEN="of-nobody")
        assert (wrong.code, store.files) == (4, {}), wrong.said
        done = publisher.run()
        assert done.code == 0, done.said
        assert {name: store.files[PLACE + name] for name in FILES} == {name: f.data for name, f in FILES.items()}


@pytest.mark.parametrize("kind", ["npm", "mcp-registry", "go-proxy", "oci"])
def test_an_address_where_somebody_else_answers_is_no_bug(tmp_path: Path, kind: str) -> None:
    """A page for people with 200, as captive networks and wrong paths give: a refusal with a hint, no traceback."""
    with Receiver() as other:
        other.page = b"<html>Welcome</html>"
        done = publish_run.by_hand(
            tmp_path, _of_kind(kind), [publish_run.channel(kind, f"{other.address}/x")], details=_about()
        ).run()
        assert done.code in {2, 4, 6}, done.said
        assert "this is a bug" not in done.said


def test_a_module_is_fetched_when_its_tag_is_seen(tmp_path: Path) -> None:
    """The proxy is asked until it has the version; a second run finds it listed, and asks for nothing."""
    with ModuleProxy("example.com/!octo/dice", {"v1.2.0": "0" * 40}) as proxy:
        late = iter([404])
        proxy.before = lambda _method, path: next(late, None) if path.endswith(".info") else None
        publisher = _module(proxy, tmp_path)
        done = publisher.run()
        assert (done.code, done.published["go-proxy"]["state"]) == (0, "published"), done.said
        assert publisher.run().published["go-proxy"]["state"] == "already-there"


def test_a_tag_that_was_moved_is_told(tmp_path: Path) -> None:
    """The proxy has the version of another commit, for ever."""
    with ModuleProxy("example.com/!octo/dice", {"v1.2.0": "1" * 40}) as proxy:
        done = _module(proxy, tmp_path).run()
        assert done.code == 4, done.said


def test_a_hook_is_told_last_signed_and_with_one_name(tmp_path: Path) -> None:
    """After the store; whoever has the secret can check it; told again it has the same delivery; the secret is not shown."""
    with Store() as store, Receiver() as receiver:
        channels = [
            publish_run.channel("artifactory", f"{store.address}/artifactory/servers"),
            publish_run.channel("webhook", receiver.address, after=("artifactory",)),
        ]
        secrets = {"TAGSHIP_ARTIFACTORY_TOKEN": TOKEN, "TAGSHIP_WEBHOOK_SECRET": SECRET}
        publisher = publish_run.by_hand(tmp_path, FILES, channels, secrets, TOKEN, SECRET)
        refused = publisher.run(TAGSHIP_ARTIFACTORY_TOKEN="of-nobody")
        assert (refused.code, receiver.told) == (4, []), refused.said
        assert "webhook" in refused.said.partition("tagship publish --channels ")[2]
        for _ in range(2):
            done = publisher.run()
            assert done.code == 0, done.said
    (headers, body), (again, _) = receiver.told
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-tagship-signature-256"] == f"sha256={signature}"
    assert headers["x-tagship-delivery"] == again["x-tagship-delivery"]
    assert {each["name"] for each in json.loads(body)["files"]} == set(FILES)


@pytest.mark.parametrize("properties", ["stage", "=release", "stage="])
def test_properties_that_are_none_are_told_at_planning(properties: str) -> None:
    """Before anything is built."""
    from tagship.channels.artifactory import Artifactory
    from tagship.domain.plans.channel import Wish
    from tagship.errors import UsageError
    from tests.contract.test_channels import artifacts, package

    wish = Wish(id="a", kind="artifactory", address="https://example.org/x", options={"properties": properties})
    with pytest.raises(UsageError, match="is no property"):
        Artifactory.plan(wish, package("go"), artifacts(package("go")))


def _of_kind(kind: str) -> dict[str, File]:
    from tests.integration.test_publish_mcp import _document
    from tests.integration.test_publish_npm import _tarball
    from tests.integration.test_publish_oci import _layout

    return {
        "npm": {"dice-mcp-1.2.0.tgz": File("npm", _tarball({"name": "dice-mcp", "version": "1.2.0"}))},
        "mcp-registry": {"dice-mcp-1.2.0.server.json": _document("1.2.0")},
        "oci": {"dice-mcp-1.2.0.oci.tar": File("image", _layout("one"))},
    }.get(kind, FILES)


def _about() -> dict[str, dict[str, str]]:
    return {"details": {"module": "example.com/Octo/dice", "server-json": '{"name": "io.github.octo/dice-mcp"}'}}


def _store(store: Store, folder: Path, options: dict[str, str] | None = None) -> Publisher:
    channel = publish_run.channel("artifactory", f"{store.address}/artifactory/servers", options=options or {})
    return publish_run.by_hand(folder, FILES, [channel], {"TAGSHIP_ARTIFACTORY_TOKEN": TOKEN}, TOKEN)


def _module(proxy: ModuleProxy, folder: Path) -> Publisher:
    channel = publish_run.channel("go-proxy", proxy.address)
    details = {"details": {"module": "example.com/Octo/dice"}}
    return publish_run.by_hand(folder, FILES, [channel], details=details)


def _is_body(store: Store, method: str) -> bool:
    return method == "PUT" and int(store.headers[-1].get("content-length", 0)) > 0
