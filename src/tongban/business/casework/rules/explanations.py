"""
The words of the legal clock: what a reading says to explain itself, as codes, facts and Chinese templates.

Rules know no framework, so they hand out codes and facts; whoever shows them translates the template of the
code and fills the facts in. `gettext_noop` only marks the texts so that they are collected for translation;
`counted_noop` marks those whose English depends on a count ("1 day", "2 days"), which Chinese does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tongban.foundation.worktime import PeriodUnit


def gettext_noop(message: str) -> str:
    """
    Return `message` as it is; the name is what the collector of translations looks for.
    """
    return message


def counted_noop(message: str) -> str:
    """
    Return `message` as it is: one form in Chinese, two in English.
    """
    return message


def counted_word_noop(context: str, message: str) -> str:
    """
    Return `message` as it is: a word beside a number; `context` keeps it apart from the same word elsewhere.
    """
    return message


class Because(StrEnum):
    """
    Codes of the lines of an explanation; stable, they are part of the interface.
    """

    RECEIVED = "received"
    CORRECTION_NOTICE = "correction_notice"
    CORRECTION_NOTICE_LATE = "correction_notice_late"
    CORRECTION_NOTICE_IGNORED = "correction_notice_ignored"
    CORRECTED = "corrected"
    ANSWER_DUE = "answer_due"
    ACCEPTANCE_DUE = "acceptance_due"
    ACCEPTED = "accepted"
    DEEMED_ACCEPTED = "deemed_accepted"
    STATUTORY_LIMIT = "statutory_limit"
    PROMISED_LIMIT = "promised_limit"
    ON_THE_SPOT = "on_the_spot"
    NO_LIMIT = "no_limit"
    WEEKEND = "weekend"
    WEEKEND_DAY = "weekend_day"
    HOLIDAY = "holiday"
    HOLIDAY_DAY = "holiday_day"
    MAKE_UP_DAY = "make_up_day"
    STOP = "stop"
    STOP_WITHOUT_EFFECT = "stop_without_effect"
    STOP_OPEN = "stop_open"
    STOP_OVERRUN = "stop_overrun"
    EXTENSION = "extension"
    EXTENSION_IGNORED = "extension_ignored"
    EXTENSION_NOT_FOR_PROMISE = "extension_not_for_promise"
    ROLLED = "rolled"
    DECIDED = "decided"
    DELIVERY_DUE = "delivery_due"
    DELIVERED = "delivered"
    FINISHED = "finished"
    PROVISIONAL_YEAR = "provisional_year"


Fact = str | int | date


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplanationLine:
    """
    One line of the explanation of a deadline.
    """

    code: Because
    facts: Mapping[str, Fact]
    """Values for the placeholders of the template; dates are to be shown in the reader's form."""
    clause: str = ""
    """Id of docs/sources/clauses.toml; empty where the line states a plain fact."""


def line(code: Because, clause: str = "", **facts: Fact) -> ExplanationLine:
    """
    Return one line of an explanation.
    """
    return ExplanationLine(code=code, facts=facts, clause=clause)


