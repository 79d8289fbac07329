"""
Notices: number and content are fixed in the transaction of the act; the PDF follows as a job.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from tongban.business.casework.models import Notice
from tongban.business.casework.rules.numbers import document_number_stem
from tongban.business.casework.services.recording import HeldCase
from tongban.business.casework.values import NoticeKind
from tongban.foundation import jobs
from tongban.foundation.clock import CHINA

CONTENT = Notice._meta.get_field("content")  # noqa: SLF001 - `_meta` is Django's documented door to its fields

# One statement: whoever holds the counter lets others wait until the transaction ends.
DRAW_UP = """
WITH counted AS (
    INSERT INTO casework_counter (scope, last) VALUES (%(scope)s, 1)
    ON CONFLICT (scope) DO UPDATE SET last = casework_counter.last + 1 RETURNING last
)
INSERT INTO casework_notice (case_number, event_seq, kind, document_number, agency_code, issued_at, content)
SELECT %(case_number)s, %(event_seq)s, %(kind)s, %(stem)s || last || '号', %(agency_code)s, %(issued_at)s, %(content)s
FROM counted
RETURNING id
"""

KIND_WORDS: dict[NoticeKind, str] = {
    NoticeKind.RECEIPT: "收",
    NoticeKind.CORRECTION_NOTICE: "补",
    NoticeKind.ACCEPTANCE: "受",
    NoticeKind.REFUSAL_TO_ACCEPT: "不受",
    NoticeKind.CLOCK_STOP: "特",
    NoticeKind.EXTENSION: "延",
    NoticeKind.GRANT: "许",
    NoticeKind.REFUSAL: "不许",
    NoticeKind.DELIVERY: "送",
    NoticeKind.WITHDRAWAL: "撤",
    NoticeKind.TRANSFER: "转",
    NoticeKind.VOIDING: "废",
}


def draw_up(
    case: HeldCase,
    kind: NoticeKind,
    *,
    at: datetime,
    content: dict[str, Any],
    event_seq: int | None = None,
) -> int:
    """
    Give a notice its number and queue its rendering; return its id.

    :param case: as it is after the event that the notice is about
    :param content: what is particular to this notice; the rest comes from the case
    :param event_seq: the event that the notice is about, where it is not the last one
    """
    year = at.astimezone(CHINA).year
    word = agency_word(case.terms.agency_name)
    with connection.cursor() as cursor:
        cursor.execute(
            DRAW_UP,
            {
                "scope": f"notice:{word}:{kind.value}:{year}",
                "stem": document_number_stem(agency_word=word, kind_word=KIND_WORDS[kind], year=year),
                "case_number": case.number,
                "event_seq": event_seq or case.version,
                "kind": kind.value,
                "agency_code": case.agency_code,
                "issued_at": at,
                "content": CONTENT.get_db_prep_value(content, connection),
            },
        )
        notice_id: int = cursor.fetchone()[0]
    jobs.defer("casework.render_notice", notice_id=notice_id)
    return notice_id


def agency_word(agency_name: str) -> str:
    """
    Return the agency's name as it stands before a document's number: 广安区卫生健康局 -> 广安区卫生健康.

    Two agencies of a node never share it: it is cut only at the tail that every agency has.
    """
    for tail in ("委员会", "办公室", "局"):
        if agency_name.endswith(tail) and len(agency_name) > len(tail) + 1:
            return agency_name.removesuffix(tail)[-24:]
    return agency_name[-24:]
