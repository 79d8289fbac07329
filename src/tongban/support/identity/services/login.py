"""
Logging in: who somebody is, by login and password.

An unknown login, a wrong password and a locked account answer the same, after the same work; tries are
counted by what was typed, so a name that nobody has closes like one that somebody has.
"""

from dataclasses import replace
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotAuthenticated
from tongban.foundation.limits import forget_limit, hit_limit, require_below_limit
from tongban.support.identity import rules
from tongban.support.identity.models import Account
from tongban.support.identity.rules import LoginForm
from tongban.support.identity.selectors import actor_of_account
from tongban.support.identity.services.codes import index_of_mobile
from tongban.support.identity.services.numbers import index_of_id_number
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import AccountKind, LoginReceipt


class LoginFailed(NotAuthenticated):
    """
    Login and password do not lead to an open account; why not is not told.
    """

    code = "login_failed"
    message = _("登录名或密码不正确，或账号暂时不能登录，请核对后重试")


def authenticate(
    *, login: str, password: str, kind: AccountKind, actor: Actor, address: str | None, at: datetime
) -> LoginReceipt:
    """
    Find out who somebody is. The trail names him where he is recognised; otherwise what was typed, masked.

    Source: GB/T 22239-2019 8.1.4.1 身份鉴别 (failed log-ins are limited).

    :param login: login name, ID number or mobile, as typed
    :param kind: which door was used; an account of the other kind does not open it
    :param actor: who asks, usually nobody yet; its channel is written down
    :param address: where the request comes from; failures count by it too
    :raises LoginFailed: login and password do not fit, or the account is locked or closed
    :raises TooManyRequests: too many tries with this login or from this address; says how long to wait
    """
    limits = policy()
    typed = rules.normal_login(login)[: rules.LONGEST_PASSWORD]
    login_key, address_key = f"login:{typed}", f"login-address:{address or 'unknown'}"
    tries_per_address = limits.login_tries_per_address
    require_below_limit(address_key, limit=tries_per_address, window=limits.login_lock, at=at)
    hit_limit(login_key, limit=limits.login_failures, window=limits.login_lock, at=at)
    account = _find_account(typed)
    is_right = _is_password_of(account, password)
    if (
        account is None
        or not is_right
        or account.kind != kind
        or not account.is_active
        or account.is_locked(at=at)
    ):
        _note_failure(account, typed=typed, actor=actor, at=at)
        hit_limit(address_key, limit=tries_per_address, window=limits.login_lock, at=at)
        raise LoginFailed
    forget_limit(login_key)
    return _note_success(account, actor=actor, at=at)


def _find_account(login: str) -> Account | None:
    accounts = Account.objects.select_related("person", "staff_member")
    match rules.login_form(login):
        case LoginForm.MOBILE:
            return accounts.filter(person__mobile_index=index_of_mobile(login)).first()
        case LoginForm.ID_NUMBER:
            # Names like h12345678 were given to staff before travel permits were known.
            return (
                accounts.filter(person__id_number_index=index_of_id_number(login)).first()
                or accounts.filter(login_name=login).first()
            )
        case LoginForm.LOGIN_NAME:
            return accounts.filter(login_name=login).first()
        case LoginForm.UNUSABLE:
            return None


def _is_password_of(account: Account | None, password: str) -> bool:
    """
    Compare; where there is nothing to compare with, do the same work all the same.
    """
    if account is None or len(password) > rules.LONGEST_PASSWORD:
        make_password(password[: rules.LONGEST_PASSWORD])
        return False
    return check_password(password, account.password, setter=lambda raw: _hash_anew(account, raw))


def _hash_anew(account: Account, password: str) -> None:
    """
    Keep a password under the parameters in force; called where it was right and its hash is of older ones.
    """
    kept = Account.objects.filter(id=account.id, password=account.password)
    kept.update(password=make_password(password))


@business_transaction
def _note_failure(account: Account | None, *, typed: str, actor: Actor, at: datetime) -> None:
    limits = policy()
    is_now_locked = False
    if account is not None:
        held = Account.objects.locked(account.id)
        if not held.is_locked(at=at):
            held.failed_count += 1
            is_now_locked = held.failed_count >= limits.login_failures
            if is_now_locked:
                held.failed_count, held.locked_until = 0, at + limits.login_lock
            held.save(update_fields=["failed_count", "locked_until"])
    audit.record(
        action="identity.account.lock" if is_now_locked else "identity.login.fail",
        actor=actor,
        subject=str(account.id) if account else "unknown",
        at=at,
        outcome=audit.Outcome.FAILED,
        login_index=crypto.blind_index("identity.login", typed).hex(),
        login_masked=rules.masked_login(typed),
    )


@business_transaction
def _note_success(account: Account, *, actor: Actor, at: datetime) -> LoginReceipt:
    Account.objects.filter(id=account.id).update(failed_count=0, locked_until=None, last_login_at=at)
    himself = actor_of_account(account_id=account.id) or actor
    audit.record(
        action="identity.login.succeed",
        actor=replace(himself, channel=actor.channel),
        subject=str(account.id),
        at=at,
    )
    owner = account.person.name_masked if account.kind == AccountKind.PERSON else account.staff_member.name
    return LoginReceipt(account_id=account.id, kind=AccountKind(account.kind), name=owner)
