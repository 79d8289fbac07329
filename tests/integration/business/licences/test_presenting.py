from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.factories.trust import administrator, establish
from tests.integration.business.licences.conftest import (
    AT,
    CLERK,
    DECIDER,
    ISSUER,
    LI,
    SEVERAL,
    ZHANG,
    holder,
    issue,
)
from tongban.business.licences.models import Licence, Presentation, PresentationCheck
from tongban.business.licences.permissions import LicenceNotFound, PresentationNotFound
from tongban.business.licences.rules import presenting as codes
from tongban.business.licences.selectors import (
    presentable,
    presentation,
    published_presentation_keys,
)
from tongban.business.licences.services import (
    LicenceNotPresentable,
    PresentationOver,
    check_code,
    end_presentation,
    forget_presentations,
    next_code,
    open_presentation,
    renew_presentation_key,
    suspend_licence,
)
from tongban.business.licences.values import Verdict
from tongban.business.licences.values.presenting import CodeCheck, CodeVerdict, ShownCode
from tongban.foundation.actors import (
    ANONYMOUS,
    Actor,
    MandateFunction,
    Principal,
    PrincipalKind,
)
from tongban.foundation.crypto import sm2
from tongban.foundation.errors import InvalidInput
from tongban.foundation.looks import LookAct, LookFilter, looks_at
from tongban.support.trust import services as trust
from tongban.support.trust.models import IssuedCertificate
from tongban.support.trust.values import CertificateProfile, Reason

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("types", "authorities")]

HOLDER = "7b0f6f0e-0000-4000-8000-000000000001"
OWNER = replace(ZHANG, person_id=HOLDER)
SECOND = timedelta(seconds=1)


@pytest.fixture
def authorities(db: None) -> None:
    establish(at=AT - timedelta(days=1))


def licence() -> str:
    return issue(holder=holder(person_id=HOLDER)).identifier


def shown(keys: tuple[str, ...] = ("holder_name", "venue"), *, actor: Actor = OWNER) -> UUID:
    return open_presentation(identifier=licence(), keys=keys, actor=actor, at=AT).id


def code(**changes: Any) -> ShownCode:
    return next_code(**{"presentation_id": shown(), "actor": OWNER, "at": AT, **changes})


def check(text: str, **changes: Any) -> CodeCheck:
    told = {"check_id": "scan-1", "checker": "", "actor": ANONYMOUS, "at": AT + SECOND, **changes}
    return check_code(code=text, **told)


class TestPresentable:
    def test_offers_every_line_and_proposes_the_harmless_ones(self) -> None:
        offered = presentable(identifier=licence(), actor=OWNER)

        assert [(choice.line.key, choice.is_usual) for choice in offered.choices] == [
            ("holder_name", True),
            ("holder_code", False),
            ("venue", True),
            ("home", False),
        ]

    @pytest.mark.parametrize("actor", [LI, CLERK, DECIDER, ANONYMOUS])
    def test_is_for_the_holder_alone(self, actor: Actor) -> None:
        identifier = licence()

        with pytest.raises(LicenceNotFound):
            presentable(identifier=identifier, actor=actor)


