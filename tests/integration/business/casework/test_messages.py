"""
The ten messages of the exchange, read off real logs.
"""

import re
from typing import Any

import msgspec
import pytest

from tests.factories import casework as make
from tests.factories.casework import applicant_of
from tests.factories.life import ACTS, AT, case_in
from tongban.business.casework.events import EventKind
from tongban.business.casework.models import Case, CaseEvent
from tongban.business.casework.rules.messages import LoggedEvent, Subject, national_messages
from tongban.business.casework.values import Action, CaseStatus, Terms

pytestmark = pytest.mark.django_db

A = Action
COMMON = {"SBLSH", "SXBM", "YWLSH", "XZQHDM", "SJBBH", "PDH", "BZ"}
WIRE: dict[int, str] = {
    0: (
        "SXMC FSXBM FSXMC SQRLX SQRMC SQRZJLX SQRZJHM LXRXM LXRZJLX LXRSFZJHM LXRSJ LXRYX SBXMMC SBCLQD TJFS "
        "SBHZH SBSJ SBJTWD YSBLSH SQRDH XMHGCBH LXWH"
    ),
    1: "YSLBMMC YSLBMZZJGDM BLRXM BLRGH YSLZTDM BSLYY BJBZSM YSLSJ YSLJTDD",
    2: (
        "SLBMMC SLBMZZJDDM BLRXM BLRGH SLZTDM BSLYY SLHZH SLSJ GXDXZQHDM CXMM GDBLSX GDBLSXDW GDSF XMMC "
        "SQDWJBRXM SQDWJBRSJ SQDWJBRYJ SLZLQD TJFS"
    ),
    3: "SPHJDM SPHJMC SPBMMC SPBMZZJDMD SPRXM SPRZWDM SPRZWMC SPYJ SPSJ SPHJZTDM SPBZH",
    4: "BJBMMC BJBMZZJDDM BJJGDM BJJGMS ZFHTHYY ZJGZMC ZJBH ZJYXQX FZGZDW SFJE JEDWDM BJSJ",
    5: "XH TBCXZL TBCXZLMC TBCXKSRQ TBCXPZR TBCXQDLY SQNR TBCXSX TBCXSXDW",
    6: "XH TBCXJG JGCSRQ TBCXJSRQ TBCXSFJE",
    7: "BZGZFCRXM BZGZYY BZCLQD BZGZSJ",
    8: "BZSLBLRXM BZCLQD BZSJ BZSLJTDD",
    9: "LQRXM LQRZJLX LQRSFZJHM LQFS LQSJ",
}
OWN = {number: set(names.split()) for number, names in WIRE.items()}
LEGAL = re.compile(r"0(1|7|8)*(2(3|56|5|6)*(4(9)?)?)?")
"""Pairs of 5 and 6 are matched by XH, one by one, below."""


@pytest.fixture(autouse=True)
def offering() -> None:
    """
    Publish an offering that ends in a licence.
    """
    make.publish_permit()


def messages_of(number: str, *, personal: bool = True) -> list[dict[str, Any]]:
    case = Case.objects.get(number=number)
    subject = Subject(
        case_number=number,
        query_code=case.query_code,
        channel=case.channel,
        terms=msgspec.convert(case.terms, Terms),
        applicant=applicant_of(number) if personal else None,
    )
    log = [
        LoggedEvent(
            seq=event.seq,
            at=event.at,
            kind=EventKind(event.kind),
            data=event.data,
            actor_id=event.actor_id,
            actor_name=event.actor_name,
        )
        for event in CaseEvent.objects.filter(case_number=number)
    ]
    return national_messages(log, subject=subject)


def after(*actions: Action, way: str = "counter") -> str:
    number = make.submit("test-permit", delivery={"way": way}).case_number
    for action in actions:
        ACTS[action](number, AT)
    return number


def kinds(messages: list[dict[str, Any]]) -> str:
    return "".join(str(message["message"]) for message in messages)


