"""Several packages in one repository: which tags are whose, what changed in which, and what depends on it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.integration.monorepos import bump, made_tags, make, moved, package, touch

CORE, WEB = package("core", "packages/core"), package("web", "packages/web")


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (("core-v1.0.0", "web-v1.0.0"), "core-v1.1.0"),
        (("core@1.0.0", "web@1.0.0"), "core@1.1.0"),
        (("core@v1.0.0", "web@v1.0.0"), "core@v1.1.0"),
        (("core/v1.0.0", "web/v1.0.0"), "core/v1.1.0"),
        (("packages/core/v1.0.0", "packages/web/v1.0.0"), "packages/core/v1.1.0"),
        (("core-1.0.0", "web-1.0.0"), "core-1.1.0"),
        (("core-v0.9.0", "core@1.0.0", "web@1.0.0"), "core@1.1.0"),
    ],
)
def test_own_tags_are_read_from_the_history(tmp_path: Path, known: tuple[str, ...], expected: str) -> None:
    """In each usual style, the newest first; the next tag looks alike, and only what was changed moves."""
    project = make(tmp_path, CORE, WEB, tags=known)
    touch(project, "packages/core/a.txt", "feat: a")
    values = bump(project, "--mode", "commit")
    assert moved(values) == {"core": expected}
    assert made_tags(project) == {expected}
    assert 'version = "1.1.0"' in (project.root / "packages/core/pyproject.toml").read_text(encoding="utf-8")
    assert 'version = "1.0.0"' in (project.root / "packages/web/pyproject.toml").read_text(encoding="utf-8")
    assert project.git("show", "--name-only", "--format=", "HEAD").split() == [
        "packages/core/CHANGELOG.md", "packages/core/pyproject.toml",
    ]  # fmt: skip


def test_tags_with_a_scope(tmp_path: Path) -> None:
    """`@scope/name@1.2.3` is npm's: the slash and the two signs are part of the name."""
    manifests = {
        f"packages/{name}/package.json": json.dumps({"name": f"@octo/{name}", "version": "1.0.0"}, indent=2) + "\n"
        for name in ("core", "web")
    }
    project = make(tmp_path, manifests, tags=("@octo/core@1.0.0", "@octo/web@1.0.0"))
    touch(project, "packages/web/a.txt", "fix: a")
    assert moved(bump(project, "--mode", "commit")) == {"@octo/web": "@octo/web@1.0.1"}
    assert made_tags(project) == {"@octo/web@1.0.1"}


def test_one_tag_for_all(tmp_path: Path) -> None:
    """Where tags name no package, all have one version and one changelog."""
    project = make(tmp_path, CORE, WEB, tags=("v1.0.0",))
    touch(project, "packages/core/a.txt", "feat: a")
    values = bump(project, "--mode", "commit")
    assert moved(values) == {"core": "v1.1.0", "web": "v1.1.0"}
    assert made_tags(project) == {"v1.1.0"}
    assert (project.root / "CHANGELOG.md").is_file()
    assert not (project.root / "packages/core/CHANGELOG.md").exists()


