"""
From the password to the session: what is asked for in between, kept in a row of its own and used once.

    authenticate ── begin_login ── FACTOR or ENROL ── PASSWORD ── complete_login
                                   second factor       changed      SignIn

Whom another party vouches for, e.g. a linked platform, comes the same way without a password.

Nobody acts before the end: a log-in that is on its way is no actor for anything but its own factors and password.
"""

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotAuthenticated, NotPermitted
from tongban.foundation.kept import keep, kept
from tongban.support.identity.models import Account, PendingLogin
from tongban.support.identity.selectors import actor_of_account
from tongban.support.identity.services import factors
from tongban.support.identity.services.passwords import (
    facts_about,
    require_good_password,
    require_new_password,
    set_password,
)
from tongban.support.identity.services.policy import policy
from tongban.support.identity.services.sessions import BrowserSession, begin_sign_in
from tongban.support.identity.values import (
    AccountKind,
    Factor,
    FactorReceipt,
    LoginStep,
    PendingReceipt,
    SignInReceipt,
)

KEPT = "identity.pending_login"


class LoginExpired(NotAuthenticated):
    """
    The log-in took too long, was finished already, or the account was closed meanwhile: begin anew.
    """

    code = "login_expired"
    message = _("登录已超时或已结束，请重新登录")


class SecondFactorNeeded(NotAuthenticated):
    """
    The password is right, and the account has a second factor: send its code as well.
    """

    code = "second_factor_needed"
    message = _("请同时提供动态口令或恢复码")


class SecondFactorMissing(NotPermitted):
    """
    The node asks staff for a second factor, and the account has none: set one up on the pages first.
    """

    code = "second_factor_missing"
    message = _("须先在网页登录并设置第二重认证，才能继续")


class PasswordChangeNeeded(NotPermitted):
    """
    The password was set by somebody else or is too old: change it on the pages first.
    """

    code = "password_change_needed"
    message = _("密码须先修改：初始密码或已过期的密码不能使用，请在网页登录并修改")


@business_transaction
def begin_login(*, account_id: uuid.UUID, at: datetime, is_vouched: bool = False) -> PendingReceipt:
    """
    Keep that the password was right, and say what comes next.

    Call it right after `authenticate`; where the step is DONE, `complete_login` may follow at once.

    :param is_vouched: no password was typed, another party said who it is
    """
    account = Account.objects.get(id=account_id)
    pending = PendingLogin.objects.create(
        account=account,
        epoch=account.session_epoch,
        is_vouched=is_vouched,
        started_at=at,
        expires_at=at + policy().pending_lifetime,
    )
    return _receipt(pending, at=at)


def keep_login(*, session: BrowserSession, pending_id: uuid.UUID, target: str) -> None:
    """
    Let a browser go on with a log-in on the pages that ask for the rest.

    Whoever planted the session must not find a log-in in it: its key changes.

    :param target: page of ours to end on
    """
    session.cycle_key()
    keep(session, KEPT, {"pending_id": str(pending_id), "target": target})


def kept_login(*, session: BrowserSession) -> tuple[uuid.UUID, str]:
    """
    Return the log-in that is on its way in a browser, and the page to end on.

    :raises LoginExpired: there is none
    """
    facts = kept(session, KEPT)
    if not facts:
        raise LoginExpired
    return uuid.UUID(facts["pending_id"]), facts["target"]


def forget_login(*, session: BrowserSession) -> None:
    """
    Forget the log-in that is on its way in a browser.
    """
    session.pop(KEPT, None)


def pending_login(*, pending_id: uuid.UUID, at: datetime) -> PendingReceipt:
    """
    Return how far a log-in has come.

    :raises LoginExpired: it is over
    """
    return _receipt(_open(pending_id, at=at), at=at)


def pending_actor(*, pending_id: uuid.UUID, at: datetime) -> Actor:
    """
    Return who is about to be logged in, for setting up the first second factor only.

    :raises LoginExpired: it is over
    """
    pending = _open(pending_id, at=at)
    actor = actor_of_account(account_id=pending.account_id)
    if actor is None:
        raise LoginExpired
    return actor


def show_code(*, pending_id: uuid.UUID, code: str, actor: Actor, at: datetime) -> PendingReceipt:
    """
    Show a code of the app, or a recovery code.

    :raises LoginExpired: the log-in is over
    :raises FactorRefused: the code is wrong or was used
    :raises TooManyRequests: too many tries
    """
    pending = _open(pending_id, at=at)
    factor = factors.check_code(account_id=pending.account_id, code=code, actor=actor, at=at)
    return _shown(pending, factor, at=at)


def ask_key_of_login(*, pending_id: uuid.UUID, at: datetime) -> str:
    """
    Return what a security key is asked to sign (JSON); an earlier question is worth nothing any more.

    :raises LoginExpired: the log-in is over
    """
    pending = _open(pending_id, at=at)
    question, state = factors.ask_key(account_id=pending.account_id)
    pending.ceremony = state
    pending.save(update_fields=["ceremony"])
    return question


def show_key(*, pending_id: uuid.UUID, answer: str, actor: Actor, at: datetime) -> PendingReceipt:
    """
    Show a security key. Its answer counts once, and only to the last question.

    :raises LoginExpired: the log-in is over
    :raises FactorRefused: it is no answer to the question
    :raises TooManyRequests: too many tries
    """
    pending = _open(pending_id, at=at)
    state = _take_question(pending_id)
    if state is None:
        raise factors.FactorRefused
    factor = factors.check_key(account_id=pending.account_id, answer=answer, state=state, actor=actor, at=at)
    return _shown(pending, factor, at=at)


