"""
What the desk's lists share.
"""

from django.http import HttpRequest


def page_url(request: HttpRequest, cursor: str | None) -> str:
    """
    Return the address of this list with the same filters, from `cursor` on; None leads to the first page.
    """
    query = request.GET.copy()
    query.pop("cursor", None)
    if cursor:
        query["cursor"] = cursor
    return f"?{query.urlencode()}"