class TestOpenPresentation:
    def test_shows_what_the_holder_chose_and_nothing_else(self) -> None:
        read = codes.read_code(code().code)

        assert read is not None
        assert read.claims.lines == (("持证主体", "张小三"), ("场所名称", "示例大酒店"))
        assert b"11010519491231002X" not in read.signed

    def test_ends_after_ten_minutes(self) -> None:
        presentation_id = shown()

        last = next_code(presentation_id=presentation_id, actor=OWNER, at=AT + timedelta(seconds=599))
        with pytest.raises(PresentationOver):
            next_code(presentation_id=presentation_id, actor=OWNER, at=AT + timedelta(seconds=600))

        assert last.expires_at - last.issued_at == timedelta(seconds=60)

    def test_gives_another_number_with_every_code(self) -> None:
        presentation_id = shown()

        first = next_code(presentation_id=presentation_id, actor=OWNER, at=AT)
        second = next_code(presentation_id=presentation_id, actor=OWNER, at=AT)

        assert first.code != second.code
        assert first.url == f"http://localhost:8000/check/#{first.code}"

    @pytest.mark.parametrize("actor", [LI, CLERK, DECIDER, ANONYMOUS])
    def test_is_refused_to_everybody_but_the_holder(self, actor: Actor) -> None:
        identifier = licence()

        with pytest.raises(LicenceNotFound):
            open_presentation(identifier=identifier, keys=(), actor=actor, at=AT)

        assert Presentation.objects.count() == 0

    def test_says_that_an_agent_shows_it(self) -> None:
        company = issue(
            holder=holder(kind="2", name="示例酒店有限公司", code="91350100M000100Y43", person_id=HOLDER)
        )
        agent = replace(
            LI,
            acting_for=Principal(
                kind=PrincipalKind.LEGAL_ENTITY,
                id=HOLDER,
                name="示例酒店有限公司",
                mandate_id="m",
                functions=frozenset({MandateFunction.QUERY}),
            ),
        )

        opened = open_presentation(identifier=company.identifier, keys=(), actor=agent, at=AT)
        read = codes.read_code(next_code(presentation_id=opened.id, actor=agent, at=AT).code)

        assert read is not None
        assert read.claims.is_by_agent

    def test_refuses_a_line_that_is_not_there(self) -> None:
        identifier = licence()

        with pytest.raises(InvalidInput) as refusal:
            open_presentation(identifier=identifier, keys=["salary"], actor=OWNER, at=AT)

        assert list(refusal.value.fields) == ["keys"]

    def test_refuses_more_than_one_code_can_carry(self) -> None:
        long = issue(SEVERAL, holder=holder(person_id=HOLDER), face={"venue_name": "长" * 200, "home": ""})

        with pytest.raises(InvalidInput):
            open_presentation(identifier=long.identifier, keys=["venue"], actor=OWNER, at=AT)

        assert Presentation.objects.count() == 0

    def test_refuses_a_licence_that_is_suspended(self) -> None:
        identifier = licence()
        suspend_licence(identifier=identifier, reason="核查", legal_basis="第一条", actor=DECIDER, at=AT)

        with pytest.raises(LicenceNotPresentable):
            open_presentation(identifier=identifier, keys=(), actor=OWNER, at=AT)

    def test_stops_when_the_licence_is_suspended_meanwhile(self) -> None:
        presentation_id = shown()
        suspend_licence(
            identifier=Licence.objects.get().identifier,
            reason="核查",
            legal_basis="第一条",
            actor=DECIDER,
            at=AT,
        )

        with pytest.raises(LicenceNotPresentable):
            next_code(presentation_id=presentation_id, actor=OWNER, at=AT)


class TestEndPresentation:
    def test_ends_at_once_and_once(self) -> None:
        presentation_id = shown()

        first = end_presentation(presentation_id=presentation_id, actor=OWNER, at=AT + SECOND)
        second = end_presentation(presentation_id=presentation_id, actor=OWNER, at=AT + 2 * SECOND)

        assert first.ends_at == second.ends_at == AT + SECOND
        with pytest.raises(PresentationOver):
            next_code(presentation_id=presentation_id, actor=OWNER, at=AT + SECOND)

    @pytest.mark.parametrize("actor", [LI, CLERK, DECIDER, ANONYMOUS])
    def test_is_hidden_from_others(self, actor: Actor) -> None:
        presentation_id = shown()

        for door in (next_code, end_presentation, presentation):
            with pytest.raises(PresentationNotFound):
                door(presentation_id=presentation_id, actor=actor, at=AT)


