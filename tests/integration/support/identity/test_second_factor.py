"""
第二重认证: apps, security keys and recovery codes; and the way from the password to the session.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings as node
from django.test import override_settings

from tests.factories.database import empty_logs
from tests.factories.identity import NOW, PASSWORD, citizen, staff
from tests.factories.parallel import in_parallel
from tests.factories.security_key import SecurityKey
from tongban.config.env import IdentitySettings, SecondFactorRule
from tongban.foundation.actors import ANONYMOUS, Actor, Channel
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, TooManyRequests
from tongban.foundation.models import AuditEntry
from tongban.support.identity import selectors, services
from tongban.support.identity.models import Account, PendingLogin, SignIn
from tongban.support.identity.services import (
    FactorRefused,
    FactorTaken,
    LastFactor,
    LoginExpired,
    PasswordChangeNeeded,
    SecondFactorMissing,
    SecondFactorNeeded,
    SecondFactorNotFresh,
)
from tongban.support.identity.values import AccountKind, Factor, FactorReceipt, LoginStep, Post, Role

SECOND = timedelta(seconds=1)
STEP = timedelta(seconds=30)
CODES = 10


def rules(**chosen: Any) -> Any:
    """
    Run with other settings of identity.
    """
    return override_settings(TONGBAN_IDENTITY=node.TONGBAN_IDENTITY.model_copy(update=chosen))


@pytest.fixture
def required() -> Iterator[None]:
    """
    Ask staff for a second factor.
    """
    with rules(staff_second_factor=SecondFactorRule.REQUIRED):
        yield


def code_of(secret: str, *, at: datetime = NOW) -> str:
    return str(format_hotp_value(hotp_value(secret, int(at.timestamp()) // 30)))


def with_app(actor: Actor, *, at: datetime = NOW - timedelta(hours=1)) -> tuple[str, FactorReceipt]:
    """
    Set an app up, long enough ago that no code was used lately; return its secret too.
    """
    offer = services.offer_totp(account_id=UUID(actor.id))
    receipt = services.set_up_totp(
        secret=offer.secret, code=code_of(offer.secret, at=at), password=PASSWORD, actor=actor, at=at
    )
    return offer.secret, receipt


def with_key(actor: Actor, key: SecurityKey) -> FactorReceipt:
    question, state = services.ask_new_key(account_id=UUID(actor.id))
    return services.set_up_key(
        name="蓝色钥匙", answer=key.register(question), state=state, password=PASSWORD, actor=actor, at=NOW
    )


def begun(actor: Actor, *, at: datetime = NOW) -> Any:
    return services.begin_login(account_id=UUID(actor.id), at=at)


def browser() -> Any:
    return import_module(node.SESSION_ENGINE).SessionStore()


def finished(pending_id: UUID, *, at: datetime = NOW) -> SignIn:
    receipt = services.complete_login(
        pending_id=pending_id, session=browser(), address="10.0.0.1", user_agent="test", at=at
    )
    return SignIn.objects.get(id=receipt.sign_in_id)


@pytest.mark.django_db
class TestRule:
    def test_asks_all_staff_for_a_second_factor_unless_told_otherwise(self) -> None:
        chosen = IdentitySettings.model_fields["staff_second_factor"].default

        assert chosen is SecondFactorRule.REQUIRED

    def test_keeps_every_secret_sealed(self) -> None:
        clerk = staff(Post.COUNTER)
        secret, receipt = with_app(clerk)

        kept = str(list(Authenticator.objects.values_list("data", flat=True)))

        assert secret not in kept
        assert not [code for code in receipt.recovery_codes if code in kept]


@pytest.mark.django_db
class TestTotp:
    def test_gives_recovery_codes_with_the_first_factor(self) -> None:
        clerk = staff(Post.COUNTER)

        _, receipt = with_app(clerk)

        assert receipt.factor is Factor.TOTP
        assert len(set(receipt.recovery_codes)) == CODES
        assert AuditEntry.objects.filter(action="identity.factor.set_up", subject=clerk.id).count() == 1

    def test_is_kept_only_with_a_right_code(self) -> None:
        clerk = staff(Post.COUNTER)
        offer = services.offer_totp(account_id=UUID(clerk.id))

        with pytest.raises(FactorRefused):
            services.set_up_totp(secret=offer.secret, code="000000", password=PASSWORD, actor=clerk, at=NOW)

        assert not Authenticator.objects.filter(user_id=clerk.id).exists()

    def test_is_kept_only_with_the_right_password(self) -> None:
        clerk = staff(Post.COUNTER)
        offer = services.offer_totp(account_id=UUID(clerk.id))

        with pytest.raises(services.WrongPassword):
            services.set_up_totp(
                secret=offer.secret, code=code_of(offer.secret), password="Wrong-2026", actor=clerk, at=NOW
            )

        assert not Authenticator.objects.filter(user_id=clerk.id).exists()

    def test_is_had_once(self) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)

        with pytest.raises(FactorTaken):
            with_app(clerk)

        assert Authenticator.objects.filter(user_id=clerk.id, type=Authenticator.Type.TOTP).count() == 1

    @pytest.mark.parametrize("drift", [-STEP, timedelta(0), STEP])
    def test_is_taken_one_step_early_or_late(self, drift: timedelta) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        pending = begun(clerk)

        after = services.show_code(
            pending_id=pending.pending_id, code=code_of(secret, at=NOW + drift), actor=ANONYMOUS, at=NOW
        )

        assert after.step is LoginStep.DONE

    @pytest.mark.parametrize("drift", [-2 * STEP, 2 * STEP])
    def test_is_refused_two_steps_early_or_late(self, drift: timedelta) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        pending = begun(clerk)

        with pytest.raises(FactorRefused):
            services.show_code(
                pending_id=pending.pending_id, code=code_of(secret, at=NOW + drift), actor=ANONYMOUS, at=NOW
            )

    def test_is_used_once(self) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        services.show_code(pending_id=begun(clerk).pending_id, code=code_of(secret), actor=ANONYMOUS, at=NOW)

        with pytest.raises(FactorRefused):
            services.show_code(
                pending_id=begun(clerk).pending_id, code=code_of(secret), actor=ANONYMOUS, at=NOW + SECOND
            )

        assert AuditEntry.objects.filter(action="identity.factor.fail", subject=clerk.id).count() == 1

    def test_is_not_used_before_one_that_was_used_after_it(self) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        services.show_code(pending_id=begun(clerk).pending_id, code=code_of(secret), actor=ANONYMOUS, at=NOW)

        with pytest.raises(FactorRefused):
            services.show_code(
                pending_id=begun(clerk).pending_id,
                code=code_of(secret, at=NOW - STEP),
                actor=ANONYMOUS,
                at=NOW,
            )

    def test_closes_after_five_wrong_ones(self) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        pending = begun(clerk)
        for wrong in range(5):
            with pytest.raises(FactorRefused):
                services.show_code(
                    pending_id=pending.pending_id, code=f"00000{wrong}", actor=ANONYMOUS, at=NOW
                )

        with pytest.raises(TooManyRequests):
            services.show_code(pending_id=pending.pending_id, code=code_of(secret), actor=ANONYMOUS, at=NOW)

        assert not SignIn.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestTotpInParallel:
    def test_serves_one_of_many_who_show_it_at_once(self) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        waiting = [begun(clerk).pending_id for _ in range(4)]

        def show(number: int) -> Any:
            return services.show_code(
                pending_id=waiting[number], code=code_of(secret), actor=ANONYMOUS, at=NOW
            )

        outcomes = in_parallel(len(waiting), show)

        empty_logs()
        assert sum(getattr(outcome, "step", None) is LoginStep.DONE for outcome in outcomes) == 1


@pytest.mark.django_db
class TestRecoveryCodes:
    def test_open_the_door_once_each(self) -> None:
        clerk = staff(Post.COUNTER)
        _, receipt = with_app(clerk)
        code = receipt.recovery_codes[3]
        after = services.show_code(pending_id=begun(clerk).pending_id, code=code, actor=ANONYMOUS, at=NOW)

        with pytest.raises(FactorRefused):
            services.show_code(pending_id=begun(clerk).pending_id, code=code, actor=ANONYMOUS, at=NOW)

        assert after.step is LoginStep.DONE
        assert selectors.own_factors(actor=clerk).recovery_codes_left == CODES - 1

    def test_are_worth_nothing_once_there_are_new_ones(self) -> None:
        clerk = staff(Post.COUNTER)
        _, first = with_app(clerk)

        second = services.renew_recovery_codes(password=PASSWORD, actor=clerk, at=NOW)

        assert not set(first.recovery_codes) & set(second.recovery_codes)
        with pytest.raises(FactorRefused):
            services.show_code(
                pending_id=begun(clerk).pending_id, code=first.recovery_codes[0], actor=ANONYMOUS, at=NOW
            )

    def test_are_not_given_without_a_factor(self) -> None:
        clerk = staff(Post.COUNTER)

        with pytest.raises(NotFound):
            services.renew_recovery_codes(password=PASSWORD, actor=clerk, at=NOW)


@pytest.mark.django_db
class TestSecurityKey:
    def test_opens_the_door(self) -> None:
        clerk, key = staff(Post.COUNTER), SecurityKey()
        with_key(clerk, key)
        pending = begun(clerk)
        question = services.ask_key_of_login(pending_id=pending.pending_id, at=NOW)

        after = services.show_key(
            pending_id=pending.pending_id, answer=key.sign(question), actor=ANONYMOUS, at=NOW
        )

        assert (pending.step, after.step) == (LoginStep.FACTOR, LoginStep.DONE)
        assert finished(pending.pending_id).factor == Factor.WEBAUTHN

    def test_answers_a_question_once(self) -> None:
        clerk, key = staff(Post.COUNTER), SecurityKey(counts=False)
        with_key(clerk, key)
        pending = begun(clerk)
        answer = key.sign(services.ask_key_of_login(pending_id=pending.pending_id, at=NOW))
        services.show_key(pending_id=pending.pending_id, answer=answer, actor=ANONYMOUS, at=NOW)

        with pytest.raises(FactorRefused):
            services.show_key(pending_id=pending.pending_id, answer=answer, actor=ANONYMOUS, at=NOW)

    def test_answers_the_last_question_only(self) -> None:
        clerk, key = staff(Post.COUNTER), SecurityKey()
        with_key(clerk, key)
        pending = begun(clerk)
        early = key.sign(services.ask_key_of_login(pending_id=pending.pending_id, at=NOW))
        services.ask_key_of_login(pending_id=pending.pending_id, at=NOW)

        with pytest.raises(FactorRefused):
            services.show_key(pending_id=pending.pending_id, answer=early, actor=ANONYMOUS, at=NOW)

    @pytest.mark.parametrize(
        "stranger",
        [
            pytest.param(SecurityKey(), id="another key"),
            pytest.param(SecurityKey(origin="https://evil.example"), id="another site"),
        ],
    )
    def test_is_not_taken_for_another(self, stranger: SecurityKey) -> None:
        clerk = staff(Post.COUNTER)
        with_key(clerk, SecurityKey())
        pending = begun(clerk)
        question = services.ask_key_of_login(pending_id=pending.pending_id, at=NOW)

        with pytest.raises(FactorRefused):
            services.show_key(
                pending_id=pending.pending_id, answer=stranger.sign(question), actor=ANONYMOUS, at=NOW
            )

    def test_is_not_taken_at_another_site(self) -> None:
        clerk, key = staff(Post.COUNTER), SecurityKey()
        with_key(clerk, key)
        key.origin = "https://evil.example"
        pending = begun(clerk)
        question = services.ask_key_of_login(pending_id=pending.pending_id, at=NOW)

        with pytest.raises(FactorRefused):
            services.show_key(
                pending_id=pending.pending_id, answer=key.sign(question), actor=ANONYMOUS, at=NOW
            )

    def test_is_refused_when_its_counter_stands_still(self) -> None:
        clerk, key = staff(Post.COUNTER), SecurityKey(count=7)
        with_key(clerk, key)
        first = begun(clerk)
        question = services.ask_key_of_login(pending_id=first.pending_id, at=NOW)
        services.show_key(pending_id=first.pending_id, answer=key.sign(question), actor=ANONYMOUS, at=NOW)
        copy = SecurityKey(count=7, id=key.id, secret=key.secret)
        second = begun(clerk)
        question = services.ask_key_of_login(pending_id=second.pending_id, at=NOW)

        with pytest.raises(FactorRefused):
            services.show_key(
                pending_id=second.pending_id, answer=copy.sign(question), actor=ANONYMOUS, at=NOW
            )

    @pytest.mark.parametrize("answer", ["", "{", "[]", "{}", '{"response": {}}', '{"response": []}', "null"])
    def test_is_refused_when_it_says_nothing(self, answer: str) -> None:
        clerk = staff(Post.COUNTER)
        with_key(clerk, SecurityKey())
        pending = begun(clerk)
        services.ask_key_of_login(pending_id=pending.pending_id, at=NOW)

        with pytest.raises(FactorRefused):
            services.show_key(pending_id=pending.pending_id, answer=answer, actor=ANONYMOUS, at=NOW)

    def test_is_registered_for_its_own_question_only(self) -> None:
        clerk, key = staff(Post.COUNTER), SecurityKey()
        question, _ = services.ask_new_key(account_id=UUID(clerk.id))
        _, other = services.ask_new_key(account_id=UUID(clerk.id))

        with pytest.raises(FactorRefused):
            services.set_up_key(
                name="", answer=key.register(question), state=other, password=PASSWORD, actor=clerk, at=NOW
            )

        assert not Authenticator.objects.filter(user_id=clerk.id).exists()


@pytest.mark.django_db
class TestRemoveFactor:
    def test_keeps_the_last_one_of_staff(self, required: None) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)
        factor = selectors.own_factors(actor=clerk).factors[0]

        with pytest.raises(LastFactor):
            services.remove_factor(factor_id=factor.id, password=PASSWORD, actor=clerk, at=NOW)

        assert len(selectors.own_factors(actor=clerk).factors) == 1

    def test_takes_the_recovery_codes_with_the_last_one_of_a_person(self, required: None) -> None:
        person = citizen()
        with_app(person)
        factor = selectors.own_factors(actor=person).factors[0]

        services.remove_factor(factor_id=factor.id, password=PASSWORD, actor=person, at=NOW)

        assert not Authenticator.objects.filter(user_id=person.id).exists()

    def test_knows_only_ones_own(self) -> None:
        clerk, other = staff(Post.COUNTER), staff(Post.REVIEW)
        with_app(clerk)
        factor = selectors.own_factors(actor=clerk).factors[0]

        with pytest.raises(NotFound):
            services.remove_factor(factor_id=factor.id, password=PASSWORD, actor=other, at=NOW)


@pytest.mark.django_db
class TestLogin:
    def test_opens_nothing_before_the_second_factor(self) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)
        pending = begun(clerk)

        with pytest.raises(LoginExpired):
            finished(pending.pending_id)

        assert pending.step is LoginStep.FACTOR
        assert not SignIn.objects.exists()

    def test_asks_staff_without_one_to_set_one_up(self, required: None) -> None:
        clerk = staff(Post.COUNTER)

        pending = begun(clerk)

        assert pending.step is LoginStep.ENROL
        with pytest.raises(LoginExpired):
            finished(pending.pending_id)

    def test_lets_staff_in_who_have_just_set_one_up(self, required: None) -> None:
        clerk = staff(Post.COUNTER)
        pending = begun(clerk)
        actor = services.pending_actor(pending_id=pending.pending_id, at=NOW)
        offer = services.offer_totp(account_id=UUID(clerk.id))
        receipt = services.set_up_totp(
            secret=offer.secret,
            code=code_of(offer.secret),
            pending_id=pending.pending_id,
            actor=actor,
            at=NOW,
        )

        after = services.note_enrolment(pending_id=pending.pending_id, receipt=receipt, at=NOW)

        assert after.step is LoginStep.DONE
        assert finished(pending.pending_id).factor == Factor.TOTP

    def test_does_not_let_a_factor_be_set_up_beside_one_that_is_there(self, required: None) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)
        pending = begun(clerk)
        question, state = services.ask_new_key(account_id=UUID(clerk.id))

        with pytest.raises(NotFound):
            services.set_up_key(
                name="",
                answer=SecurityKey().register(question),
                state=state,
                pending_id=pending.pending_id,
                actor=clerk,
                at=NOW,
            )

    def test_asks_persons_who_have_one(self) -> None:
        person = citizen()
        with_app(person)

        assert begun(person).step is LoginStep.FACTOR

    def test_asks_persons_who_have_none_for_nothing(self, required: None) -> None:
        assert begun(citizen()).step is LoginStep.DONE

    def test_has_no_other_door_for_staff(self, required: None) -> None:
        clerk = staff(Post.COUNTER)

        with pytest.raises(NotPermitted):
            services.begin_sign_in(
                session=browser(), account_id=UUID(clerk.id), address=None, user_agent="", at=NOW
            )

        assert not SignIn.objects.exists()

    def test_is_finished_once(self) -> None:
        pending = begun(citizen())
        finished(pending.pending_id)

        with pytest.raises(LoginExpired):
            finished(pending.pending_id)

        assert SignIn.objects.count() == 1

    def test_is_finished_in_time(self) -> None:
        pending = begun(citizen())

        with pytest.raises(LoginExpired):
            finished(pending.pending_id, at=NOW + timedelta(minutes=10, seconds=1))

        assert not SignIn.objects.exists()

    def test_ends_when_the_account_is_logged_out_everywhere(self) -> None:
        person = citizen()
        pending = begun(person)
        services.end_everything(actor=person, at=NOW)

        with pytest.raises(LoginExpired):
            finished(pending.pending_id)

    def test_changes_the_session_key(self) -> None:
        session = browser()
        session["planted"] = True
        session.save()
        planted = session.session_key

        services.complete_login(
            pending_id=begun(citizen()).pending_id, session=session, address=None, user_agent="", at=NOW
        )

        assert session.session_key != planted

    def test_has_the_initial_password_changed_first(self) -> None:
        clerk = staff(Post.COUNTER)
        Account.objects.filter(id=clerk.id).update(must_change_password=True)
        pending = begun(clerk)

        services.change_due_password(
            pending_id=pending.pending_id, new_password="Anew-2026-x", actor=ANONYMOUS, at=NOW
        )

        assert pending.step is LoginStep.PASSWORD
        assert services.pending_login(pending_id=pending.pending_id, at=NOW).step is LoginStep.DONE
        assert finished(pending.pending_id).account_id == UUID(clerk.id)

    def test_does_not_change_a_password_that_is_not_due(self) -> None:
        clerk = staff(Post.COUNTER)
        pending = begun(clerk)

        with pytest.raises(LoginExpired):
            services.change_due_password(
                pending_id=pending.pending_id, new_password="Anew-2026-x", actor=ANONYMOUS, at=NOW
            )

    def test_does_not_take_the_same_password_again(self) -> None:
        clerk = staff(Post.COUNTER)
        Account.objects.filter(id=clerk.id).update(must_change_password=True)
        pending = begun(clerk)

        with pytest.raises(InvalidInput):
            services.change_due_password(
                pending_id=pending.pending_id, new_password=PASSWORD, actor=ANONYMOUS, at=NOW
            )

    def test_has_an_old_password_of_staff_changed(self) -> None:
        clerk = staff(Post.COUNTER)
        exactly, after = NOW + timedelta(days=90), NOW + timedelta(days=90, seconds=1)

        assert begun(clerk, at=exactly).step is LoginStep.DONE
        assert begun(clerk, at=after).step is LoginStep.PASSWORD

    def test_notes_with_what_a_session_was_opened(self) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)
        pending = begun(clerk)
        services.show_code(pending_id=pending.pending_id, code=code_of(secret), actor=ANONYMOUS, at=NOW)

        sign_in = finished(pending.pending_id)

        actor = selectors.actor_for_session(sign_in_id=sign_in.id, channel=Channel.WEB, at=NOW)
        assert (sign_in.factor, actor.checked_level, actor.checked_at) == (Factor.TOTP, 2, NOW)

    def test_forgets_log_ins_that_were_never_finished(self) -> None:
        begun(citizen())

        services.clear_expired(at=NOW + timedelta(days=1))

        assert not PendingLogin.objects.exists()


@pytest.mark.django_db
class TestToken:
    def token(self, clerk: Actor, code: str = "") -> Any:
        login = Account.objects.get(id=clerk.id).login_name
        return services.issue_session_token(
            login=login,
            password=PASSWORD,
            code=code,
            kind=AccountKind.STAFF,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )

    def test_is_given_with_password_and_code(self, required: None) -> None:
        clerk = staff(Post.COUNTER)
        secret, _ = with_app(clerk)

        receipt = self.token(clerk, code_of(secret))

        actor = selectors.actor_for_token(token=receipt.token, at=NOW)
        assert actor is not None
        assert actor.id == clerk.id

    @pytest.mark.parametrize(
        ("later", "is_let"), [(timedelta(minutes=10), True), (timedelta(minutes=10, seconds=1), False)]
    )
    def test_serves_for_acts_of_high_risk_as_long_as_a_factor_just_shown(
        self, required: None, later: timedelta, is_let: bool
    ) -> None:
        administrator = staff(roles=[Role.OPERATOR])
        secret, _ = with_app(administrator)
        receipt = self.token(administrator, code_of(secret))
        actor = selectors.actor_for_token(token=receipt.token, at=NOW + later)
        assert actor is not None

        if is_let:
            services.require_second_factor(actor, at=NOW + later)
        else:
            with pytest.raises(SecondFactorNotFresh):
                services.require_second_factor(actor, at=NOW + later)

    def test_of_a_person_says_nothing_of_a_check(self) -> None:
        person = citizen()
        secret, _ = with_app(person)
        login = Account.objects.get(id=person.id).login_name

        receipt = services.issue_session_token(
            login=login,
            password=PASSWORD,
            code=code_of(secret),
            kind=AccountKind.PERSON,
            actor=ANONYMOUS,
            address=None,
            at=NOW,
        )

        actor = selectors.actor_for_token(token=receipt.token, at=NOW)
        assert actor is not None
        assert (actor.checked_level, actor.checked_at) == (0, None)

    def test_is_not_given_without_the_code(self) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)

        with pytest.raises(SecondFactorNeeded):
            self.token(clerk)

    def test_is_not_given_with_a_wrong_code(self) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)

        with pytest.raises(FactorRefused):
            self.token(clerk, "123456")

    def test_is_not_given_to_staff_without_a_factor(self, required: None) -> None:
        with pytest.raises(SecondFactorMissing):
            self.token(staff(Post.COUNTER))

    def test_is_not_given_for_an_initial_password(self) -> None:
        clerk = staff(Post.COUNTER)
        Account.objects.filter(id=clerk.id).update(must_change_password=True)

        with pytest.raises(PasswordChangeNeeded):
            self.token(clerk)

    def test_does_not_tell_of_a_factor_without_the_password(self) -> None:
        clerk = staff(Post.COUNTER)
        with_app(clerk)
        login = Account.objects.get(id=clerk.id).login_name

        with pytest.raises(services.LoginFailed):
            services.issue_session_token(
                login=login,
                password="Wrong-2026",
                kind=AccountKind.STAFF,
                actor=ANONYMOUS,
                address=None,
                at=NOW,
            )
