"""
Levels: granted, lapsed, revoked, found with the actor; fresh checks before acts of high risk.
"""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.factories.identity import NODE, NOW, PASSWORD, checked, citizen, staff
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind, Channel
from tongban.foundation.errors import NotAuthenticated, NotFound, NotPermitted
from tongban.support.identity import selectors, services
from tongban.support.identity.models import AccessToken, Account, AssuranceGrant, SignIn
from tongban.support.identity.values import AccountKind, AssuranceLevel, HighRiskAct, MeansCode, Role

pytestmark = pytest.mark.django_db

YEAR = timedelta(days=366)


class Shelf(dict[str, object]):
    """
    A browser's session, in the memory of the test.
    """

    def cycle_key(self) -> None:
        """
        Do nothing.
        """

    def flush(self) -> None:
        """
        Forget all.
        """
        self.clear()


def log_in(actor: Actor) -> UUID:
    receipt = services.begin_sign_in(
        session=Shelf(), account_id=UUID(actor.id), address="127.0.0.1", user_agent="test", at=NOW
    )
    return receipt.sign_in_id


def prove(actor: Actor, means: MeansCode, *, level: int | None = None, at: object = NOW) -> int:
    return services.grant_assurance(
        person_id=UUID(actor.person_id or ""),
        means_code=means,
        evidence_digest="d" * 32,
        actor=NODE,
        at=at,  # type: ignore[arg-type]
        level=level,
    ).assurance_level


def citizen_login(actor: Actor) -> str:
    return Account.objects.get(id=actor.id).login_name


def extend_token(token: str) -> None:
    AccessToken.objects.filter(digest=selectors.digest_of_token(token)).update(expires_at=NOW + 9 * YEAR)


class TestTheLevel:
    def test_is_the_highest_whose_proof_holds(self) -> None:
        me = citizen(level=AssuranceLevel.MOBILE)

        raised = prove(me, MeansCode.FACE)
        kept = prove(me, MeansCode.BANK_CARD)

        assert (raised, kept) == (3, 3)

    def test_falls_by_itself_when_the_proof_lapses(self) -> None:
        me = citizen(level=AssuranceLevel.MOBILE)
        prove(me, MeansCode.BANK_CARD)
        prove(me, MeansCode.FACE)
        sign_in = log_in(me)
        token = services.issue_session_token(
            login=citizen_login(me),
            password=PASSWORD,
            kind=AccountKind.PERSON,
            actor=me,
            address=None,
            at=NOW,
        ).token
        SignIn.objects.filter(id=sign_in).update(expires_at=NOW + 9 * YEAR, seen_at=NOW + 9 * YEAR)
        extend_token(token)

        levels = []
        for at in (NOW, NOW + timedelta(days=365), NOW + 2 * YEAR, NOW + 6 * YEAR):
            session = selectors.actor_for_session(sign_in_id=sign_in, channel=Channel.WEB, at=at)
            by_token = selectors.actor_for_token(token=token, at=at)
            assert by_token is not None
            levels.append((session.assurance_level, by_token.assurance_level))

        assert levels == [(3, 3), (2, 2), (2, 2), (1, 1)]

    def test_is_found_in_the_statement_that_finds_the_actor(self) -> None:
        sign_in = log_in(citizen(level=AssuranceLevel.FACE))

        with CaptureQueriesContext(connection) as queries:
            actor = selectors.actor_for_session(sign_in_id=sign_in, channel=Channel.WEB, at=NOW)

        assert (actor.assurance_level, len(queries)) == (3, 1)

    def test_is_not_that_of_somebody_else(self) -> None:
        me, other = citizen(level=AssuranceLevel.MOBILE), citizen(level=AssuranceLevel.MOBILE)
        prove(other, MeansCode.FACE)

        assert selectors.assurance(actor=me, at=NOW).level == 1

    def test_is_lost_when_its_proof_is_revoked(self) -> None:
        me = citizen(level=AssuranceLevel.DATA_CHECK)

        count = services.revoke_assurance(
            person_id=UUID(me.person_id or ""), means_code=None, reason="BY_OPERATOR", actor=NODE, at=NOW
        )

        assert count == 1
        assert selectors.assurance(actor=me, at=NOW).level == 0


class TestProvingAgain:
    def test_begins_the_term_anew_and_keeps_what_was(self) -> None:
        me = citizen(level=AssuranceLevel.MOBILE)
        prove(me, MeansCode.FACE)

        prove(me, MeansCode.FACE, at=NOW + timedelta(days=100))

        assert selectors.assurance(actor=me, at=NOW + timedelta(days=400)).level == 3
        rows = AssuranceGrant.objects.filter(person_id=me.person_id or "", means="FACE").order_by(
            "granted_at"
        )
        assert [row.revoked_for for row in rows] == ["REPLACED", ""]

    def test_cannot_leave_two_of_one_means(self) -> None:
        me = citizen(level=AssuranceLevel.MOBILE)

        with pytest.raises(IntegrityError), transaction.atomic():
            AssuranceGrant.objects.create(
                person_id=me.person_id or "", means="MOBILE_CODE", level=1, granted_at=NOW, granted_by="tests"
            )


