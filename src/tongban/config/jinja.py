"""
The template environment: escaping on, no silent gaps, both languages.
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from tongban.config import formats
from tongban.support.messaging.ports import simulated_phones

MOST_ADDRESSES = 4096
"""Addresses of pages and files kept: a page asks for a hundred, and they do not change while the node runs."""

APPS_WITH_TEMPLATES = (
    "tongban.portal.site",
    "tongban.portal.apply",
    "tongban.portal.workspace",
    "tongban.portal.engagement",
    "tongban.portal.desk",
    "tongban.portal.data",
    "tongban.support.federation",
)


def environment(**options: Any) -> Environment:
    """
    Return the environment that Django's Jinja2 backend uses.

    Templates find `_`, `url`, `static`, `node`, `language` … everywhere; `request`, `csrf_input` come from Django.
    """
    own_loader = options.pop("loader")
    packages = [PackageLoader(package, "templates") for package in APPS_WITH_TEMPLATES if _has_pages(package)]
    env = Environment(  # noqa: S701 -- autoescape is on, below
        **{
            **options,
            "loader": ChoiceLoader([own_loader, *packages]),
            "undefined": StrictUndefined,
            "extensions": ["jinja2.ext.i18n"],
            "trim_blocks": True,
            "lstrip_blocks": True,
            "autoescape": True,
        }
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext
    )
    env.globals.update(
        url=url,
        static=lru_cache(maxsize=MOST_ADDRESSES)(static),
        node=settings.TONGBAN_NODE,
        language=translation.get_language,
        simulated_phones=simulated_phones,
        largest_upload_bytes=largest_upload_bytes,
    )
    env.filters.update(formats.FILTERS)
    return env


def _has_pages(package: str) -> bool:
    spec = find_spec(package)
    return spec is not None and spec.origin is not None and (Path(spec.origin).parent / "templates").is_dir()


def url(name: str, /, **arguments: object) -> str:
    """
    Return the address of the page called `name`.
    """
    return _address(name, **arguments)


def largest_upload_bytes() -> int:
    """
    Return how large one file may be; the script says so before anything is sent, the server refuses it anyway.
    """
    limit: int = settings.TONGBAN_DOCUMENTS.largest_upload_bytes
    return limit


@lru_cache(maxsize=MOST_ADDRESSES)
def _address(name: str, /, **arguments: object) -> str:
    return reverse(name, kwargs=arguments or None)
