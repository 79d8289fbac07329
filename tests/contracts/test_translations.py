"""
English is complete: every text has its English, and no page shows Chinese that is not marked as such.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Catalog
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories import api
from tests.factories import casework as make
from tests.factories import identity as people
from tests.integration.portal.site.conftest import AT
from tests.journeys import samples
from tongban.business.catalogue import services as catalogue
from tongban.business.catalogue.values import Situation, SituationOption
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.portal.apply import services as drafts
from tools import translations

#: Chinese characters and marks, and the full-width forms of others.
CHINESE = re.compile(r"[㐀-鿿　-〟！-～￥]")
VOID = frozenset(
    {"br", "hr", "img", "input", "link", "meta", "path", "source", "use", "circle", "rect", "line"}
)
#: Places that cannot say in which language they are: what they show must stand marked elsewhere in the page.
SPOKEN_ATTRIBUTES = ("aria-label", "alt", "title", "placeholder", "data-confirm", "data-lost", "data-refused")
PLAIN_ELEMENTS = frozenset({"title", "option"})


@dataclass
class Reading(HTMLParser):
    """
    A page as a screen reader meets it: what is said in which language.
    """

    marked: set[str] = field(default_factory=set)
    """Chinese that says it is Chinese."""
    unmarked: list[str] = field(default_factory=list)
    unmarkable: list[str] = field(default_factory=list)
    open: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.unmarkable += [given[name] for name in SPOKEN_ATTRIBUTES if CHINESE.search(given.get(name, ""))]
        if tag not in VOID:
            language = given.get("lang") or (self.open[-1][1] if self.open else "")
            self.open.append((tag, language))

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self.open]
        if tag in names:
            del self.open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self.open or not CHINESE.search(data) or self.open[-1][0] in {"script", "style"}:
            return
        tag, language = self.open[-1]
        if language.startswith("zh"):
            self.marked.add(data.strip())
        elif tag in PLAIN_ELEMENTS:
            self.unmarkable.append(data.strip())
        else:
            self.unmarked.append(data.strip())

    def complaints(self) -> list[str]:
        """
        Return what is in Chinese and does not say so.
        """
        names = sorted(self.marked, key=len, reverse=True)
        return self.unmarked + [text for text in self.unmarkable if CHINESE.search(_without(text, names))]


def _without(text: str, names: list[str]) -> str:
    for name in names:
        text = text.replace(name, "")
    return text


def read(page: bytes) -> Reading:
    """
    Read an English page.
    """
    reading = Reading()
    reading.feed(page.decode())
    return reading


def english_browser(actor: Actor | None = None) -> Client:
    """
    Return a browser whose reader has chosen English.
    """
    browser = Client()
    browser.cookies["tongban_language"] = "en"
    if actor is not None:
        people.log_in(browser, actor, at=clock.now())
    return browser


def chinese_in(browser: Client, address: str) -> list[str]:
    """
    Return the Chinese a page shows without saying so.
    """
    response = browser.get(address)
    assert response.status_code == 200, address
    content = response.getvalue()
    assert b'<html lang="en"' in content or b"<html" not in content
    return read(content).complaints()


class TestCatalogue:
    def test_is_complete_and_written_the_same_every_time(self) -> None:
        known, collected = translations.read(), translations.collected()

        once = translations.written(translations.merged(known, collected))

        assert list(translations.complaints(known, collected)) == []
        assert translations.written(translations.merged(translations.read(), collected)) == once
        assert b"POT-Creation-Date" not in once


class TestCheck:
    @pytest.fixture
    def found(self) -> Catalog:
        catalog = Catalog(locale="en")
        catalog.add("最迟 %(day)s")
        catalog.add(("%(num)s 项", "%(num)s 项"))
        return catalog

    @pytest.fixture
    def kept(self, found: Catalog) -> Catalog:
        catalog = Catalog(locale="en")
        catalog.add("最迟 %(day)s", string="By %(day)s")
        catalog.add(("%(num)s 项", "%(num)s 项"), string=("1 service", "%(num)s services"))
        return catalog

    def test_is_content_with_what_is_complete(self, kept: Catalog, found: Catalog) -> None:
        assert list(translations.complaints(kept, found)) == []

    def test_finds_what_is_missing(self, kept: Catalog, found: Catalog) -> None:
        found.add("新的")

        assert list(translations.complaints(kept, found)) == ["missing: '新的'"]

    def test_finds_what_nothing_uses_any_more(self, kept: Catalog, found: Catalog) -> None:
        kept.add("旧的", string="old")

        assert list(translations.complaints(kept, found)) == ["left over: '旧的'"]

    def test_tells_contexts_apart(self, kept: Catalog, found: Catalog) -> None:
        found.add("最迟 %(day)s", context="button")

        assert list(translations.complaints(kept, found)) == ["missing: '最迟 %(day)s'"]

    @pytest.mark.parametrize(
        ("english", "complaint"),
        [
            ("", "not translated"),
            ("By the day", "placeholders differ"),
            ("By %(due)s", "placeholders differ"),
            ("By %(day)s or %(day)s", "placeholders differ"),
            ("最迟 %(day)s", "Chinese in the English (flag it zh where it must stand there)"),
        ],
    )
    def test_finds_wrong_english(self, kept: Catalog, found: Catalog, english: str, complaint: str) -> None:
        kept["最迟 %(day)s"].string = english

        assert list(translations.complaints(kept, found)) == [f"{complaint}: '最迟 %(day)s'"]

    def test_finds_the_unsure(self, kept: Catalog, found: Catalog) -> None:
        kept["最迟 %(day)s"].flags.add("fuzzy")

        assert list(translations.complaints(kept, found)) == ["unsure (fuzzy): '最迟 %(day)s'"]

    def test_wants_the_number_in_the_plural(self, kept: Catalog, found: Catalog) -> None:
        kept["%(num)s 项"].string = ("1 service", "many services")

        assert list(translations.complaints(kept, found)) == ["placeholders differ: '%(num)s 项'"]


class TestMerging:
    def test_keeps_the_english_and_drops_what_is_gone(self) -> None:
        kept, found = Catalog(locale="en"), Catalog(locale="en")
        kept.add("留下", string="stays")
        kept.add("走了", string="goes")
        found.add("留下")
        found.add("新的")

        merged = translations.merged(kept, found)

        assert {message.id: message.string or "" for message in merged if message.id} == {
            "留下": "stays",
            "新的": "",
        }
        assert "goes" not in translations.written(merged).decode()


class TestReading:
    @pytest.mark.parametrize(
        ("html", "complaints"),
        [
            ('<html lang="en"><p>Fine</p>', []),
            ('<html lang="en"><p>不好</p>', ["不好"]),
            ('<html lang="en"><p>Not（fine）</p>', ["Not（fine）"]),
            ('<html lang="en"><p><span lang="zh-CN">好</span></p>', []),
            ('<html lang="en"><p><span lang="zh-CN">好</span>坏</p>', ["坏"]),
            ('<html lang="en"><title>Apply: 许可</title><h1><i lang="zh-CN">许可</i></h1>', []),
            ('<html lang="en"><title>申请: 许可</title><h1><i lang="zh-CN">许可</i></h1>', ["申请: 许可"]),
            ('<html lang="en"><input placeholder="搜索"><p>x</p>', ["搜索"]),
            ('<html lang="en"><script>"中"</script>', []),
        ],
    )
    def test_hears_chinese_that_is_not_marked(self, html: str, complaints: list[str]) -> None:
        assert read(html.encode()).complaints() == complaints


#: Pages that take something; those that take nothing are found by themselves.
PUBLIC_PAGES = (
    "/search?q=hotel",
    "/search?q=理发店",
    "/search?q=zzzzzz",
    "/browse/person/",
    "/browse/legal/",
    "/my/login/?as=staff",
    "/api/v1/docs",
    "/api/v1/docs/errors",
    "/verify/{token}",
)
SITUATION = Situation(
    code="place",
    question="场所类型",
    question_en="Kind of premises",
    options=(
        SituationOption(code="place.lodging", label="住宿场所", label_en="Lodging"),
        SituationOption(code="place.bath", label="沐浴场所"),
    ),
)
OFFERING_PAGES = ("/items/{offering}/", "/items/{offering}/print", "/apply/{offering}/")
CITIZEN_PAGES = (
    "/",
    "/my/cases/{case}/",
    "/my/cases/{case}/withdraw/",
    "/my/licences/{licence}/",
    "/my/messages/{message}/",
    "/apply/d/{draft}/form/",
    "/apply/d/{draft}/materials/",
    "/apply/d/{draft}/delivery/",
    "/apply/d/{draft}/check/",
    "/apply/d/{draft}/discard/",
)
DESK_PAGES = (
    "/desk/cases/{case}/",
    "/desk/cases/{case}/accept/",
    "/desk/cases/{case}/correction/",
    "/desk/cases/{case}/refuse-acceptance/",
)


def plain_pages(browser: Client, room: str) -> list[str]:
    """
    Return the pages of an app of the portal that take no argument, and that this reader may see.
    """
    rooms = [
        found
        for found in get_resolver().url_patterns
        if isinstance(found, URLResolver) and found.namespace == room
    ]
    names = [
        pattern.name
        for found in rooms
        for pattern in found.url_patterns
        if isinstance(pattern, URLPattern) and "<" not in str(pattern.pattern) and pattern.name != "logout"
    ]
    addresses = [reverse(f"{room}:{name}") for name in names]
    return [address for address in addresses if browser.get(address).status_code == 200]


def chinese_on(browser: Client, pages: Iterable[str]) -> dict[str, list[str]]:
    """
    Return the Chinese that these pages show without saying so, by page.
    """
    return {page: found for page in pages if (found := chinese_in(browser, page))}


@pytest.mark.django_db
@pytest.mark.usefixtures("english")
class TestPages:
    @pytest.fixture
    def world(self) -> api.World:
        catalogue.load_code_lists(actor=samples.KEEPER, at=AT)
        samples.publish(at=AT)
        world = api.world()
        events.deliver_all(at=clock.now())
        return world

    def test_of_the_public_site_speak_english(self, world: api.World) -> None:
        browser = english_browser()
        pages = [*plain_pages(browser, "site"), *plain_pages(browser, "workspace")]

        assert len(pages) > 12
        assert chinese_on(browser, [*pages, *_filled(PUBLIC_PAGES, world)]) == {}

    @pytest.mark.parametrize("offering", ["sample", "test"])
    def test_of_a_service_speak_english(self, world: api.World, offering: str) -> None:
        code = samples.FULL if offering == "sample" else world.offering_code
        pages = [page.format(offering=code) for page in OFFERING_PAGES]

        assert chinese_on(english_browser(world.citizen.actor), pages) == {}

    def test_of_a_citizen_speak_english(self, world: api.World) -> None:
        browser = english_browser(world.citizen.actor)
        pages = [*plain_pages(browser, "workspace"), *plain_pages(browser, "apply")]
        code = make.publish("test-situations", situations=(SITUATION,))
        begun = drafts.start_draft(offering_code=code, actor=world.citizen.actor, at=clock.now())
        pages += [f"/apply/d/{begun}/situation/", f"/apply/d/{begun}/form/"]

        assert len(pages) > 6
        assert chinese_on(browser, [*pages, *_filled(CITIZEN_PAGES, world)]) == {}

    def test_of_the_desk_speak_english(self, world: api.World) -> None:
        browser = english_browser(world.clerk.actor)
        pages = plain_pages(browser, "desk")

        assert pages
        assert chinese_on(browser, [*pages, *_filled(DESK_PAGES, world)]) == {}

    def test_of_errors_speak_english(self) -> None:
        response = english_browser().get("/items/no-such-item/")

        assert response.status_code == 404
        assert read(response.content).complaints() == []

    def test_show_the_english_that_data_have(self, world: api.World) -> None:
        page = english_browser().get(f"/items/{samples.FULL}/").content.decode()

        assert "<h1>Hygiene licence for public places (new)</h1>" in page
        assert "Sample District Health Bureau" in page
        assert "There are fixed premises" in page
        assert "公共场所卫生许可" not in page

    def test_show_agencies_by_their_english_names_in_lists(self, world: api.World) -> None:
        page = english_browser().get("/search?q=hotel").content.decode()

        assert "Sample District Health Bureau" in page
        assert "Hygiene licence for public places (new)" in page

    def test_refuse_in_english(self, world: api.World) -> None:
        page = english_browser().post("/progress", {"number": "", "code": ""}).content.decode()

        assert "Enter the case number" in page
        assert "Enter the query code" in page


def _filled(pages: Iterable[str], world: api.World) -> list[str]:
    return [
        page.format(
            case=world.case_number,
            licence=world.licence_identifier,
            message=world.message_id,
            draft=world.draft_id,
            token=world.licence_token,
        )
        for page in pages
    ]