def note_enrolment(*, pending_id: uuid.UUID, receipt: FactorReceipt, at: datetime) -> PendingReceipt:
    """
    Note that the factor which was just set up, and so shown, completes this log-in.
    """
    return _shown(_open(pending_id, at=at), receipt.factor, at=at)


def change_due_password(*, pending_id: uuid.UUID, new_password: str, actor: Actor, at: datetime) -> None:
    """
    Change a password that must be changed before the log-in goes on.

    :raises LoginExpired: the log-in is over
    :raises InvalidInput: the new password breaks the rules or was used lately
    """
    pending = _open(pending_id, at=at)
    if _step(pending, at=at) is not LoginStep.PASSWORD:
        raise LoginExpired
    account = Account.objects.select_related("person").get(id=pending.account_id)
    require_good_password(new_password, about_owner=facts_about(account), field="new_password")
    require_new_password(new_password, account_id=account.id)
    _change(pending, new_password=new_password, actor=actor, at=at)


@business_transaction
def complete_login(
    *,
    pending_id: uuid.UUID,
    session: BrowserSession,
    address: str | None,
    user_agent: str,
    at: datetime,
) -> SignInReceipt:
    """
    Open the session of a log-in of which nothing is asked any more. Once.

    :raises LoginExpired: it is over, or something is still asked for
    """
    pending = PendingLogin.objects.select_for_update(of=("self",)).select_related("account")
    found = pending.filter(id=pending_id).first()
    if found is None or not _is_open(found, at=at) or _step(found, at=at) is not LoginStep.DONE:
        raise LoginExpired
    PendingLogin.objects.filter(id=pending_id).update(ended_at=at)
    return begin_sign_in(
        session=session,
        account_id=found.account_id,
        address=address,
        user_agent=user_agent,
        at=at,
        factor=Factor(found.factor) if found.factor else None,
    )


def require_complete(*, account_id: uuid.UUID, code: str, actor: Actor, at: datetime) -> bool:
    """
    Let a log-in through the interface pass: with its code, where the account has a second factor.

    Return whether one was shown.

    :raises SecondFactorNeeded: no code was sent
    :raises FactorRefused: the code is wrong or was used
    :raises SecondFactorMissing: the node asks for one, and none is set up
    :raises PasswordChangeNeeded: the password must be changed first
    """
    account = Account.objects.get(id=account_id)
    has_factor = factors.has_factor(account_id)
    if has_factor:
        if not code.strip():
            raise SecondFactorNeeded
        factors.check_code(account_id=account_id, code=code, actor=actor, at=at)
    elif account.kind == AccountKind.STAFF and policy().staff_needs_factor:
        raise SecondFactorMissing
    if _must_change(account, at=at):
        raise PasswordChangeNeeded
    return has_factor


@business_transaction
def _change(pending: PendingLogin, *, new_password: str, actor: Actor, at: datetime) -> None:
    set_password(account_id=pending.account_id, password=new_password, actor=actor, at=at)
    epoch = Account.objects.values_list("session_epoch", flat=True).get(id=pending.account_id)
    PendingLogin.objects.filter(id=pending.id).update(epoch=epoch)


@business_transaction
def _take_question(pending_id: uuid.UUID) -> dict[str, object] | None:
    """
    Return what the security key was asked, and forget it.
    """
    pending = PendingLogin.objects.select_for_update().get(id=pending_id)
    state: dict[str, object] | None = pending.ceremony
    PendingLogin.objects.filter(id=pending_id).update(ceremony=None)
    return state


def _shown(pending: PendingLogin, factor: Factor, *, at: datetime) -> PendingReceipt:
    PendingLogin.objects.filter(id=pending.id).update(factor=factor.value)
    pending.factor = factor.value
    return _receipt(pending, at=at)


def _open(pending_id: uuid.UUID, *, at: datetime) -> PendingLogin:
    pending = PendingLogin.objects.select_related("account").filter(id=pending_id).first()
    if pending is None or not _is_open(pending, at=at):
        raise LoginExpired
    return pending


def _is_open(pending: PendingLogin, *, at: datetime) -> bool:
    account = pending.account
    return (
        pending.ended_at is None
        and pending.expires_at > at
        and pending.epoch == account.session_epoch
        and account.is_active
        and not account.is_locked(at=at)
    )


def _step(pending: PendingLogin, *, at: datetime) -> LoginStep:
    account = pending.account
    if not pending.factor:
        if factors.has_factor(account.id):
            return LoginStep.FACTOR
        if account.kind == AccountKind.STAFF and policy().staff_needs_factor:
            return LoginStep.ENROL
    must_change = not pending.is_vouched and _must_change(account, at=at)
    return LoginStep.PASSWORD if must_change else LoginStep.DONE


def _must_change(account: Account, *, at: datetime) -> bool:
    return account.must_change_password or policy().is_password_too_old(
        kind=AccountKind(account.kind), changed_at=account.password_changed_at, at=at
    )


def _receipt(pending: PendingLogin, *, at: datetime) -> PendingReceipt:
    step = _step(pending, at=at)
    return PendingReceipt(
        pending_id=pending.id,
        step=step,
        factors=factors.kinds_of(pending.account_id) if step is LoginStep.FACTOR else frozenset(),
        is_vouched=pending.is_vouched,
        expires_at=pending.expires_at,
    )
