"""
One's own mobile: replaced by whoever was checked anew, knows the password and reads the messages of the new number.
"""

import uuid
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.codes import mask_mobile
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.foundation.limits import hit_limit
from tongban.foundation.policy import require_person
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import Person
from tongban.support.identity.ports import old_mobile_teller
from tongban.support.identity.services.assurance import grant, revoke
from tongban.support.identity.services.codes import (
    DAY,
    index_of_mobile,
    request_code,
    use_proof,
    verify_code,
)
from tongban.support.identity.services.fresh import require_fresh_check
from tongban.support.identity.services.passwords import require_own_password
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import CodePurpose, CodeReceipt, HighRiskAct, MeansCode

MOBILE_CHANGED = "MOBILE_CHANGED"


class MobileTaken(InvalidInput):
    """
    The new mobile logs somebody else in. Told only to who has shown that he reads its messages.
    """

    code = "mobile_taken"
    message = _("这个手机号码已用于另一个账号，请换一个号码")

    def __init__(self) -> None:
        """
        Name the field that people typed into.
        """
        super().__init__(fields={"mobile": self.message})


def request_mobile_change(
    *, password: str, mobile: str, actor: Actor, address: str | None, at: datetime
) -> CodeReceipt:
    """
    Send a code to the mobile that shall replace one's own.

    :param password: the present one, typed anew
    :param address: where the request comes from; limits count by it
    :raises NotAuthenticated: nobody is logged in as a person
    :raises FreshCheckNeeded: the person was not checked anew a moment ago
    :raises WrongPassword: `password` is not the present one
    :raises InvalidInput: not a mobile, or the present one
    :raises TooManyRequests: too many wrong guesses or too many codes; says how long to wait
    """
    person_id, account_id = require_person(actor), permissions.require_account(actor)
    require_fresh_check(actor, act=HighRiskAct.CHANGE_MOBILE, at=at)
    require_own_password(password, account_id=account_id, at=at)
    present = Person.objects.values_list("mobile_index", flat=True).get(id=person_id)
    if present is not None and crypto.is_same_index(bytes(present), index_of_mobile(mobile)):
        raise InvalidInput(fields={"mobile": _("新号码不能与现在的号码相同")})
    hit_limit(f"mobile-change:{account_id}", limit=policy().codes_per_mobile, window=DAY, at=at)
    return request_code(
        mobile=mobile,
        purpose=CodePurpose.CHANGE_MOBILE,
        actor=actor,
        address=address,
        at=at,
        account_id=account_id,
    )


def change_mobile(*, mobile: str, code: str, actor: Actor, at: datetime) -> None:
    """
    Replace one's own mobile by the one the code was sent to, and tell the old one.

    :param code: of `request_mobile_change`, asked for by the same account
    :raises NotAuthenticated: nobody is logged in as a person
    :raises CodeNotAccepted: wrong, used, expired, tried too often, or asked for by somebody else
    :raises MobileTaken: the mobile logs somebody else in
    """
    person_id, account_id = require_person(actor), permissions.require_account(actor)
    proof = verify_code(mobile=mobile, purpose=CodePurpose.CHANGE_MOBILE, code=code, at=at)
    _replace(person_id=person_id, account_id=account_id, mobile=mobile, proof=proof.id, actor=actor, at=at)


@business_transaction
def _replace(
    *,
    person_id: uuid.UUID,
    account_id: uuid.UUID,
    mobile: str,
    proof: uuid.UUID,
    actor: Actor,
    at: datetime,
) -> None:
    person = Person.objects.locked().get(id=person_id)
    use_proof(proof=proof, mobile=mobile, purpose=CodePurpose.CHANGE_MOBILE, at=at, account_id=account_id)
    old = person.mobile
    person.mobile = rules.normal_mobile(mobile)
    person.mobile_index = index_of_mobile(mobile)
    try:
        with transaction.atomic():
            person.save(update_fields=["mobile", "mobile_index"])
    except IntegrityError as error:
        raise MobileTaken from error
    # What was proved about the old number says nothing about the new one, whose messages were just read.
    revoke(
        person_id=person_id,
        means_code=MeansCode.MOBILE_OPERATOR,
        reason=MOBILE_CHANGED,
        actor=actor,
        at=at,
    )
    grant(person_id=person_id, means_code=MeansCode.MOBILE_CODE, evidence_digest="", actor=actor, at=at)
    audit.record(action="identity.mobile.change", actor=actor, subject=str(person_id), at=at)
    if old is not None:
        old_mobile_teller()(
            key=f"mobile-changed:{proof}",
            person_id=person_id,
            old_mobile=old,
            new_mobile_masked=mask_mobile(person.mobile),
            at=at,
        )
