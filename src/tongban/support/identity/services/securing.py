"""
What security administrators do to accounts of others.

They end sessions, unlock, give a new initial password and, two people together, reset second factors.
"""

import uuid
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, NotFound
from tongban.foundation.limits import forget_limit
from tongban.support.identity import permissions
from tongban.support.identity.models import Account, FactorReset, UsedPassword
from tongban.support.identity.selectors import all_staff
from tongban.support.identity.services import factors
from tongban.support.identity.services.fresh_factor import require_second_factor
from tongban.support.identity.services.policy import policy
from tongban.support.identity.services.staff import fresh_password, require_reason
from tongban.support.identity.services.staff_moves import end_all_sessions
from tongban.support.identity.values import AccountKind, InitialPassword, StaffFilter, StaffLine


class SecondPersonNeeded(Conflict):
    """
    Whoever asked for the reset cannot approve it.
    """

    code = "second_person_needed"
    message = _("申请人不能自己批准，须由另一位管理员批准")


class NoFactorToReset(Conflict):
    """
    The account has no second factor.
    """

    code = "no_factor_to_reset"
    message = _("该账号没有设置第二重认证，不需要重置")


@business_transaction
def force_log_out(*, account_id: uuid.UUID, reason: str, actor: Actor, at: datetime) -> None:
    """
    End every session and token of somebody else; effective with his next request, wherever it is made.

    :raises NotPermitted: the actor is no security administrator, or it is his own account
    :raises NotFound: no such account
    :raises InvalidInput: no reason
    """
    permissions.secure_account.require(actor, account_id=account_id)
    require_reason(reason)
    account = _held(account_id)
    end_all_sessions(account, at=at)
    audit.record(
        action="identity.account.force_log_out", actor=actor, subject=str(account_id), at=at, reason=reason
    )


def unlock_account(*, account_id: uuid.UUID, reason: str, actor: Actor, at: datetime) -> None:
    """
    Let somebody try again whose account too many wrong passwords or codes have locked.

    :raises NotPermitted: the actor is no security administrator, or it is his own account
    :raises NotFound: no such account
    :raises InvalidInput: no reason
    """
    permissions.secure_account.require(actor, account_id=account_id)
    require_reason(reason)
    login = _unlock(account_id, reason=reason, actor=actor, at=at)
    forget_limit(f"login:{login}")
    factors.forget_factor_tries(account_id)


@business_transaction
def _unlock(account_id: uuid.UUID, *, reason: str, actor: Actor, at: datetime) -> str:
    account = _held(account_id)
    account.failed_count, account.locked_until = 0, None
    account.save(update_fields=["failed_count", "locked_until"])
    audit.record(action="identity.account.unlock", actor=actor, subject=str(account_id), at=at, reason=reason)
    return account.login_name


@business_transaction
def give_initial_password(
    *, account_id: uuid.UUID, reason: str, actor: Actor, at: datetime
) -> InitialPassword:
    """
    Give staff who forgot theirs a new password, shown once; it is changed before anything is opened with it.

    The second factor stays: this password alone opens nothing.

    :raises NotPermitted: the actor is no security administrator, or it is his own account
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises NotFound: no member of staff has this account
    :raises InvalidInput: no reason
    """
    permissions.secure_account.require(actor, account_id=account_id)
    require_second_factor(actor, at=at)
    require_reason(reason)
    account = _held(account_id)
    if account.kind != AccountKind.STAFF:
        raise NotFound
    password = fresh_password()
    UsedPassword.objects.create(account=account, encoded=account.password, set_at=account.password_changed_at)
    account.password, account.password_changed_at = make_password(password), at
    account.must_change_password = True
    account.failed_count, account.locked_until = 0, None
    account.save(
        update_fields=[
            "password",
            "password_changed_at",
            "must_change_password",
            "failed_count",
            "locked_until",
        ]
    )
    end_all_sessions(account, at=at)
    audit.record(
        action="identity.password.give_initial", actor=actor, subject=str(account_id), at=at, reason=reason
    )
    return InitialPassword(account_id=account_id, login_name=account.login_name, password=password)