class TestOrder:
    @pytest.mark.parametrize(
        ("actions", "expected"),
        [
            ((), "0"),
            ((A.PASS_PRE_CHECK, A.ACCEPT), "012"),
            ((A.ACCEPT, A.REVIEW, A.REVIEW, A.GRANT), "023334"),
            ((A.ACCEPT, A.GRANT, A.DELIVER), "02349"),
            ((A.ACCEPT, A.REFUSE, A.DELIVER), "02349"),
            ((A.REQUEST_CORRECTION, A.CORRECT, A.ACCEPT), "0782"),
            ((A.PASS_PRE_CHECK, A.REQUEST_CORRECTION, A.CORRECT, A.PASS_PRE_CHECK, A.ACCEPT), "017812"),
            ((A.DEEM_ACCEPTED, A.REVIEW), "023"),
            ((A.ACCEPT, A.STOP_CLOCK, A.RESUME_CLOCK, A.STOP_CLOCK, A.RESUME_CLOCK, A.GRANT), "02565634"),
            ((A.ACCEPT, A.EXTEND, A.GRANT), "025634"),
            ((A.ACCEPT, A.STOP_CLOCK, A.EXTEND, A.RESUME_CLOCK, A.GRANT), "02556634"),
            ((A.ACCEPT, A.STOP_CLOCK, A.WITHDRAW), "02564"),
            ((A.WITHDRAW,), "024"),
            ((A.REQUEST_CORRECTION, A.LAPSE), "0724"),
            ((A.REFUSE_ACCEPTANCE,), "024"),
            ((A.PASS_ON,), "024"),
            ((A.VOID,), "024"),
            ((A.ACCEPT, A.VOID), "024"),
            ((A.WITHDRAW, A.ARCHIVE), "024"),
            ((A.ACCEPT, A.REFUSE, A.DELIVER, A.RATE, A.ARCHIVE), "02349"),
        ],
    )
    def test_is_the_legal_one(self, actions: tuple[Action, ...], expected: str) -> None:
        messages = messages_of(after(*actions))

        assert kinds(messages) == expected
        assert LEGAL.fullmatch(expected)
        assert_pairs(messages)

    @pytest.mark.parametrize("status", CaseStatus)
    def test_is_legal_in_every_state(self, status: CaseStatus) -> None:
        messages = messages_of(case_in(status))

        assert LEGAL.fullmatch(kinds(messages))
        assert_pairs(messages, is_open=status is CaseStatus.SUSPENDED)

    def test_grows_with_the_log_and_never_changes_what_was_sent(self) -> None:
        number = after()
        sent = messages_of(number)

        for action in (
            A.PASS_PRE_CHECK,
            A.ACCEPT,
            A.REVIEW,
            A.STOP_CLOCK,
            A.RESUME_CLOCK,
            A.REFUSE,
            A.DELIVER,
        ):
            ACTS[action](number, AT)
            told = messages_of(number)
            assert told[: len(sent)] == sent
            assert len(told) > len(sent)
            sent = told


def assert_pairs(messages: list[dict[str, Any]], *, is_open: bool = False) -> None:
    begun = [message["fields"]["XH"] for message in messages if message["message"] == 5]
    ended = [message["fields"]["XH"] for message in messages if message["message"] == 6]
    assert begun == [str(number + 1) for number in range(len(begun))]
    assert sorted(ended) == begun[: len(begun) - is_open]


