"""Building an image: its files and Containerfile, or the project's Dockerfile; the checks; the layout of all platforms."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tagship.adapters import image_builder, oci_layout
from tagship.adapters.files import documents
from tagship.adapters.image_builder import NONE, Program, Recipe
from tagship.domain.components import sbom
from tagship.domain.files import containerfile
from tagship.domain.files.containerfile import MCP_NAME
from tagship.domain.files.contents import allowed, secret_in, wrong_name
from tagship.domain.files.licence_metadata import LABEL, contradiction
from tagship.domain.files.oci_image import Image
from tagship.domain.manifests.dockerfile import ARGUMENTS, arguments, bases
from tagship.domain.manifests.server import Server
from tagship.domain.plans.artifact import Artifact
from tagship.domain.plans.plan import encode
from tagship.domain.plans.target import Target
from tagship.ecosystems import _container_contents, _container_files
from tagship.ecosystems._wrapping import only_the_package
from tagship.ecosystems.container import PLATFORMS
from tagship.errors import Problem, ProjectError
from tagship.ports import BuildJob, Built, Tools

_SECRETS: Final = "leave it out: .dockerignore, or a stage of its own; or name it in `allow-files` of tagship.yaml"


class ContainerBuild:
    """The image of one package on this leg."""

    def __init__(self, job: BuildJob, tools: Tools) -> None:
        self.job, self.package, self.tools = job, job.package, tools
        self.file = self.package.details.get("dockerfile", "")
        self.text = (job.source / self.file).read_text(encoding="utf-8-sig") if self.file else ""
        self.labels = containerfile.labels(job.plan, self.package, self.text)
        self.components: dict[str, Any] = only_the_package(self.package) if self.file else {}

    def run(self) -> Built:
        """Build every image that is owed.

        Raises:
            ProjectError: an image does not build, or is not what was planned.

        """
        builder = image_builder.find(self.tools)
        if builder is None:
            raise ProjectError(NONE, hint="install buildah: it needs no service")
        for owed in self.job.owed:
            self._make(owed, builder)
        version = image_builder.version(builder, self.job.out, self.tools)
        names = tuple(owed.name for owed in self.job.owed)
        return Built(files=names, tools={builder: version}, components=self.components)

    def _make(self, owed: Artifact, builder: Program) -> None:
        place = self.job.out / f"{owed.name}.parts"
        recipe = self._own_recipe if self.file else self._generated_recipe
        images = []
        for target in PLATFORMS if owed.target is Target.ANY else (owed.target,):
            blobs = place / f"blobs-{target}"
            blobs.mkdir(parents=True)
            image = image_builder.build(builder, recipe(owed, target, place), blobs, self.tools)
            self._check(image, target)
            self._list(image)
            images.append(image)
        name = self.package.spellings.oci
        digest = oci_layout.write(self.job.out / owed.name, images, self.labels, name, self.job.epoch)
        self.tools.reporter.info(f"{owed.name} is the image {digest}")
        shutil.rmtree(place)

    def _list(self, image: Image) -> None:
        own, reporter = self.package.id, self.tools.reporter
        self._add(_container_contents.listed(image, own, languages=bool(self.file), reporter=reporter))

    def _add(self, listed: Mapping[str, Any]) -> None:
        self.components = sbom.merged(self.components or listed, listed)

    def _own_recipe(self, owed: Artifact, target: Target, place: Path) -> Recipe:
        """Build what the project's Dockerfile says, told the release's version, commit and date where it asks."""
        del owed, place
        for base in bases(self.text):
            if not base.pinned:
                message = f"{base.name} is another image tomorrow: pin it by digest (@sha256:…)"
                self.tools.reporter.warning(message, file=self.file, line=base.line)
        values = {"version": self.package.version, "commit": self.job.plan.commit, "date": self.job.plan.commit_time}
        asked = arguments(self.text)
        told = {name: values[kind] for kind, names in ARGUMENTS.items() for name in names if name in asked}
        context = self.job.source / self.package.details.get("context", ".")
        if not context.is_dir() or not context.resolve().is_relative_to(self.job.source.resolve()):
            raise ProjectError(
                f"container.context of {self.package.name} is no folder of the project: {context.name}",
                file="tagship.yaml",
                hint="name a folder from the project's root",
            )
        return Recipe(
            file=self.job.source / self.file,
            context=context,
            platform=target.names.oci,
            epoch=self.job.epoch,
            labels=self.labels,
            arguments=told,
        )

    def _generated_recipe(self, owed: Artifact, target: Target, place: Path) -> Recipe:
        context = place / "context"
        root = context / target.names.oci.partition("/")[2]
        root.mkdir(parents=True)
        filled = _container_files.fill(_container_files.Order(self.job, owed, target, root, self.tools))
        listed = _with_base(filled.components, filled.contents.base)
        self._add(listed)
        self._document(root, listed)
        _plain(root)
        file = place / "Containerfile"
        file.write_text(containerfile.written(filled.contents, self.package.server or Server()), encoding="utf-8")
        return Recipe(file=file, context=context, platform=target.names.oci, epoch=self.job.epoch, labels=self.labels)

    def _document(self, root: Path, listed: Mapping[str, Any]) -> None:
        """Put licence and readme into an image, and the list of what is in it."""
        bare = self.package.bare_name
        to = root / "usr" / "share" / "doc" / bare
        to.mkdir(parents=True)
        for name, path in documents(self.job.source, self.package.path).items():
            shutil.copyfile(path, to / name)
        place = root / "usr" / "share" / "sbom" / f"{bare}.cdx.json"
        place.parent.mkdir(parents=True)
        place.write_bytes(encode(sbom.complete(dict(listed), self.job.plan, self.package, {})))

    def _check(self, image: Image, target: Target) -> None:
        """Refuse what is not planned: another platform, another server's name, secrets.

        Raises:
            ProjectError: with all that is wrong.

        """
        wrong: list[str] = []
        if image.platform != target.names.oci:
            wrong.append(f"it is made for {image.platform}, planned is {target.names.oci}")
        if self.package.mcp_name and image.labels.get(MCP_NAME) != self.package.mcp_name:
            wrong.append(f"its label {MCP_NAME} is {image.labels.get(MCP_NAME)!r}, not {self.package.mcp_name!r}")
        planned = self.package.license
        if planned and (reason := contradiction(image.labels.get(LABEL, ""), planned)):
            self.tools.reporter.warning(f"the image says another licence ({LABEL}): {reason}", file=self.file or None)
        problems = [Problem(message=each, file=self.file or self.package.name) for each in wrong]
        if self.file:
            problems += self._secrets(image)
            if not image.user:
                self.tools.reporter.warning("the image runs as root: end with USER and a number", file=self.file)
        if problems:
            raise ProjectError.of(problems)

    def _secrets(self, image: Image) -> list[Problem]:
        """Look for secrets where the project's own files are: what system packages bring is not theirs."""
        patterns = self.package.details.get("allow-files", "").split("\n")
        found: dict[str, str] = {}
        for name, data in oci_layout.members(image):
            if not name.startswith(("usr/lib/", "usr/share/", "etc/ssl/", "usr/local/lib/", "proc/")):
                reason = "" if allowed(name, patterns) else wrong_name(name) or secret_in(name, data)
                found |= {name: reason} if reason else {}
        return [Problem(message=f"{name}: {why}", file=self.file, hint=_SECRETS) for name, why in sorted(found.items())]


def _with_base(listed: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Add the image that an image starts from to its components, where it is known for certain."""
    name, at, digest = base.partition("@")
    if not at:
        return dict(listed)
    known = name.rpartition("/")[2]
    bare, _, tag = known.partition(":")
    purl = f"pkg:oci/{bare}@{digest.replace(':', '%3A')}" + (f"?tag={tag}" if tag else "")
    algorithm = {"alg": "SHA-256", "content": digest.partition(":")[2]}
    component = {
        "type": "container",
        "bom-ref": purl,
        "name": name.partition(":")[0],
        "version": tag or digest,
        "purl": purl,
        "hashes": [algorithm],
    }
    edges = [*listed.get("dependencies", ()), {"ref": purl}]
    return {**listed, "components": [*listed.get("components", ()), component], "dependencies": edges}


def _plain(root: Path) -> None:
    """Give files and folders modes that do not depend on who builds."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    root.chmod(0o755)