def test_the_root_has_the_shared_tag_and_packages_their_own(tmp_path: Path) -> None:
    """What lies in a package's folder is the package's, also where the root's folder is around it."""
    project = make(tmp_path, package("root", "."), CORE, tags=("v1.0.0", "core-v1.0.0"))
    touch(project, "packages/core/a.txt", "feat: inside")
    assert moved(bump(project, "--mode", "commit")) == {"core": "core-v1.1.0"}
    touch(project, "top.txt", "fix: outside")
    assert moved(bump(project, "--mode", "commit")) == {"root": "v1.0.1"}
    told = (project.root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert ("outside" in told, "inside" in told) == (True, False)


def test_a_package_inside_the_folder_of_another(tmp_path: Path) -> None:
    """The inner folder is not the outer package's."""
    outer, inner = package("outer", "packages/outer"), package("inner", "packages/outer/plugins/inner")
    project = make(tmp_path, outer, inner, tags=("outer-v1.0.0", "inner-v1.0.0"))
    touch(project, "packages/outer/plugins/inner/a.txt", "fix: a")
    assert moved(bump(project, "--mode", "commit")) == {"inner": "inner-v1.0.1"}
    touch(project, "packages/outer/plugins/b.txt", "fix: b")
    assert moved(bump(project, "--mode", "commit")) == {"outer": "outer-v1.0.1"}


def test_a_folder_that_begins_with_anothers_name_is_not_in_it(tmp_path: Path) -> None:
    """`packages/core-web` is beside `packages/core`."""
    project = make(tmp_path, CORE, package("core-web", "packages/core-web"), tags=("core-v1.0.0", "core-web-v1.0.0"))
    touch(project, "packages/core-web/a.txt", "fix: a")
    assert moved(bump(project, "--mode", "none")) == {"core-web": "core-web-v1.0.1"}


def test_what_lies_beside_the_packages_releases_none(tmp_path: Path) -> None:
    """A feature in the top folder belongs to no package."""
    project = make(tmp_path, CORE, WEB, tags=("core-v1.0.0", "web-v1.0.0"))
    touch(project, "scripts/a.txt", "feat!: a")
    values = bump(project, "--mode", "commit")
    assert (values["bumped"], moved(values)) == (False, {})
    assert project.git("log", "-1", "--format=%s") == "feat!: a"


def test_a_new_package_beside_old_ones(tmp_path: Path) -> None:
    """Its first version is what its files say, and its tag is named as its neighbours name theirs."""
    project = make(tmp_path, CORE, tags=("packages/core/v1.0.0",))
    project.commit("feat: another", package("web", "packages/web", version="0.3.0"))
    assert moved(bump(project, "--mode", "commit")) == {"web": "packages/web/v0.3.0"}


def test_a_commit_in_two_packages_counts_in_both(tmp_path: Path) -> None:
    """Each changelog tells it, each version moves, and one commit has both tags."""
    project = make(tmp_path, CORE, WEB, tags=("core-v1.0.0", "web-v3.0.0"))
    project.commit("feat: both", {"packages/core/a.txt": "x", "packages/web/a.txt": "x"})
    bump(project, "--mode", "commit")
    assert made_tags(project) == {"core-v1.1.0", "web-v3.1.0"}
    for name in ("core", "web"):
        assert "- both (" in (project.root / f"packages/{name}/CHANGELOG.md").read_text(encoding="utf-8")
    assert project.git("log", "-1", "--format=%s") == "chore(release): core 1.1.0, web 3.1.0"


def test_what_depends_on_it_is_released_with_it(tmp_path: Path) -> None:
    """Directly, over another package, with pins and ranges moved, and told as what it is."""
    project = make(
        tmp_path, CORE, package("web", "packages/web", ["core"]), package("app", "packages/app", ["web"]),
        package("other", "packages/other"), tags=("core-v1.0.0", "web-v1.0.0", "app-v1.0.0", "other-v1.0.0"),
    )  # fmt: skip
    touch(project, "packages/core/a.txt", "feat: a")
    assert moved(bump(project, "--mode", "commit")) == {
        "app": "app-v1.0.1", "core": "core-v1.1.0", "web": "web-v1.0.1",
    }  # fmt: skip
    manifests = {
        name: (project.root / f"packages/{name}/pyproject.toml").read_text(encoding="utf-8") for name in ("web", "app")
    }
    assert '"core==1.1.0"' in manifests["web"]
    assert '"web==1.0.1"' in manifests["app"]
    told = (project.root / "packages/web/CHANGELOG.md").read_text(encoding="utf-8")
    assert told[told.index("### Dependencies") :].split("\n")[2] == "- core 1.1.0"
    assert bump(project, "--mode", "none")["bumped"] is False


def test_packages_that_depend_on_each_other(tmp_path: Path) -> None:
    """A cycle ends: both are released once."""
    a, b = package("a", "packages/a", ["b"]), package("b", "packages/b", ["a"])
    project = make(tmp_path, a, b, tags=("a-v1.0.0", "b-v1.0.0"))
    touch(project, "packages/a/x.txt", "fix: x")
    assert moved(bump(project, "--mode", "commit")) == {"a": "a-v1.0.1", "b": "b-v1.0.1"}
    assert '"b==1.0.1"' in (project.root / "packages/a/pyproject.toml").read_text(encoding="utf-8")
    assert bump(project, "--mode", "none")["bumped"] is False


def test_prereleases_of_several_packages(tmp_path: Path) -> None:
    """What moved goes on in its channel; what did not stays; the final tells what the candidates brought."""
    project = make(tmp_path, CORE, WEB, tags=("core-v1.0.0", "web-v1.0.0"))
    touch(project, "packages/core/a.txt", "feat: a")
    assert moved(bump(project, "--mode", "commit", "--prerelease", "rc")) == {"core": "core-v1.1.0-rc.1"}
    touch(project, "packages/core/a.txt", "fix: b")
    assert moved(bump(project, "--mode", "commit")) == {"core": "core-v1.1.0-rc.2"}
    values = bump(project, "--mode", "commit", "--prerelease", "final")
    assert moved(values) == {"core": "core-v1.1.0"}
    assert all(word in values["changelog"] for word in ("- a (", "- b ("))


def test_a_linked_group_has_one_version(tmp_path: Path) -> None:
    """All its packages move to the same version, with a tag each."""
    config = "version: {linked: [[core, web]]}\n"
    project = make(
        tmp_path, CORE, WEB, package("app", "packages/app"), tags=("core-v1.0.0", "web-v1.4.0", "app-v1.0.0"),
        config=config,
    )  # fmt: skip
    touch(project, "packages/core/a.txt", "fix: a")
    assert moved(bump(project, "--mode", "commit")) == {"core": "core-v1.4.1", "web": "web-v1.4.1"}
    assert made_tags(project) == {"core-v1.4.1", "web-v1.4.1"}


def test_one_package_is_released_alone(tmp_path: Path) -> None:
    """`package` leaves all others where they are, also what it depends on; a name that is none is told."""
    project = make(
        tmp_path, CORE, package("web", "packages/web", ["core"], "1.0.0"),
        tags=("core-v1.0.0", "core-v3.0.0", "web-v1.0.0"),
    )  # fmt: skip
    touch(project, "packages/core/a.txt", "feat: a")
    touch(project, "packages/web/a.txt", "fix: b")
    values = bump(project, "--mode", "commit", "--package", "web")
    assert moved(values) == {"web": "web-v1.0.1"}
    assert "core" not in values["changelog"]
    assert moved(bump(project, "--mode", "none", "--package", "web", "--version", "2.0.0")) == {"web": "web-v2.0.0"}
    assert moved(bump(project, "--mode", "none", "--package", "web", "--bump", "minor")) == {"web": "web-v1.1.0"}
    unknown = project.tagship("version-bump", "--package", "nobody")
    assert unknown.code == 2
    assert "packages here: core, web" in unknown.err


def test_an_asked_for_bump_moves_what_has_commits(tmp_path: Path) -> None:
    """`--bump minor` is for what was changed; what depends on that gets its patch, and the rest nothing."""
    project = make(
        tmp_path, CORE, package("web", "packages/web", ["core"]), package("app", "packages/app"),
        tags=("core-v1.0.0", "web-v1.0.0", "app-v1.0.0"),
    )  # fmt: skip
    touch(project, "packages/core/a.txt", "docs: a")
    values = bump(project, "--mode", "none", "--bump", "minor")
    assert moved(values) == {"core": "core-v1.1.0", "web": "web-v1.0.1"}


def test_a_version_without_a_package_is_refused(tmp_path: Path) -> None:
    """It could be anybody's."""
    project = make(tmp_path, CORE, WEB, tags=("core-v1.0.0", "web-v1.0.0"))
    done = project.tagship("version-bump", "--version", "2.0.0")
    assert done.code == 2
    assert "2 packages with versions of their own" in done.err
    assert "`package`" in done.err


def test_a_footer_asks_for_a_version_of_its_package(tmp_path: Path) -> None:
    """`Release-As:` counts where its commit counts."""
    project = make(tmp_path, CORE, WEB, tags=("core-v1.0.0", "web-v1.0.0"))
    touch(project, "packages/web/a.txt", "fix: a\n\nRelease-As: 4.0.0")
    touch(project, "packages/core/a.txt", "fix: b")
    assert moved(bump(project, "--mode", "none")) == {"core": "core-v1.0.1", "web": "web-v4.0.0"}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("version: {tag: '{name}@{version}'}\n", {"core": "core@1.0.0", "web": "web@1.0.0"}),
        ("version: {tag: 'v{version}'}\n", {"core": "v1.0.0", "web": "v1.0.0"}),
        ("packages: {web: {tag: 'site-{version}'}}\n", {"core": "core-v1.0.0", "web": "site-1.0.0"}),
    ],
)
def test_tags_by_configuration(tmp_path: Path, config: str, expected: dict[str, str]) -> None:
    """For all packages or for one."""
    project = make(tmp_path, CORE, WEB, config=config)
    assert moved(bump(project, "--mode", "commit")) == expected
    assert made_tags(project) == set(expected.values())
    touch(project, "packages/web/a.txt", "fix: a")
    assert moved(bump(project, "--mode", "none"))["web"] == expected["web"].replace("1.0.0", "1.0.1")


