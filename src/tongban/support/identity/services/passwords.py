"""
Passwords: what a new one must be like, and how one is changed or reset.
"""

import uuid
from datetime import datetime
from functools import lru_cache

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.foundation.limits import forget_limit, hit_limit
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import AccessToken, Account, SignIn, UsedPassword
from tongban.support.identity.rules import PasswordFlaw
from tongban.support.identity.services.codes import index_of_mobile, use_proof, verify_code
from tongban.support.identity.services.numbers import index_of_id_number
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import CodePurpose

SENTENCES = {
    PasswordFlaw.TOO_SHORT: _("密码至少 %(length)s 个字符"),
    PasswordFlaw.TOO_LONG: _("密码最多 128 个字符"),
    PasswordFlaw.TOO_FEW_CLASSES: _("密码须包含大写字母、小写字母、数字、其他符号中的至少 %(classes)s 种"),
    PasswordFlaw.REVEALS_OWNER: _("密码不能包含登录名、证件号码或手机号码"),
    PasswordFlaw.COMMON: _("这个密码太常见，请换一个"),
}


class WrongPassword(InvalidInput):
    """
    The present password, asked for before a change, is not right.
    """

    code = "wrong_password"
    message = _("当前密码不正确")

    def __init__(self) -> None:
        """
        Name the field that people typed into.
        """
        super().__init__(fields={"password": self.message})


class ResetRefused(InvalidInput):
    """
    Number, mobile and code do not lead to one account; which of them is wrong is not told.
    """

    code = "reset_refused"
    message = _("证件号码、手机号码或验证码不匹配，请核对或到窗口办理")


def require_good_password(password: str, *, about_owner: tuple[str, ...], field: str = "password") -> None:
    """
    Refuse a password that does not keep the rules of the node.

    :param about_owner: login name, ID number, mobile
    :param field: field that is blamed
    :raises InvalidInput: the first thing that is wrong with it
    """
    limits = policy()
    flaws = rules.password_flaws(
        password,
        about_owner=about_owner,
        common=_common_passwords(),
        shortest=limits.password_length,
        classes=limits.password_classes,
    )
    if flaws:
        words = {"length": limits.password_length, "classes": limits.password_classes}
        raise InvalidInput(fields={field: SENTENCES[flaws[0]] % words})


def require_new_password(password: str, *, account_id: uuid.UUID, field: str = "new_password") -> None:
    """
    Refuse a password that the account has or had lately; compares with each of them, which takes its time.

    Source: GB/T 22239-2019 8.1.4.1 a) (passwords are changed, not exchanged).

    :raises InvalidInput: it is one of the last `TONGBAN_IDENTITY_PASSWORD_HISTORY`
    """
    kept = policy().password_history
    if not kept:
        return
    present = Account.objects.values_list("password", flat=True).get(id=account_id)
    older = UsedPassword.objects.filter(account_id=account_id).order_by("-set_at", "-id")
    used = [present, *older.values_list("encoded", flat=True)[: kept - 1]]
    if any(check_password(password, encoded) for encoded in used):
        raise InvalidInput(fields={field: _("不能使用最近用过的 %(count)s 个密码") % {"count": kept}})


def require_own_password(password: str, *, account_id: uuid.UUID, at: datetime) -> Account:
    """
    Have whoever is logged in prove anew that he is, and return his account; for the services of this app only.

    Wrong guesses count together, whatever they were made for.

    :raises WrongPassword: `password` is not the account's
    :raises TooManyRequests: too many wrong guesses
    """
    limits = policy()
    limit_key = f"own-password:{account_id}"
    hit_limit(limit_key, limit=limits.login_failures, window=limits.login_lock, at=at)
    account = Account.objects.select_related("person").get(id=account_id)
    if not check_password(password[: rules.LONGEST_PASSWORD], account.password):
        raise WrongPassword
    forget_limit(limit_key)
    return account


def change_password(
    *, password: str, new_password: str, actor: Actor, at: datetime, keep_sign_in_id: uuid.UUID | None = None
) -> None:
    """
    Change one's own password and end all other sessions and tokens.

    :param password: the present one
    :param keep_sign_in_id: the session the change is made from; it stays open
    :raises NotAuthenticated: nobody is logged in
    :raises WrongPassword: `password` is not the present one
    :raises InvalidInput: the new password breaks the rules or is the old one
    :raises TooManyRequests: too many wrong guesses
    """
    account_id = permissions.require_account(actor)
    account = require_own_password(password, account_id=account_id, at=at)
    if new_password == password:
        raise InvalidInput(fields={"new_password": _("新密码不能与当前密码相同")})
    require_good_password(new_password, about_owner=facts_about(account), field="new_password")
    require_new_password(new_password, account_id=account_id)
    set_password(
        account_id=account_id, password=new_password, actor=actor, at=at, keep_sign_in_id=keep_sign_in_id
    )


