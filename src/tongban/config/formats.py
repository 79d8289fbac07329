"""
How dates, times and numbers look in either language.
"""

import re
from collections.abc import Callable
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from markupsafe import Markup, escape

from tongban.foundation.clock import CHINA
from tongban.foundation.languages import is_english

#: Chinese characters, Chinese marks, full-width forms.
HAN = "㐀-鿿\U00020000-\U0003ffff　-〟！-～￥"
#: Chinese words with the figures and marks between them: 食品（含保健食品）经营许可, 每日 9:00，每周一除外.
CHINESE = re.compile(f"“?[{HAN}](?:[^A-Za-z<>&]*[{HAN}]”?)?")

#: Short names in ids of clauses (docs/sources/clauses.toml) and what the documents are called.
DOCUMENTS = {
    "许可法": gettext_noop("行政许可法"),
    "民法典": gettext_noop("民法典"),
    "个人信息保护法": gettext_noop("个人信息保护法"),
    "共享办法": gettext_noop("政务信息资源共享管理暂行办法"),
    "放假办法": gettext_noop("全国年节及纪念日放假办法"),
    "好差评": gettext_noop("政务服务“好差评”制度"),
    "指南": gettext_noop("“互联网+政务服务”技术体系建设指南"),
}

CITED_WHOLE = frozenset({"好差评", "指南"})
"""Documents without numbered articles."""


def day(value: date) -> str:
    """
    Return a day: 2026年11月30日, 30 Nov 2026.
    """
    if is_english():
        return f"{value.day} {value:%b %Y}"
    return f"{value.year}年{value.month}月{value.day}日"


def short_day(value: date) -> str:
    """
    Return a day of this year: 11月30日, 30 Nov.
    """
    return f"{value.day} {value:%b}" if is_english() else f"{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """
    Return a moment in Beijing time: 2026-11-30 14:02.
    """
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def yuan(fen: int) -> str:
    """
    Return an amount of money given in fen: 120.00元.
    """
    return _("%(amount)s 元") % {"amount": f"{fen // 100}.{fen % 100:02d}"}


def zh(value: object) -> object:
    """
    Return a value of the data for a page: on an English page its Chinese words are marked as such (WCAG 3.1.2).
    """
    if not isinstance(value, str) or not is_english() or (isinstance(value, Markup) and "<" in value):
        return value
    text = str(escape(value))
    return Markup(CHINESE.sub(r'<span lang="zh-CN">\g<0></span>', text))  # noqa: S704 -- escaped above


def clause(value: str) -> str:
    """
    Return the id of a clause as a citation: 许可法-32 is 行政许可法第 32 条.
    """
    document, *place = value.split("-")
    if document not in DOCUMENTS or not place:
        return value
    name = _(DOCUMENTS[document])
    if document in CITED_WHOLE:
        return name
    return _("%(document)s第 %(article)s 条") % {"document": name, "article": place[0]}


FILTERS: dict[str, Callable[..., object]] = {
    "clause": clause,
    "day": day,
    "moment": moment,
    "short_day": short_day,
    "yuan": yuan,
    "zh": zh,
}
