"""
Mobile codes: asked for, proved once, used once.

Kept as a keyed digest; only the newest code of a mobile and purpose counts; a wrong guess is counted in a
transaction of its own, so that no failure around it takes the count back.
"""

import secrets
import uuid
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.codes import is_mobile, mask_mobile
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.foundation.limits import hit_limit
from tongban.support.identity import rules
from tongban.support.identity.models import Person, VerificationCode
from tongban.support.identity.models.indexes import index_of_mobile
from tongban.support.identity.ports import code_sender
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import CodePurpose, CodeReceipt, MobileProof

__all__ = ["CodeNotAccepted", "index_of_mobile", "request_code", "use_proof", "verify_code"]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
CODE_DIGITS = 6
UNKNOWN_ADDRESS = "unknown"


class CodeNotAccepted(InvalidInput):
    """
    The code is wrong, used, expired, or was tried too often; which of these is not told.
    """

    code = "code_not_accepted"
    message = _("验证码不正确或已失效，请核对或重新获取")

    def __init__(self) -> None:
        """
        Name the field that people typed into.
        """
        super().__init__(fields={"code": self.message})


def request_code(
    *,
    mobile: str,
    purpose: CodePurpose,
    actor: Actor,
    address: str | None,
    at: datetime,
    account_id: uuid.UUID | None = None,
) -> CodeReceipt:
    """
    Send six digits to a mobile.

    The answer is the same whether anybody is known by that mobile or not; a code to reset a password is only
    sent where there is an account.

    :param address: where the request comes from; limits count by it
    :param account_id: only this account can use the code; None: whoever reads it
    :raises InvalidInput: not a mobile
    :raises TooManyRequests: a code was just sent, or too many were sent today; says how long to wait
    """
    number = rules.normal_mobile(mobile)
    if not is_mobile(number):
        raise InvalidInput(fields={"mobile": _("请填写 11 位手机号码")})
    limits = policy()
    hit_limit(
        f"code-address:{address or UNKNOWN_ADDRESS}", limit=limits.codes_per_address, window=HOUR, at=at
    )
    hit_limit(f"code-interval:{purpose}:{number}", limit=1, window=limits.code_interval, at=at)
    hit_limit(f"code-mobile:{number}", limit=limits.codes_per_mobile, window=DAY, at=at)
    expires_at = at + limits.code_lifetime
    if purpose is not CodePurpose.RESET_PASSWORD or _logs_in(number):
        _keep_and_send(
            mobile=number,
            purpose=purpose,
            account_id=account_id,
            actor=actor,
            at=at,
            expires_at=expires_at,
        )
    return CodeReceipt(
        mobile_masked=mask_mobile(number), expires_at=expires_at, next_at=at + limits.code_interval
    )


def verify_code(*, mobile: str, purpose: CodePurpose, code: str, at: datetime) -> MobileProof:
    """
    Prove that whoever typed `code` reads the messages of `mobile`. A code proves once.

    :raises CodeNotAccepted: wrong, used, expired, or tried too often
    """
    limits = policy()
    kept_id = _count_try(
        mobile_index=index_of_mobile(mobile), purpose=purpose, at=at, tries=limits.code_tries
    )
    if kept_id is None:
        raise CodeNotAccepted
    expires_at = at + limits.proof_lifetime
    proved = VerificationCode.objects.filter(
        id=kept_id, code_index=_digest(kept_id, rules.plain_text(code)), proved_at__isnull=True
    ).update(proved_at=at, expires_at=expires_at)
    if not proved:
        raise CodeNotAccepted
    return MobileProof(id=kept_id, expires_at=expires_at)


def use_proof(
    *, proof: uuid.UUID, mobile: str, purpose: CodePurpose, at: datetime, account_id: uuid.UUID | None = None
) -> None:
    """
    Use a proof up, in the transaction of what it was given for.

    :param account_id: for which account the code was asked for; None: for none in particular
    :raises CodeNotAccepted: not a proof of this mobile for this purpose, used before, or too old
    """
    used = VerificationCode.objects.filter(
        id=proof,
        mobile_index=index_of_mobile(mobile),
        purpose=purpose,
        account_id=account_id,
        proved_at__isnull=False,
        used_at__isnull=True,
        expires_at__gt=at,
    ).update(used_at=at)
    if not used:
        raise CodeNotAccepted


@business_transaction
def _keep_and_send(
    *,
    mobile: str,
    purpose: CodePurpose,
    account_id: uuid.UUID | None,
    actor: Actor,
    at: datetime,
    expires_at: datetime,
) -> None:
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    kept_id = uuid.uuid4()
    VerificationCode.objects.create(
        id=kept_id,
        mobile_index=index_of_mobile(mobile),
        purpose=purpose,
        account_id=account_id,
        code_index=_digest(kept_id, code),
        created_at=at,
        expires_at=expires_at,
    )
    audit.record(action="identity.code.send", actor=actor, subject=str(kept_id), at=at, purpose=purpose.value)
    code_sender()(
        key=f"code:{kept_id}", mobile=mobile, code=code, purpose=purpose, at=at, expires_at=expires_at
    )


def _logs_in(mobile: str) -> bool:
    return Person.objects.filter(mobile_index=index_of_mobile(mobile), account__isnull=False).exists()


def _count_try(*, mobile_index: bytes, purpose: CodePurpose, at: datetime, tries: int) -> uuid.UUID | None:
    """
    Count a guess at the newest code and return its id, or None where no code can be guessed any more.
    """
    newest = (
        VerificationCode.objects.filter(mobile_index=mobile_index, purpose=purpose)
        .order_by("-created_at")
        .values_list("id", flat=True)
        .first()
    )
    if newest is None:
        return None
    counted = VerificationCode.objects.filter(
        id=newest, proved_at__isnull=True, expires_at__gt=at, tries__lt=tries
    ).update(tries=F("tries") + 1)
    return newest if counted else None


def _digest(kept_id: uuid.UUID, code: str) -> bytes:
    return crypto.blind_index("identity.code", f"{kept_id}:{code}")