class TestGranting:
    def test_gives_no_more_than_the_means_does(self) -> None:
        me = citizen(level=AssuranceLevel.MOBILE)

        assert prove(me, MeansCode.STOCK_ACCOUNT, level=4) == 2
        assert prove(citizen(), MeansCode.STOCK_ACCOUNT, level=1) == 1

    @pytest.mark.parametrize("actor", [ANONYMOUS, Actor(kind=ActorKind.CLIENT, id="c")])
    def test_is_for_the_node_alone(self, actor: Actor) -> None:
        with pytest.raises((NotPermitted, NotAuthenticated)):
            services.grant_assurance(
                person_id=UUID(citizen().person_id or ""),
                means_code="FACE",
                evidence_digest="",
                actor=actor,
                at=NOW,
            )

    def test_needs_a_means_and_a_person_that_exist(self) -> None:
        with pytest.raises(services.UnknownMeans):
            services.grant_assurance(
                person_id=UUID(citizen().person_id or ""),
                means_code="TEA_LEAVES",
                evidence_digest="",
                actor=NODE,
                at=NOW,
            )
        with pytest.raises(NotFound):
            services.grant_assurance(
                person_id=uuid4(), means_code="FACE", evidence_digest="", actor=NODE, at=NOW
            )


class TestRevoking:
    def test_is_for_system_administrators(self) -> None:
        person_id = UUID(citizen(level=AssuranceLevel.FACE).person_id or "")
        operator = staff(roles=[Role.OPERATOR])

        with pytest.raises(NotPermitted):
            services.revoke_assurance(person_id=person_id, means_code=None, reason="X", actor=staff(), at=NOW)
        assert (
            services.revoke_assurance(
                person_id=person_id, means_code="FACE", reason="BY_OPERATOR", actor=operator, at=NOW
            )
            == 1
        )


class TestAssurance:
    def test_shows_how_it_was_proved_and_until_when(self) -> None:
        me = citizen(level=AssuranceLevel.MOBILE)
        prove(me, MeansCode.FACE)

        shown = selectors.assurance(actor=me, at=NOW)

        assert [(proof.means, proof.level) for proof in shown.proofs] == [("FACE", 3), ("MOBILE_CODE", 1)]
        assert shown.expires_at == NOW + timedelta(days=365)
        assert shown.proofs[1].expires_at is None

    def test_lasts_for_good_where_one_proof_does(self) -> None:
        assert selectors.assurance(actor=citizen(), at=NOW).expires_at is None

    def test_says_what_raises_it(self) -> None:
        shown = selectors.assurance(actor=citizen(level=AssuranceLevel.MOBILE), at=NOW)

        assert [way.code for way in shown.ways_to(3)] == ["FACE", "CERTIFICATE"]
        assert {way.code for way in shown.ways_to(2)} == {
            "POPULATION_REGISTER",
            "MOBILE_OPERATOR",
            "SOCIAL_SECURITY_CARD",
            "BANK_CARD",
            "PROVIDENT_FUND",
            "DRIVING_LICENCE",
            "FACE",
            "CERTIFICATE",
        }

    def test_leaves_out_what_is_below(self) -> None:
        seen = selectors.assurance(actor=citizen(level=AssuranceLevel.FACE), at=NOW)
        met = selectors.assurance(actor=citizen(level=AssuranceLevel.COUNTER), at=NOW)

        assert [way.code for way in seen.ways] == ["CERTIFICATE"]
        assert [way.code for way in met.ways] == ["CERTIFICATE"]


class TestAFreshCheck:
    def test_is_asked_of_who_was_not_checked(self) -> None:
        with pytest.raises(services.FreshCheckNeeded) as refusal:
            services.require_fresh_check(citizen(level=AssuranceLevel.COUNTER), at=NOW)

        assert refusal.value.facts == {
            "reason": "CHECK_NOT_FRESH",
            "act": "OTHER",
            "needed": 1,
            "window_seconds": 600,
        }

    def test_serves_within_the_window_only(self) -> None:
        me = checked(citizen())

        services.require_fresh_check(me, at=NOW + timedelta(minutes=10))
        with pytest.raises(services.FreshCheckNeeded):
            services.require_fresh_check(me, at=NOW + timedelta(minutes=10, seconds=1))

    def test_must_be_as_strong_as_the_act_asks(self) -> None:
        me = checked(citizen())

        services.require_fresh_check(me, at=NOW, act=HighRiskAct.EXPORT_DATA)
        with pytest.raises(services.FreshCheckNeeded):
            services.require_fresh_check(me, at=NOW, act=HighRiskAct.APPLY)
        with pytest.raises(services.FreshCheckNeeded):
            services.require_fresh_check(me, at=NOW, act=HighRiskAct.EXPORT_DATA, level=3)
        services.require_fresh_check(replace(me, checked_level=3), at=NOW, act=HighRiskAct.APPLY)

    def test_is_not_asked_of_staff_systems_and_the_node(self) -> None:
        for actor in (staff(), NODE, Actor(kind=ActorKind.CLIENT, id="c")):
            services.require_fresh_check(actor, at=NOW, act=HighRiskAct.APPLY)

    def test_is_for_who_is_logged_in(self) -> None:
        with pytest.raises(NotAuthenticated):
            services.require_fresh_check(ANONYMOUS, at=NOW)