def test_packages_whose_tags_would_be_the_same_move_together(tmp_path: Path) -> None:
    """A Python and an npm package of one name: one tag cannot be two versions."""
    npm = {"js/package.json": json.dumps({"name": "demo", "version": "0.9.0"}, indent=2) + "\n"}
    project = make(tmp_path, package("demo", "python"), npm)
    assert bump(project, "--mode", "commit")["version"] == "1.0.0"
    assert made_tags(project) == {"demo-v1.0.0"}
    touch(project, "js/a.txt", "feat: a")
    bump(project, "--mode", "commit")
    assert made_tags(project) == {"demo-v1.1.0"}
    assert '"version": "1.1.0"' in (project.root / "js/package.json").read_text(encoding="utf-8")


def test_a_scope_tells_packages_apart(tmp_path: Path) -> None:
    """A Python package and an npm package that is called so in its scope have tags of their own."""
    npm = {"js/package.json": json.dumps({"name": "@octo/demo", "version": "0.9.0"}, indent=2) + "\n"}
    project = make(tmp_path, package("demo", "python"), npm)
    assert moved(bump(project, "--mode", "commit")) == {"demo": "demo-v1.0.0", "@octo/demo": "@octo/demo-v0.9.0"}
    touch(project, "js/a.txt", "feat: a")
    assert moved(bump(project, "--mode", "commit")) == {"@octo/demo": "@octo/demo-v0.10.0"}


