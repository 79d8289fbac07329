from datetime import date, timedelta

import pytest

from tongban.business.licences.rules.sharing import (
    authority_of,
    document_name,
    no_use,
    open_answers,
    state_on,
)
from tongban.business.licences.values import LicenceStatus, SharingCategory, TrustGrade
from tongban.business.licences.values.sharing import NoUse, ShareAnswer, ShareAuthority, ShareState

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("category", "basis", "authority"),
    [
        (SharingCategory.OPEN, "", ShareAuthority.OPEN),
        (SharingCategory.OPEN, "某法第三条", ShareAuthority.LAW),
        (SharingCategory.CONDITIONAL, "", ShareAuthority.CONSENT),
        (SharingCategory.CONDITIONAL, "某法第三条", ShareAuthority.LAW),
        (SharingCategory.CLOSED, "", None),
        (SharingCategory.CLOSED, "某法第三条", ShareAuthority.LAW),
    ],
)
def test_a_category_says_by_what_right(
    category: SharingCategory, basis: str, authority: ShareAuthority | None
) -> None:
    assert authority_of(category, legal_basis=basis) is authority


@pytest.mark.parametrize("status", [status for status in LicenceStatus if status is not LicenceStatus.VALID])
def test_what_is_not_valid_is_not_used(status: LicenceStatus) -> None:
    assert no_use(status=status, grade=TrustGrade.A, is_made=True) is NoUse.NOT_VALID


@pytest.mark.parametrize(
    ("grade", "is_made", "why"),
    [
        (TrustGrade.A, True, None),
        (TrustGrade.B, True, None),
        (TrustGrade.A, False, NoUse.NOT_MADE),
        (TrustGrade.C, True, NoUse.NOT_COMPARED),
        (TrustGrade.D, True, NoUse.OWN_WORD),
    ],
)
def test_a_grade_says_what_is_used(grade: TrustGrade, is_made: bool, why: NoUse | None) -> None:
    assert no_use(status=LicenceStatus.VALID, grade=grade, is_made=is_made) is why


@pytest.mark.parametrize(
    ("state", "later"),
    [
        (ShareState.ASKED, ShareState.OVER),
        (ShareState.GIVEN, ShareState.OVER),
        (ShareState.REFUSED, ShareState.REFUSED),
        (ShareState.WITHDRAWN, ShareState.WITHDRAWN),
    ],
)
def test_a_term_ends_with_its_last_day(state: ShareState, later: ShareState) -> None:
    assert state_on(state, last_day=DAY, on=DAY) is state
    assert state_on(state, last_day=DAY, on=DAY + timedelta(days=1)) is later


def test_only_consent_is_answered() -> None:
    asked = open_answers(ShareState.ASKED, ShareAuthority.CONSENT)

    assert asked == (ShareAnswer.CONSENT, ShareAnswer.REFUSE)
    assert open_answers(ShareState.GIVEN, ShareAuthority.CONSENT) == (ShareAnswer.WITHDRAW,)
    assert open_answers(ShareState.GIVEN, ShareAuthority.LAW) == ()
    assert open_answers(ShareState.OVER, ShareAuthority.CONSENT) == ()


class TestDocumentName:
    @pytest.mark.parametrize(
        ("said", "name"),
        [
            ("营业执照", "营业执照"),
            ("营业执照副本复印件", "营业执照"),
            ("营业执照（正本及副本）", "营业执照"),
            ("营业执照(示例) 原件", "营业执照"),
            ("营业执照和法定代表人身份证明", "营业执照和法定代表人身份证明"),
            ("复印件", ""),
        ],
    )
    def test_leaves_out_which_copy_is_meant(self, said: str, name: str) -> None:
        assert document_name(said) == name
