"""Diagnoses as SARIF 2.1.0, which code scanning of GitHub and many editors show.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub reads of it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning.
"""

import hashlib
import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from tagship.domain.setup.diagnosis import Diagnosis, Edit

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_PAGES: Final = "https://github.com/tagship/tagship/blob/main/docs"


def document(found: Sequence[Diagnosis], rules: Mapping[str, str], version: str, folder: str = ".") -> dict[str, Any]:
    """Write diagnoses; ``rules`` are all checks with their summaries, ``folder`` is where the project lies in its repository."""
    ids = sorted(rules)
    driver = {
        "name": "tagship doctor",
        "version": version,
        "informationUri": f"{_PAGES}/doctor.md",
        "rules": [
            {"id": name, "shortDescription": {"text": rules[name]}, "helpUri": f"{_PAGES}/reference/doctor.md#checks"}
            for name in ids
        ],
    }
    results = [_result(each, ids, folder) for each in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(each: Diagnosis, ids: Sequence[str], folder: str) -> dict[str, Any]:
    said = f"{each.message}\n{each.hint}" if each.hint else each.message
    known = "\0".join([each.check, each.file or "", each.message])
    result: dict[str, Any] = {
        "ruleId": each.check,
        "ruleIndex": ids.index(each.check),
        "level": each.severity,
        "message": {"text": said},
        "locations": [_location(each, folder)],
        "partialFingerprints": {"tagship/1": hashlib.sha256(known.encode()).hexdigest()},
    }
    if each.edits:
        fixes = [{"artifactChanges": [_change(edit, folder) for edit in each.edits]}]
        result["fixes"] = [{"description": {"text": each.hint or each.message}, **fix} for fix in fixes]
    return result


def _location(each: Diagnosis, folder: str) -> dict[str, Any]:
    """Place it; code scanning wants a place, so what has none is said of the folder's own configuration file."""
    place: dict[str, Any] = {"artifactLocation": _artifact(each.file or "tagship.yaml", folder)}
    if each.line:
        place["region"] = {"startLine": each.line, **({"startColumn": each.column} if each.column else {})}
    return {"physicalLocation": place}


def _change(edit: Edit, folder: str) -> dict[str, Any]:
    region = {"charOffset": edit.start, "charLength": edit.end - edit.start}
    replacement = {"deletedRegion": region, "insertedContent": {"text": edit.text}}
    return {"artifactLocation": _artifact(edit.file, folder), "replacements": [replacement]}


def _artifact(file: str, folder: str) -> dict[str, str]:
    path = posixpath.normpath(posixpath.join(folder, file.replace("\\", "/")))
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}