@pytest.mark.parametrize("folder", [".", "servers/sdk"])
def test_a_go_module_below_the_top_has_its_folder_in_its_tag(tmp_path: Path, folder: str) -> None:
    """Go finds `servers/sdk/v1.2.3` only, wherever the project begins and whether or not anything else is in there."""
    module = {
        "servers/sdk/go.mod": "module github.com/octo/demo/servers/sdk\n\ngo 1.24\n",
        "servers/sdk/main.go": "package main\n\nfunc main() {}\n",
    }
    project = make(tmp_path, module)
    assert bump(project, "--mode", "commit", "--working-directory", folder)["tag"] == "servers/sdk/v0.1.0"
    touch(project, "servers/sdk/more.go", "feat: more")
    values = bump(project, "--mode", "none", "--working-directory", folder)
    assert (values["previous-version"], values["tag"]) == ("0.1.0", "servers/sdk/v0.2.0")


def test_a_folder_below_the_top_is_a_project(tmp_path: Path) -> None:
    """Its packages alone are seen, by paths from there; commits beside it do not count."""
    project = make(
        tmp_path, package("core", "servers/packages/core"), package("web", "servers/packages/web"), WEB,
        tags=("core-v1.0.0", "web-v1.0.0"),
    )  # fmt: skip
    touch(project, "packages/web/a.txt", "feat: beside")
    touch(project, "servers/packages/core/a.txt", "fix: a")
    values = bump(project, "--mode", "commit", "--working-directory", "servers")
    assert moved(values) == {"core": "core-v1.0.1"}
    assert project.git("status", "--porcelain") == ""
    assert project.git("show", "--name-only", "--format=", "HEAD").split() == [
        "servers/packages/core/CHANGELOG.md", "servers/packages/core/pyproject.toml",
    ]  # fmt: skip