#: code -> Chinese template (msgid) with named placeholders
EXPLANATIONS: dict[str, str] = {
    Because.RECEIVED: gettext_noop("%(day)s 收到申请材料，次日起计算受理期限"),
    Because.CORRECTION_NOTICE: gettext_noop("%(day)s 一次性告知补正，等待申请人补正期间不计时"),
    Because.CORRECTION_NOTICE_LATE: gettext_noop(
        "%(day)s 的补正告知超过 %(due)s 的期限，不影响自收到材料之日起视为受理"
    ),
    Because.CORRECTION_NOTICE_IGNORED: gettext_noop("%(day)s 的补正告知在受理之后作出，不停止计时"),
    Because.CORRECTED: gettext_noop("%(day)s 收到补正材料，受理期限重新计算"),
    Because.ANSWER_DUE: gettext_noop("请申请人在 %(due)s 前补正"),
    Because.ACCEPTANCE_DUE: counted_noop(
        "应当在 %(due)s 前（收到材料后 %(working_days)s 个工作日内）告知补正或决定是否受理，逾期视为受理"
    ),
    Because.ACCEPTED: gettext_noop("%(day)s 受理，当日不计入，次日起计算办理期限"),
    Because.DEEMED_ACCEPTED: gettext_noop("截至 %(due)s 未告知补正，自收到材料之日 %(day)s 起视为受理"),
    Because.STATUTORY_LIMIT: gettext_noop("法定办结时限 %(amount)s %(unit)s，最后一日为 %(due)s"),
    Because.PROMISED_LIMIT: gettext_noop("承诺办结时限 %(amount)s %(unit)s，最后一日为 %(due)s"),
    Because.ON_THE_SPOT: gettext_noop("即办件，应当在 %(due)s 当日办结"),
    Because.NO_LIMIT: gettext_noop("该事项未规定办结时限"),
    Because.WEEKEND: gettext_noop("%(first)s 至 %(last)s 周末，不计入"),
    Because.WEEKEND_DAY: gettext_noop("%(first)s 周末，不计入"),
    Because.HOLIDAY: counted_noop("%(first)s 至 %(last)s %(name)s放假 %(days)s 天，不计入"),
    Because.HOLIDAY_DAY: gettext_noop("%(first)s %(name)s放假，不计入"),
    Because.MAKE_UP_DAY: gettext_noop("%(first)s 调休上班（%(name)s），计入"),
    Because.STOP: counted_noop(
        "%(first)s 至 %(last)s 特别程序（%(kind)s：%(reason)s），其中 %(working_days)s 个工作日不计入"
    ),
    Because.STOP_WITHOUT_EFFECT: gettext_noop(
        "%(first)s 开始的特别程序（%(kind)s：%(reason)s）当日结束或始于期限届满之后，不影响期限"
    ),
    Because.STOP_OPEN: gettext_noop("%(first)s 起特别程序（%(kind)s：%(reason)s），至今未恢复计时"),
    Because.STOP_OVERRUN: gettext_noop("特别程序（%(kind)s）已超过告知的所需时间（至 %(due)s）"),
    Because.EXTENSION: counted_noop("%(day)s 经 %(approver)s 批准延长 %(working_days)s 个工作日：%(reason)s"),
    Because.EXTENSION_IGNORED: counted_noop(
        "%(day)s 的延长 %(working_days)s 个工作日不符合规定（只能延长一次、不超过 %(limit)s 个工作日、"
        "在期限届满前批准），不计入"
    ),
    Because.EXTENSION_NOT_FOR_PROMISE: gettext_noop("%(day)s 批准延长时已超过承诺时限，承诺时限不顺延"),
    Because.ROLLED: gettext_noop("期限最后一日 %(nominal)s 不是可计算的工作日，顺延至 %(due)s"),
    Because.DECIDED: gettext_noop("%(day)s 作出决定，办理期限停止计算"),
    Because.DELIVERY_DUE: counted_noop("应当在 %(due)s 前（决定之日起 %(working_days)s 个工作日内）送达"),
    Because.DELIVERED: gettext_noop("%(day)s 送达"),
    Because.FINISHED: gettext_noop("%(day)s 终止计时"),
    Because.PROVISIONAL_YEAR: gettext_noop("%(year)s 年放假安排尚未公布，期限为暂定，公布后将重新计算并告知"),
}

#: code -> the fact that the words of its template depend on
COUNTS: dict[str, str] = {
    Because.ACCEPTANCE_DUE: "working_days",
    Because.HOLIDAY: "days",
    Because.STOP: "working_days",
    Because.EXTENSION: "working_days",
    Because.EXTENSION_IGNORED: "working_days",
    Because.DELIVERY_DUE: "working_days",
}

UNIT_CONTEXT = "limit"

#: unit of a limit -> its word (msgid in UNIT_CONTEXT), for the fact `unit` beside `amount`
UNIT_WORDS: dict[str, str] = {
    PeriodUnit.WORKING_DAY: counted_word_noop("limit", "个工作日"),
    PeriodUnit.NATURAL_DAY: counted_word_noop("limit", "个自然日"),
    PeriodUnit.MONTH: counted_word_noop("limit", "个月"),
    PeriodUnit.YEAR: counted_word_noop("limit", "年"),
    PeriodUnit.HOUR: counted_word_noop("limit", "小时"),
}
