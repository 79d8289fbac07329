"""
By what right a licence is shared, and when it may be used; pure.
"""

import re
from datetime import date, timedelta
from typing import Final

from tongban.business.licences.values import LicenceStatus, SharingCategory, TrustGrade
from tongban.business.licences.values.sharing import NoUse, ShareAnswer, ShareAuthority, ShareState

LONGEST_TERM: Final = timedelta(days=365)
APPLICATION_TERM: Final = timedelta(days=180)
"""So long an agency uses what took the place of a material; a case that takes longer asks again."""
ANSWERABLE: Final[dict[ShareAnswer, ShareState]] = {
    ShareAnswer.CONSENT: ShareState.ASKED,
    ShareAnswer.REFUSE: ShareState.ASKED,
    ShareAnswer.WITHDRAW: ShareState.GIVEN,
}
"""Answer -> state in which it is given."""


def authority_of(category: SharingCategory, *, legal_basis: str) -> ShareAuthority | None:
    """
    Return by what right a licence of this category may be used; None: by none, it is closed and no law is named.

    Source: 国发〔2016〕51号 政务信息资源共享管理暂行办法, 共享类型 (无条件, 有条件, 不予共享).
    """
    if legal_basis:
        return ShareAuthority.LAW
    return {
        SharingCategory.OPEN: ShareAuthority.OPEN,
        SharingCategory.CONDITIONAL: ShareAuthority.CONSENT,
    }.get(category)


WHICH_COPY: Final = re.compile(r"(?:正副本|正本|副本|原件|复印件|影印件|及|和|[（(][^（）()]*[）)])$")
"""At the end of a document's name: one word of which copy of it is meant, or a remark in brackets."""


def document_name(name: str) -> str:
    """
    Return the name of a document without what says which copy of it is meant: "营业执照副本复印件" is "营业执照".

    A name of several documents stays what it is, so that no single licence stands for all of them.
    """
    name = name.strip()
    while found := WHICH_COPY.search(name):
        name = name[: found.start()].rstrip()
    return name


def no_use(*, status: LicenceStatus, grade: TrustGrade, is_made: bool) -> NoUse | None:
    """
    Return why a licence cannot be used by an agency; None: it can.

    :param status: as of today
    :param is_made: it has its sealed document, or was taken in from a file and needs none
    """
    if status is not LicenceStatus.VALID:
        return NoUse.NOT_VALID
    if grade is TrustGrade.C:
        return NoUse.NOT_COMPARED
    if grade is TrustGrade.D:
        return NoUse.OWN_WORD
    return None if is_made else NoUse.NOT_MADE


def state_on(state: ShareState, *, last_day: date, on: date) -> ShareState:
    """
    Return the state as of a day: what is asked for or given ends with its term, and nobody needs to write it down.
    """
    if state in {ShareState.ASKED, ShareState.GIVEN} and on > last_day:
        return ShareState.OVER
    return state


def open_answers(state: ShareState, authority: ShareAuthority) -> tuple[ShareAnswer, ...]:
    """
    Return what the holder may answer now. What the law gives he does not withdraw: he objects to it in his ledger.
    """
    if authority is not ShareAuthority.CONSENT:
        return ()
    return tuple(answer for answer, at in ANSWERABLE.items() if at is state)