@business_transaction
def ask_factor_reset(*, account_id: uuid.UUID, reason: str, actor: Actor, at: datetime) -> uuid.UUID:
    """
    Ask that somebody's second factors are reset who has lost them; another administrator approves it within a day.

    :raises NotPermitted: the actor is no system or security administrator, or it is his own account
    :raises NotFound: no such account
    :raises NoFactorToReset: there is none
    :raises InvalidInput: no reason
    """
    permissions.reset_factors.require(actor, account_id=account_id)
    require_reason(reason)
    account = _held(account_id)
    if not factors.has_factor(account_id):
        raise NoFactorToReset
    reset = FactorReset.objects.create(
        account=account,
        reason=reason.strip(),
        asked_by=uuid.UUID(actor.id),
        asked_by_name=actor.name,
        asked_at=at,
        expires_at=at + policy().factor_reset_lifetime,
    )
    audit.record(
        action="identity.factor.ask_reset", actor=actor, subject=str(account_id), at=at, reason=reason
    )
    return reset.id


@business_transaction
def approve_factor_reset(*, reset_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """
    Approve, as the second person; the factors are gone and every session ends with this.

    :raises NotFound: no such request, or it was approved or has expired
    :raises NotPermitted: the actor is no system or security administrator, or it is his own account
    :raises SecondPersonNeeded: the actor asked for it himself
    :raises SecondFactorNotFresh: he has not shown his own second factor of late
    """
    # Who may approve none is not told which there are.
    permissions.list_staff.require(actor)
    held = FactorReset.objects.select_for_update()
    reset = held.filter(id=reset_id, approved_at__isnull=True, expires_at__gt=at).first()
    if reset is None:
        raise NotFound
    permissions.reset_factors.require(actor, account_id=reset.account_id)
    if str(reset.asked_by) == actor.id:
        raise SecondPersonNeeded
    require_second_factor(actor, at=at)
    reset.approved_by, reset.approved_at = uuid.UUID(actor.id), at
    reset.save(update_fields=["approved_by", "approved_at"])
    _drop(reset.account_id, actor=actor, at=at, asked_by=str(reset.asked_by), reason=reset.reason)


@business_transaction
def reset_factors_by_node(*, login_name: str, actor: Actor, at: datetime) -> None:
    """
    Reset somebody's second factors from the machine the node runs on, where no second administrator is left.

    :raises NotPermitted: anybody but the node itself
    :raises NotFound: nobody logs in by this name
    """
    permissions.reset_by_node.require(actor)
    account = Account.objects.filter(login_name=login_name).first()
    if account is None:
        raise NotFound
    _drop(account.id, actor=actor, at=at)


def _drop(account_id: uuid.UUID, *, actor: Actor, at: datetime, asked_by: str = "", reason: str = "") -> None:
    account = _held(account_id)
    factors.drop_factors(account_id)
    end_all_sessions(account, at=at)
    audit.record(
        action="identity.factor.reset",
        actor=actor,
        subject=str(account_id),
        at=at,
        asked_by=asked_by,
        reason=reason,
    )


def _held(account_id: uuid.UUID) -> Account:
    try:
        return Account.objects.locked(account_id)
    except Account.DoesNotExist as error:
        raise NotFound from error


@business_transaction
def export_staff(*, wanted: StaffFilter, actor: Actor, at: datetime) -> list[StaffLine]:
    """
    Return the accounts that are wanted, for a table that leaves the node; that it left is written down.

    :raises NotPermitted: the actor neither keeps accounts nor gives them their tasks
    """
    lines = all_staff(actor=actor, wanted=wanted, at=at)
    audit.record(
        action="identity.staff.export",
        actor=actor,
        subject="staff",
        at=at,
        count=len(lines),
        text=wanted.text,
    )
    return lines
