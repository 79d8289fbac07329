"""
The addresses of the node. Each app brings its own; this file only says where they hang.
"""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

handler400 = "tongban.config.errors.bad_request"
handler404 = "tongban.config.errors.not_found"
handler500 = "tongban.config.errors.server_error"

APPS = (
    # First: a prefix is passed over at once, while those without one try each of their pages.
    ("api/v1/", "tongban.config.api_urls"),
    ("", "tongban.config.health_urls"),
    ("", "tongban.portal.site.urls"),
    ("apply/", "tongban.portal.apply.urls"),
    ("my/", "tongban.portal.workspace.urls"),
    ("rate/", "tongban.portal.engagement.urls"),
    ("desk/data/", "tongban.portal.data.urls"),
    ("desk/", "tongban.portal.desk.urls"),
    ("files/", "tongban.support.documents.urls"),
    ("", "tongban.support.federation.urls"),
    ("", "tongban.support.trust.urls"),
    ("exchange/", "tongban.resources.exchange.urls"),
    ("gateway/", "tongban.resources.sharing.urls"),
)

urlpatterns: list[URLPattern | URLResolver] = [
    path(prefix, include(module)) for prefix, module in APPS if find_spec(module) is not None
]
