"""
第二重认证: one-time codes of an app (TOTP, RFC 6238), security keys (WebAuthn), and recovery codes.

Rows, arithmetic and ceremonies are those of `allauth.mfa`; its secrets are sealed by `adapters.factors`. Three things
are ours, because several processes answer: a code is worth something once in all of them (its time step is kept in the
row, under a lock), tries are counted in the database, and the moment is an argument.

Source: GB/T 22239-2019 8.1.4.1 d) (two kinds of authentication, one of them cryptographic); GB/T 39786-2021.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from fido2.utils import websafe_decode
from fido2.webauthn import AuthenticatorData

from tongban.foundation import audit
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.foundation.limits import forget_limit, hit_limit
from tongban.support.identity import permissions
from tongban.support.identity.models import Account, PendingLogin
from tongban.support.identity.selectors import actor_of_account
from tongban.support.identity.services.passwords import require_own_password
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import AccountKind, Factor, FactorReceipt, TotpOffer

PERIOD_SECONDS: Final = 30
STEPS_OF_TOLERANCE: Final = 1
"""Clocks of phones are off; a code of the step before or after is taken (RFC 6238 section 5.2)."""
MOST_KEYS: Final = 10
LONGEST_KEY_NAME: Final = 40
LONGEST_CODE: Final = 32
LONGEST_ANSWER: Final = 64 * 1024

KINDS: Final = {
    Authenticator.Type.TOTP: Factor.TOTP,
    Authenticator.Type.WEBAUTHN: Factor.WEBAUTHN,
    Authenticator.Type.RECOVERY_CODES: Factor.RECOVERY,
}


class FactorRefused(InvalidInput):
    """
    The code or the answer of the security key is wrong, was used before or came too late; which, is not told.
    """

    code = "factor_refused"
    message = _("验证没有通过：动态口令或恢复码不正确、已经用过，或者安全密钥没有通过核验")

    def __init__(self) -> None:
        """
        Name the field that people typed into.
        """
        super().__init__(fields={"code": self.message})


class FactorTaken(Conflict):
    """
    The account has this factor already, or as many security keys as it may have.
    """

    code = "factor_taken"
    message = _("该账号已设置此项第二重认证，请先移除原有的")


class LastFactor(Conflict):
    """
    The node asks for a second factor, and this is the last one.
    """

    code = "last_factor"
    message = _("这是最后一项第二重认证，按要求不能移除；请先设置另一项")


def offer_totp(*, account_id: uuid.UUID, secret: str | None = None) -> TotpOffer:
    """
    Return a new secret for an authenticator app; nothing is kept until a code of it is shown.

    :param secret: one that was offered before, to show it again
    """
    account = Account.objects.get(id=account_id)
    secret = secret or generate_totp_secret()
    return TotpOffer(secret=secret, url=totp_url(account_name=account.login_name, secret=secret))


def totp_url(*, account_name: str, secret: str) -> str:
    """
    Return the address that authenticator apps read from a picture (otpauth://).
    """
    return str(get_adapter().build_totp_url(SimpleNamespace(login_name=account_name), secret))


def set_up_totp(
    *,
    secret: str,
    code: str,
    actor: Actor,
    at: datetime,
    password: str | None = None,
    pending_id: uuid.UUID | None = None,
) -> FactorReceipt:
    """
    Keep an authenticator app, proved by a code of its secret.

    :param secret: of `offer_totp`
    :param password: the present one; needed by whoever is logged in
    :param pending_id: the log-in that is on its way, whose password was just right
    :raises WrongPassword: `password` is not the account's
    :raises FactorRefused: the code is not one of the secret now
    :raises FactorTaken: there is an app already
    :raises TooManyRequests: too many tries
    """
    account_id = _owner(actor, password=password, pending_id=pending_id, at=at)
    _count_try(account_id, at=at)
    step = _step_of(secret, code, at=at)
    if step is None:
        raise FactorRefused
    receipt = _keep_totp(account_id, secret=secret, step=step, actor=actor, at=at)
    _forget_tries(account_id)
    return receipt


@business_transaction
def _keep_totp(account_id: uuid.UUID, *, secret: str, step: int, actor: Actor, at: datetime) -> FactorReceipt:
    account = Account.objects.locked(account_id)
    if _rows(account_id).filter(type=Authenticator.Type.TOTP).exists():
        raise FactorTaken
    row = TOTP.activate(account, secret).instance
    row.data["last_step"] = step
    row.created_at = at
    row.save(update_fields=["data", "created_at"])
    return _set_up(account, Factor.TOTP, actor=actor, at=at)


def ask_new_key(*, account_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
    """
    Return what a browser is asked to register (JSON), and what the answer will be held against.
    """
    ceremony = _Ceremony()
    account = Account.objects.get(id=account_id)
    with context.request_context(ceremony):
        options = webauthn.begin_registration(account, passwordless=False)
    return json.dumps(options, default=_plain), ceremony.state


def set_up_key(
    *,
    name: str,
    answer: str,
    state: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    password: str | None = None,
    pending_id: uuid.UUID | None = None,
) -> FactorReceipt:
    """
    Keep a security key that has answered.

    :param name: what the owner calls it
    :param answer: of the browser, JSON
    :param state: of `ask_new_key`
    :raises WrongPassword: `password` is not the account's
    :raises FactorRefused: the answer is not to this question
    :raises FactorTaken: there are too many keys
    :raises TooManyRequests: too many tries
    """
    account_id = _owner(actor, password=password, pending_id=pending_id, at=at)
    _count_try(account_id, at=at)
    response = _parsed(answer)
    try:
        with context.request_context(_Ceremony(dict(state))):
            webauthn.complete_registration(response)
    except (ValidationError, ValueError, TypeError, KeyError) as error:
        raise FactorRefused from error
    receipt = _keep_key(account_id, name=name, response=response, actor=actor, at=at)
    _forget_tries(account_id)
    return receipt


@business_transaction
def _keep_key(
    account_id: uuid.UUID, *, name: str, response: dict[str, Any], actor: Actor, at: datetime
) -> FactorReceipt:
    account = Account.objects.locked(account_id)
    keys = _rows(account_id).filter(type=Authenticator.Type.WEBAUTHN).count()
    if keys >= MOST_KEYS:
        raise FactorTaken
    called = name.replace("\x00", "").strip()[:LONGEST_KEY_NAME] or str(_("安全密钥"))
    row = webauthn.WebAuthn.add(account, called, response).instance
    row.created_at = at
    row.save(update_fields=["created_at"])
    return _set_up(account, Factor.WEBAUTHN, actor=actor, at=at)


def _set_up(account: Account, factor: Factor, *, actor: Actor, at: datetime) -> FactorReceipt:
    audit.record(
        action="identity.factor.set_up", actor=actor, subject=str(account.id), at=at, factor=factor.value
    )
    if _rows(account.id).filter(type=Authenticator.Type.RECOVERY_CODES).exists():
        return FactorReceipt(factor=factor, recovery_codes=())
    codes = RecoveryCodes.activate(account).generate_codes()
    return FactorReceipt(factor=factor, recovery_codes=tuple(codes))


@business_transaction
def _renew_codes(account_id: uuid.UUID, *, actor: Actor, at: datetime) -> FactorReceipt:
    account = Account.objects.locked(account_id)
    if not has_factor(account_id):
        raise NotFound
    _rows(account_id).filter(type=Authenticator.Type.RECOVERY_CODES).delete()
    codes = RecoveryCodes.activate(account).generate_codes()
    audit.record(action="identity.factor.renew_codes", actor=actor, subject=str(account_id), at=at)
    return FactorReceipt(factor=Factor.RECOVERY, recovery_codes=tuple(codes))


def renew_recovery_codes(*, password: str, actor: Actor, at: datetime) -> FactorReceipt:
    """
    Give new recovery codes; the old ones are worth nothing any more.

    :raises WrongPassword: `password` is not the account's
    :raises NotFound: the account has no second factor
    """
    account_id = _owner(actor, password=password, pending_id=None, at=at)
    return _renew_codes(account_id, actor=actor, at=at)


def remove_factor(*, factor_id: int, password: str, actor: Actor, at: datetime) -> None:
    """
    Take one of one's own factors away; with the last one go the recovery codes.

    :raises WrongPassword: `password` is not the account's
    :raises NotFound: the actor has no such factor
    :raises LastFactor: the node asks for one
    """
    account_id = _owner(actor, password=password, pending_id=None, at=at)
    _remove(account_id, factor_id=factor_id, actor=actor, at=at)


@business_transaction
def _remove(account_id: uuid.UUID, *, factor_id: int, actor: Actor, at: datetime) -> None:
    account = Account.objects.locked(account_id)
    factors = _rows(account_id).exclude(type=Authenticator.Type.RECOVERY_CODES)
    row = factors.filter(id=factor_id).first()
    if row is None:
        raise NotFound
    is_last = factors.count() == 1
    if is_last and account.kind == AccountKind.STAFF and policy().staff_needs_factor:
        raise LastFactor
    audit.record(
        action="identity.factor.remove",
        actor=actor,
        subject=str(account_id),
        at=at,
        factor=KINDS[row.type].value,
    )
    row.delete()
    if is_last:
        _rows(account_id).delete()


def has_factor(account_id: uuid.UUID) -> bool:
    """
    Return whether an account can show a second factor. One query.
    """
    return bool(_rows(account_id).exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def kinds_of(account_id: uuid.UUID) -> frozenset[Factor]:
    """
    Return what an account can show. One query.
    """
    return frozenset(KINDS[kind] for kind in _rows(account_id).values_list("type", flat=True))


def check_code(*, account_id: uuid.UUID, code: str, actor: Actor, at: datetime) -> Factor:
    """
    Find out whether a code is one of the account's app or one of its recovery codes, and use it up.

    :raises FactorRefused: it is neither, or was used before
    :raises TooManyRequests: too many tries, whatever they were made for
    """
    _count_try(account_id, at=at)
    factor = _use_code(account_id, code=code[:LONGEST_CODE], at=at)
    return _checked(account_id, factor, actor=actor, at=at)


def ask_key(*, account_id: uuid.UUID) -> tuple[str, dict[str, Any]]:
    """
    Return what a security key of the account is asked to sign (JSON), and what its answer will be held against.
    """
    ceremony = _Ceremony()
    account = Account.objects.get(id=account_id)
    with context.request_context(ceremony):
        options = webauthn.begin_authentication(account)
    return json.dumps(options, default=_plain), ceremony.state


def check_key(
    *, account_id: uuid.UUID, answer: str, state: Mapping[str, Any], actor: Actor, at: datetime
) -> Factor:
    """
    Find out whether a security key of the account has answered.

    :param state: of `ask_key`; the caller takes it away first, so that no answer counts twice
    :raises FactorRefused: no key of the account, another question, or a key that was copied
    :raises TooManyRequests: too many tries
    """
    _count_try(account_id, at=at)
    is_right = _use_key(account_id, answer=answer, state=state, at=at)
    return _checked(account_id, Factor.WEBAUTHN if is_right else None, actor=actor, at=at)


def forget_factor_tries(account_id: uuid.UUID) -> None:
    """
    Begin anew with counting tries.
    """
    _forget_tries(account_id)


def drop_factors(account_id: uuid.UUID) -> int:
    """
    Take every factor of an account away, in the caller's transaction; return how many there were.
    """
    require_transaction()
    return int(_rows(account_id).delete()[0])


def _checked(account_id: uuid.UUID, factor: Factor | None, *, actor: Actor, at: datetime) -> Factor:
    if factor is None:
        _note(account_id, None, actor=actor, at=at)
        raise FactorRefused
    _forget_tries(account_id)
    _note(account_id, factor, actor=actor, at=at)
    return factor


@business_transaction
def _note(account_id: uuid.UUID, factor: Factor | None, *, actor: Actor, at: datetime) -> None:
    # Within a log-in nobody is logged in yet; who shows the right factor is the account, who shows a wrong one is not.
    himself = (
        actor_of_account(account_id=account_id) if factor and actor.kind is ActorKind.ANONYMOUS else None
    )
    audit.record(
        action="identity.factor.succeed" if factor else "identity.factor.fail",
        actor=replace(himself, channel=actor.channel) if himself else actor,
        subject=str(account_id),
        at=at,
        outcome=audit.Outcome.SUCCESS if factor else audit.Outcome.FAILED,
        factor=factor.value if factor else "",
    )


@business_transaction
def _use_code(account_id: uuid.UUID, *, code: str, at: datetime) -> Factor | None:
    rows = {row.type: row for row in _rows(account_id).select_for_update()}
    app = rows.get(Authenticator.Type.TOTP)
    if app is not None:
        step = _step_of(decrypt(app.data["secret"]), code, at=at)
        # A step that was used, or one before it, is worth nothing any more (RFC 6238 section 5.2).
        if step is not None and step > app.data.get("last_step", 0):
            app.data["last_step"] = step
            app.last_used_at = at
            app.save(update_fields=["data", "last_used_at"])
            return Factor.TOTP
    codes = rows.get(Authenticator.Type.RECOVERY_CODES)
    if codes is not None and codes.wrap().validate_code(code):
        Authenticator.objects.filter(id=codes.id).update(last_used_at=at)
        return Factor.RECOVERY
    return None


@business_transaction
def _use_key(account_id: uuid.UUID, *, answer: str, state: Mapping[str, Any], at: datetime) -> bool:
    account = Account.objects.locked(account_id)
    response = _parsed(answer)
    try:
        with context.request_context(_Ceremony(dict(state))):
            row = webauthn.complete_authentication(account, response)
        data = AuthenticatorData(websafe_decode(response["response"]["authenticatorData"]))
    except (ValidationError, ValueError, TypeError, KeyError):
        return False
    # A key that counts must have counted on; one that did not was copied (WebAuthn section 6.1.1).
    counted = row.data.get("sign_count", 0)
    if (data.counter or counted) and data.counter <= counted:
        return False
    row.data["sign_count"] = data.counter
    row.last_used_at = at
    row.save(update_fields=["data", "last_used_at"])
    return True


def _step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """
    Return the time step of which `code` is the code, None where it is of none that counts now.
    """
    now = int(at.timestamp()) // PERIOD_SECONDS
    for step in range(now - STEPS_OF_TOLERANCE, now + STEPS_OF_TOLERANCE + 1):
        if compare_user_code(
            actual=code[:LONGEST_CODE], expected=format_hotp_value(hotp_value(secret, step))
        ):
            return step
    return None


def _owner(actor: Actor, *, password: str | None, pending_id: uuid.UUID | None, at: datetime) -> uuid.UUID:
    """
    Return whose factors are meant: whoever is logged in proves anew that he is, and a log-in on its way just has.
    """
    account_id = permissions.require_account(actor)
    if pending_id is not None:
        is_open = PendingLogin.objects.filter(
            id=pending_id, account_id=account_id, ended_at__isnull=True, expires_at__gt=at
        ).exists()
        if not is_open or has_factor(account_id):
            raise NotFound
        return account_id
    require_own_password(password or "", account_id=account_id, at=at)
    return account_id


def _count_try(account_id: uuid.UUID, *, at: datetime) -> None:
    limits = policy()
    hit_limit(_limit_key(account_id), limit=limits.login_failures, window=limits.login_lock, at=at)


def _forget_tries(account_id: uuid.UUID) -> None:
    forget_limit(_limit_key(account_id))


def _limit_key(account_id: uuid.UUID) -> str:
    return f"second-factor:{account_id}"


def _rows(account_id: uuid.UUID) -> Any:
    return Authenticator.objects.filter(user_id=account_id)


def _parsed(answer: str) -> dict[str, Any]:
    """
    Return what a browser sent, or refuse what cannot be an answer.
    """
    try:
        parsed = json.loads(answer[:LONGEST_ANSWER])
    except ValueError as error:
        raise FactorRefused from error
    if not isinstance(parsed, dict) or not isinstance(parsed.get("response"), dict):
        raise FactorRefused
    return parsed


def _plain(value: object) -> object:
    """
    Return values of the key's library as JSON knows them.
    """
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


class _Ceremony:
    """
    What `allauth.mfa` wants of a request: a place for the question until its answer comes.
    """

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        self.session: dict[str, Any] = {} if state is None else {webauthn.STATE_SESSION_KEY: state}

    @property
    def state(self) -> dict[str, Any]:
        """
        What was kept.
        """
        kept: dict[str, Any] = self.session[webauthn.STATE_SESSION_KEY]
        return kept
