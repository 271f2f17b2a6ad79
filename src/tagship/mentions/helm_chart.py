"""Helm's ``Chart.yaml``: ``appVersion``, and ``version`` where both are the same.

Many charts are versioned apart from what they install. So ``version`` follows only where it equals ``appVersion``; a chart
without ``appVersion`` is left alone. Charts inside a chart are what it depends on, not ours.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import ClassVar, Final

from tagship.domain.manifests.layout import files_named
from tagship.domain.text.lazy_pattern import lazy
from tagship.domain.text.yaml_text import yaml_node
from tagship.domain.versions.version_site import VersionSite
from tagship.domain.versions.written import NUMBER, yaml_site
from tagship.ports import Mentioned

_FILE: Final = "Chart.yaml"
_NUMBER: Final = lazy(NUMBER)


class HelmChart:
    """:class:`tagship.ports.Mention` for Helm charts."""

    name: ClassVar[str] = "helm-chart"

    def files(self, paths: Sequence[str]) -> Sequence[str]:
        """Choose every ``Chart.yaml`` that is in no other chart, and no example or fixture."""
        charts = files_named(paths, _FILE)
        folders = {PurePosixPath(path).parent for path in charts}
        return [path for path in charts if not folders.intersection(PurePosixPath(path).parent.parents)]

    def find(self, file: str, text: str) -> Sequence[Mentioned]:
        """Find the version of what the chart installs, and the chart's own if it is the same."""
        if yaml_node(text, ("apiVersion",)) is None:
            return ()
        application, chart = (_site(file, text, key) for key in ("appVersion", "version"))
        if application is None:
            return ()
        both = chart is not None and chart.version == application.version
        return tuple(Mentioned(site=site) for site in ((chart, application) if both else (application,)) if site)


def _site(file: str, text: str, key: str) -> VersionSite | None:
    """Find a version of three numbers, or a placeholder; ``1.10`` is how something else counts."""
    site = yaml_site(file, text, (key,))
    return site if site and (site.placeholder or _NUMBER.fullmatch(site.version)) else None


PLUGIN: Final = HelmChart()