class TestCheckCode:
    def test_tells_what_was_shown_and_how_the_licence_stands(self) -> None:
        checked = check(code().code)

        assert (checked.verdict, checked.status) == (CodeVerdict.GENUINE, Verdict.VALID)
        assert checked.claims is not None
        assert checked.claims.lines == (("持证主体", "张小三"), ("场所名称", "示例大酒店"))

    def test_writes_it_down_for_the_holder(self) -> None:
        presentation_id = shown()
        text = next_code(presentation_id=presentation_id, actor=OWNER, at=AT).code

        check(text, checker="示例酒店前台")

        (look,) = looks_at(principal_id=HOLDER, wanted=LookFilter()).items
        assert (look.act, look.words, look.agency_code) == (LookAct.SHOWN, "示例酒店前台", "")
        (seen,) = presentation(presentation_id=presentation_id, actor=OWNER, at=AT).checks
        assert (seen.checker, seen.agency_code) == ("示例酒店前台", "")

    def test_names_the_agency_that_checked(self) -> None:
        check(code().code, actor=CLERK)

        (look,) = looks_at(principal_id=HOLDER, wanted=LookFilter()).items
        assert (look.act, look.agency_code) == (LookAct.SHOWN, ISSUER)

    def test_writes_down_that_another_citizen_checked(self) -> None:
        check(code().code, actor=LI)

        assert [look.act for look in looks_at(principal_id=HOLDER, wanted=LookFilter()).items] == [
            LookAct.SHOWN
        ]

    def test_answers_the_same_scan_again_and_refuses_another_one(self) -> None:
        text = code().code

        again = [check(text).verdict for _ in range(2)]
        other = check(text, check_id="scan-2")

        assert again == [CodeVerdict.GENUINE, CodeVerdict.GENUINE]
        assert (other.verdict, other.status, other.claims) == (CodeVerdict.USED, None, None)
        assert PresentationCheck.objects.count() == 1
        assert len(looks_at(principal_id=HOLDER, wanted=LookFilter()).items) == 1

    @pytest.mark.parametrize(
        ("seconds", "verdict"),
        [
            (-6, CodeVerdict.EARLY),
            (-5, CodeVerdict.GENUINE),
            (64, CodeVerdict.GENUINE),
            (65, CodeVerdict.LATE),
        ],
    )
    def test_counts_the_minute_by_the_nodes_clock(self, seconds: int, verdict: CodeVerdict) -> None:
        renew_presentation_key(at=AT - timedelta(hours=1))

        assert check(code().code, at=AT + seconds * SECOND).verdict is verdict

    def test_says_that_the_licence_was_suspended_a_moment_ago(self) -> None:
        text = code().code
        suspend_licence(
            identifier=Licence.objects.get().identifier,
            reason="核查",
            legal_basis="第一条",
            actor=DECIDER,
            at=AT,
        )

        checked = check(text)

        assert (checked.verdict, checked.status) == (CodeVerdict.GENUINE, Verdict.SUSPENDED)

    def test_believes_no_key_of_somebody_else(self) -> None:
        read = codes.read_code(code().code)
        assert read is not None
        thief = sm2.generate()
        claims = replace(read.claims, key_id=codes.key_id_of(thief.public.point))
        same_name = read.claims

        verdicts = []
        for told in (claims, same_name):
            signed = codes.signed_part(told)
            verdicts.append(check(codes.sealed_code(signed, sm2.raw_of(thief.sign(signed.encode())))).verdict)

        assert verdicts == [CodeVerdict.FOREIGN, CodeVerdict.FORGED]
        assert PresentationCheck.objects.count() == 0

    def test_believes_no_key_whose_certificate_was_revoked(self) -> None:
        text = code().code
        row = IssuedCertificate.objects.get(profile=CertificateProfile.PRESENTATION)
        trust.revoke_within(certificate_id=row.id, reason=Reason.KEY_COMPROMISE, actor=administrator(), at=AT)

        assert check(text).verdict is CodeVerdict.FOREIGN

    def test_reads_nothing_else(self) -> None:
        assert check("你好").verdict is CodeVerdict.UNREADABLE

    @pytest.mark.parametrize(("check_id", "checker"), [("", ""), ("x" * 65, ""), ("x", "x" * 61)])
    def test_refuses_names_that_are_none(self, check_id: str, checker: str) -> None:
        with pytest.raises(InvalidInput):
            check("", check_id=check_id, checker=checker)


class TestRenewPresentationKey:
    def test_publishes_the_next_key_before_it_signs(self) -> None:
        assert renew_presentation_key(at=AT)
        assert not renew_presentation_key(at=AT)
        near_the_end = AT + timedelta(days=336)
        assert renew_presentation_key(at=near_the_end)

        newest, oldest = published_presentation_keys(at=near_the_end)
        soon = codes.read_code(self._code(at=near_the_end))
        later = codes.read_code(self._code(at=near_the_end + timedelta(days=2)))

        assert soon is not None
        assert later is not None
        assert soon.claims.key_id == oldest.key_id
        assert later.claims.key_id == newest.key_id

    def _code(self, *, at: Any) -> str:
        receipt = issue(case_number=str(uuid4()), holder=holder(person_id=HOLDER), at=at)
        opened = open_presentation(identifier=receipt.identifier, keys=(), actor=OWNER, at=at)
        return next_code(presentation_id=opened.id, actor=OWNER, at=at).code


class TestForgetPresentations:
    def test_forgets_after_a_day(self) -> None:
        check(code().code)
        ended = AT + timedelta(minutes=10)

        kept = forget_presentations(at=ended + timedelta(days=1))
        gone = forget_presentations(at=ended + timedelta(days=1, seconds=1))

        assert (kept, gone) == (0, 1)
        assert PresentationCheck.objects.count() == 0