def test_each_tag_plans_its_packages(tmp_path: Path) -> None:
    """Several tags on one commit: the tag that is named says what is built; without a name that is asked for."""
    project = make(tmp_path, CORE, WEB, tags=("core-v1.0.0", "web-v2.0.0"))
    for name in ("core", "web"):
        touch(project, f"packages/{name}/a.txt", "feat: a")
    (project.root / "packages/web/pyproject.toml").write_text(
        (project.root / "packages/web/pyproject.toml").read_text(encoding="utf-8").replace("1.0.0", "2.0.0"),
        encoding="utf-8",
    )
    project.commit("chore: say it")
    bump(project, "--mode", "commit")
    for name, version in (("core", "1.1.0"), ("web", "2.1.0")):
        done = project.tagship("build-matrix", "--json", "--tag", f"{name}-v{version}")
        assert done.code == 0, done.said
        values = json.loads(done.out)
        assert (json.loads(values["packages"]), values["version"]) == ([name], version)
    unnamed = project.tagship("build-matrix")
    assert unnamed.code == 2
    assert "core-v1.1.0, web-v2.1.0" in unnamed.err


WRAPPER = """#!/bin/sh
case " $* " in
  *" tag --annotate "*)
    echo x >> {count}
    [ "$(wc -l < {count})" -ge "$KILL_AT" ] && {{ kill -9 $PPID; exit 1; }} ;;
esac
exec {git} "$@"
"""


@pytest.mark.parametrize("at", [1, 2, 3])
def test_killed_among_its_tags_and_run_again(tmp_path: Path, at: int) -> None:
    """Whichever tags were made, the rest comes by the next run: one commit, one tag of each package, on the server too."""
    names = ("one", "two", "three")
    project = make(
        tmp_path, *(package(name, f"packages/{name}") for name in names), tags=[f"{name}-v1.0.0" for name in names]
    )
    project.git("clone", "--quiet", "--bare", str(project.root), str(tmp_path / "origin.git"))
    project.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    project.commit("fix: all", {f"packages/{name}/a.txt": "x" for name in names})
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(WRAPPER.format(git=shutil.which("git"), count=tmp_path / "count"), encoding="utf-8")
    wrapper.chmod(0o755)
    path = f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}"
    push = ("version-bump", "--mode", "commit", "--push")
    killed = project.tagship(*push, PATH=path, KILL_AT=str(at))
    assert killed.code == -9, killed.said
    assert len(made_tags(project)) == at - 1
    for _ in range(2):
        again = project.tagship(*push)
        assert again.code == 0, again.said
    assert made_tags(project) == {f"{name}-v1.0.1" for name in names}
    assert project.git("rev-list", "--count", "HEAD") == "3"
    assert len(project.git("ls-remote", "--tags", "--refs", "origin").splitlines()) == 6
    assert project.git("ls-remote", "origin", "refs/heads/main").split()[0] == project.git("rev-parse", "HEAD")
