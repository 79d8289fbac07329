"""
What cases hold of a person, and why it stays.
"""

from django.utils.translation import gettext_lazy as _

from tongban.business.casework.selectors import holding as held
from tongban.foundation import holdings
from tongban.foundation.holdings import Holding
from tongban.support.privacy.ports import count_open_matters_by


def declare() -> None:
    """
    Declare it; nobody closes his account while a case is under way.
    """
    holdings.hold(
        Holding(
            code="casework.cases",
            title=_("办件"),
            purpose=_("办理您的申请，证明怎样办理的。"),
            ground="个人信息保护法-13",
            models=("casework.Case", "casework.CaseEvent", "casework.CaseKey", "casework.Notice"),
            term=_("按档案保管期限"),
            keeps_why=_("办结的案卷是档案，归档保存；个人信息只加密存放，查看仍会告诉您"),
            keeps_clause="716号令-12",
            exporter=held.cases_of,
            counter=held.count_cases_of,
            files=held.files_of_cases,
            order=200,
        )
    )
    count_open_matters_by(held.count_open_cases_of)