def reset_password(
    *,
    id_number: str,
    mobile: str,
    code: str,
    new_password: str,
    actor: Actor,
    address: str | None,
    at: datetime,
) -> None:
    """
    Set a new password for a person who forgot his own and still has the mobile; ends all sessions.

    :raises ResetRefused: number, mobile and code do not belong together
    :raises InvalidInput: the new password breaks the rules; one used lately is told after the code only
    :raises TooManyRequests: too many tries from this address
    """
    limits = policy()
    hit_limit(
        f"reset-address:{address or 'unknown'}",
        limit=limits.login_tries_per_address,
        window=limits.login_lock,
        at=at,
    )
    require_good_password(
        new_password,
        about_owner=(rules.normal_id_number(id_number), rules.normal_mobile(mobile)),
        field="new_password",
    )
    try:
        proof = verify_code(mobile=mobile, purpose=CodePurpose.RESET_PASSWORD, code=code, at=at)
    except InvalidInput as error:
        raise ResetRefused from error
    account_id = (
        Account.objects.filter(
            person__id_number_index=index_of_id_number(id_number),
            person__mobile_index=index_of_mobile(mobile),
            is_active=True,
        )
        .values_list("id", flat=True)
        .first()
    )
    if account_id is None:
        raise ResetRefused
    require_new_password(new_password, account_id=account_id)
    _reset(account_id=account_id, mobile=mobile, proof=proof.id, password=new_password, actor=actor, at=at)


@business_transaction
def set_password(
    *,
    account_id: uuid.UUID,
    password: str,
    actor: Actor,
    at: datetime,
    keep_sign_in_id: uuid.UUID | None = None,
) -> None:
    """
    Set a password that has been found good, and end what was opened with the old one.

    :param keep_sign_in_id: this session stays open
    """
    account = Account.objects.locked(account_id)
    _remember(account)
    account.password = make_password(password)
    account.password_changed_at = at
    account.must_change_password = False
    account.failed_count = 0
    account.locked_until = None
    account.session_epoch += 1
    account.save(
        update_fields=[
            "password",
            "password_changed_at",
            "must_change_password",
            "failed_count",
            "locked_until",
            "session_epoch",
        ]
    )
    _end_sign_ins(account, at=at, keep_sign_in_id=keep_sign_in_id)
    AccessToken.objects.filter(account=account, revoked_at__isnull=True).update(revoked_at=at)
    audit.record(action="identity.password.change", actor=actor, subject=str(account_id), at=at)


@business_transaction
def _reset(
    *, account_id: uuid.UUID, mobile: str, proof: uuid.UUID, password: str, actor: Actor, at: datetime
) -> None:
    use_proof(proof=proof, mobile=mobile, purpose=CodePurpose.RESET_PASSWORD, at=at)
    set_password(account_id=account_id, password=password, actor=actor, at=at)


def _remember(account: Account) -> None:
    """
    Keep the hash that is replaced, and of the older ones as many as are ever compared.
    """
    UsedPassword.objects.create(account=account, encoded=account.password, set_at=account.password_changed_at)
    newest = UsedPassword.objects.filter(account=account).order_by("-set_at", "-id")
    kept = newest.values_list("id", flat=True)[: policy().password_history]
    UsedPassword.objects.filter(account=account).exclude(id__in=list(kept)).delete()


def _end_sign_ins(account: Account, *, at: datetime, keep_sign_in_id: uuid.UUID | None) -> None:
    open_ones = SignIn.objects.filter(account=account, ended_at__isnull=True)
    if keep_sign_in_id is not None:
        open_ones.filter(id=keep_sign_in_id).update(epoch=account.session_epoch)
        open_ones = open_ones.exclude(id=keep_sign_in_id)
    open_ones.update(ended_at=at)


def facts_about(account: Account) -> tuple[str, ...]:
    """
    Return what must not be part of the account's password.
    """
    person = getattr(account, "person", None)
    if person is None:
        return (account.login_name,)
    return (account.login_name, person.id_number, person.mobile or "")


@lru_cache(maxsize=1)
def _common_passwords() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
