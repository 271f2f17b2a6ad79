"""Pages and their Link header.

https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api: 30 a page, 100 at most; `rel` is
`prev`, `next`, `last`, `first`, and a header is sent only when there is more than one page.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from tests.fakes.github.messages import Request, Response


def page_of(items: Sequence[Any], request: Request) -> Response:
    """Answer the asked page of a list."""
    size = min(max(_count(request, "per_page", 30), 1), 100)
    last = max((len(items) + size - 1) // size, 1)
    page = max(_count(request, "page", 1), 1)
    shown = list(items[(page - 1) * size : page * size])
    link = _link(request, page=page, last=last)
    return Response(status=200, content=shown, headers={"Link": link} if link else {})


def window_of(items: Sequence[Any], request: Request, *, size: int) -> Sequence[Any]:
    """Cut the asked page out of a list inside an object; all up to a size when no page is asked."""
    size = min(_count(request, "per_page", size), size)
    page = max(_count(request, "page", 1), 1)
    return items[(page - 1) * size : page * size]


def _count(request: Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdigit() else default


def _link(request: Request, *, page: int, last: int) -> str:
    targets: dict[str, int] = {}
    if page > 1:
        targets |= {"prev": min(page - 1, last)}
    if page < last:
        targets |= {"next": page + 1, "last": last}
    if page > 1:
        targets |= {"first": 1}
    address = request.site.api + request.path
    return ", ".join(
        f'<{address}?{urlencode({**request.query, "page": str(number)})}>; rel="{name}"'
        for name, number in targets.items()
    )