class TestFields:
    def test_are_those_of_the_wire(self) -> None:
        number = after(
            A.PASS_PRE_CHECK,
            A.REQUEST_CORRECTION,
            A.CORRECT,
            A.ACCEPT,
            A.STOP_CLOCK,
            A.RESUME_CLOCK,
            A.REVIEW,
            A.GRANT,
            A.DELIVER,
        )

        messages = messages_of(number)

        assert {message["message"] for message in messages} == set(OWN)
        for message in messages:
            assert set(message["fields"]) == COMMON | OWN[message["message"]]
            assert message["fields"]["SBLSH"] == number
            assert (message["fields"]["XZQHDM"], message["fields"]["SJBBH"]) == ("511602", 1)

    def test_of_the_application_name_the_applicant(self) -> None:
        (message,) = messages_of(after())

        fields = message["fields"]
        assert (fields["SQRMC"], fields["SQRZJHM"], fields["SQRLX"]) == ("王小明", "11010519491231002X", "1")
        assert (fields["SBSJ"], fields["TJFS"], fields["SBCLQD"]) == (
            "20261123T100000",
            "1",
            "公共场所平面图",
        )

    def test_hold_nothing_personal_where_the_receiver_may_not_know(self) -> None:
        told = str(messages_of(after(A.ACCEPT, A.REFUSE), personal=False))

        assert "王小明" not in told
        assert "11010519491231002X" not in told
        assert "13900000001" not in told

    def test_of_acceptance_hold_the_limit_with_its_unit(self) -> None:
        message = messages_of(after(A.ACCEPT))[1]

        fields = message["fields"]
        assert (fields["SLZTDM"], fields["GDBLSX"], fields["GDBLSXDW"], fields["BLRXM"]) == (
            "1",
            "20",
            "1",
            "李受理",
        )

    def test_of_deemed_acceptance_hold_the_day_the_materials_arrived(self) -> None:
        message = messages_of(after(A.DEEM_ACCEPTED))[1]

        assert message["fields"]["SLSJ"] == "20261123T100000"

    @pytest.mark.parametrize(
        ("actions", "code", "reason"),
        [
            ((A.ACCEPT, A.GRANT), "0", ""),
            ((A.ACCEPT, A.REFUSE), "1", "不符合条件"),
            ((A.VOID,), "2", "重复收件"),
            ((A.PASS_ON,), "4", "属于市级职权"),
            ((A.WITHDRAW,), "5", "不办了"),
            ((A.REQUEST_CORRECTION, A.LAPSE), "5", "补交逾期"),
            ((A.REFUSE_ACCEPTANCE,), "6", "不属于本机关职权范围"),
        ],
    )
    def test_of_completion_hold_the_result_code(
        self, actions: tuple[Action, ...], code: str, reason: str
    ) -> None:
        message = messages_of(after(*actions))[-1]

        assert (message["message"], message["fields"]["BJJGDM"], message["fields"]["ZFHTHYY"]) == (
            4,
            code,
            reason,
        )

    def test_of_completion_hold_the_licence(self) -> None:
        number = after(A.ACCEPT, A.GRANT)
        issued = CaseEvent.objects.get(case_number=number, kind="ISSUED").data

        fields = messages_of(number)[-1]["fields"]

        assert (fields["ZJGZMC"], fields["ZJBH"]) == ("公共场所卫生许可证", issued["number"])

    def test_of_a_case_that_ended_early_say_that_it_was_not_accepted(self) -> None:
        message = messages_of(after(A.WITHDRAW))[1]

        assert (message["fields"]["SLZTDM"], message["fields"]["BSLYY"]) == ("0", "不办了")

    def test_tell_extensions_from_other_procedures(self) -> None:
        messages = messages_of(after(A.ACCEPT, A.STOP_CLOCK, A.RESUME_CLOCK, A.EXTEND))

        told = [
            (message["fields"]["TBCXZL"], message["fields"]["TBCXSX"], message["fields"]["TBCXSXDW"])
            for message in messages
            if message["message"] == 5
        ]
        assert told == [("B", "10", "1"), ("A", "10", "1")]

    def test_of_a_second_pre_check_come_under_the_next_version(self) -> None:
        messages = messages_of(after(A.PASS_PRE_CHECK, A.REQUEST_CORRECTION, A.CORRECT, A.PASS_PRE_CHECK))

        assert [m["fields"]["SJBBH"] for m in messages if m["message"] == 1] == [1, 2]
