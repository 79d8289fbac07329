"""
数字证书: a person signs a text of the moment with the key of his own certificate.

Whose certificate it is, whether it still holds and whether the signature fits is said by the authority that gives
certificates out (电子认证服务机构): this node knows no roots and no lists of what was taken back, and passes on what
it was given. Each text is made for one person, holds for some minutes, and counts once.

Source: 电子签名法 arts. 13, 14, 16; 国办函〔2016〕108号 五.
"""

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto, policy
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, NotFound, TooManyRequests
from tongban.foundation.limits import hit_limit
from tongban.support.identity.ports import simulated_key
from tongban.support.identity.services.checks import ask_authority, digest_of
from tongban.support.identity.services.proofs import (
    DAY,
    PROOFS_PER_DAY,
    name_and_number,
    proved_now,
    require_yes,
)
from tongban.support.identity.values import (
    Authority,
    ChallengeReceipt,
    CheckReceipt,
    MeansCode,
    SignedText,
)

LASTS = timedelta(minutes=5)
NONCE_BYTES = 16
LONGEST_CHALLENGE = 2048
LONGEST_CERTIFICATE = 8192
LONGEST_SIGNATURE = 1024


class ChallengeInvalid(InvalidInput):
    """
    The text was not given to this person, is too old, or was used already.
    """

    code = "challenge_invalid"
    message = _("待签名内容已失效，请重新开始")

    def __init__(self) -> None:
        """
        Name the field that brought it.
        """
        super().__init__(fields={"challenge": self.message})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Challenge:
    """
    What was sealed.
    """

    text: str
    until: datetime


def begin_certificate_check(*, actor: Actor, at: datetime) -> ChallengeReceipt:
    """
    Return a text for a person to sign with the key of his certificate.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person_id = policy.require_person(actor)
    nonce = secrets.token_hex(NONCE_BYTES)
    # The name of the act stands in front: what is signed here can be no contract and no login elsewhere.
    text = f"identity-check {settings.TONGBAN_BASE_URL} {nonce} {at.isoformat(timespec='seconds')}"
    facts = {"text": text, "until": (at + LASTS).isoformat()}
    sealed = crypto.seal(json.dumps(facts).encode(), context=_context(person_id))
    return ChallengeReceipt(challenge=urlsafe_b64encode(sealed).decode(), text=text, expires_at=at + LASTS)


def finish_certificate_check(
    *, challenge: str, certificate: str, signature: str, actor: Actor, at: datetime
) -> CheckReceipt:
    """
    Have the authority look at a signed text; one's own certificate raises the level and is a fresh check.

    :param challenge: of `begin_certificate_check`, by the same person
    :param certificate: X.509, as PEM or as Base64 of DER
    :param signature: over the text in UTF-8, Base64
    :raises NotAuthenticated: nobody is logged in as a person
    :raises ChallengeInvalid: not one of this person's, too old, or used
    :raises InvalidInput: certificate or signature are missing or too long
    :raises ProofRefused: the authority says no
    :raises AuthorityUnavailable: it does not answer now; the same signature may be sent again
    :raises TooManyRequests: too many tries today
    """
    person_id = policy.require_person(actor)
    known = _opened(challenge, person_id=person_id, at=at)
    facts = {
        **name_and_number(person_id),
        "text": known.text,
        "certificate": _plain(certificate, field="certificate", longest=LONGEST_CERTIFICATE),
        "signature": _plain(signature, field="signature", longest=LONGEST_SIGNATURE),
    }
    hit_limit(f"certificate:{person_id}", limit=PROOFS_PER_DAY, window=DAY, at=at)
    answer = ask_authority(
        authority=Authority.CERTIFICATE, facts=facts, subject=str(person_id), actor=actor, at=at
    )
    require_yes(answer, means_code=MeansCode.CERTIFICATE)
    return _signed(person_id, known, evidence=digest_of(Authority.CERTIFICATE, facts), actor=actor, at=at)


def sign_by_simulated_key(*, challenge: str, is_own: bool, actor: Actor, at: datetime) -> SignedText:
    """
    Put a key into the simulated reader of a demonstration and sign: one's own, or somebody else's.

    :raises NotAuthenticated: nobody is logged in as a person
    :raises NotFound: there is no simulated reader, or it gives nothing
    :raises ChallengeInvalid: not one of this person's, or too old
    """
    person_id = policy.require_person(actor)
    known, reader = _opened(challenge, person_id=person_id, at=at), simulated_key()
    signed = reader.sign(text=known.text, facts=name_and_number(person_id), is_own=is_own) if reader else None
    if signed is None:
        raise NotFound
    return signed


@business_transaction
def _signed(person_id: UUID, known: _Challenge, *, evidence: str, actor: Actor, at: datetime) -> CheckReceipt:
    """
    Use the text up together with what it proves: of two requests at one time the second is refused.
    """
    try:
        hit_limit(f"certificate-text:{known.text}", limit=1, window=2 * LASTS, at=at)
    except TooManyRequests as error:
        raise ChallengeInvalid from error
    return proved_now(person_id, means_code=MeansCode.CERTIFICATE, evidence=evidence, actor=actor, at=at)


def _opened(challenge: str, *, person_id: UUID, at: datetime) -> _Challenge:
    try:
        sealed = urlsafe_b64decode(challenge[:LONGEST_CHALLENGE].encode(errors="replace"))
        facts = json.loads(crypto.unseal(sealed, context=_context(person_id)))
    except (ValueError, crypto.SealBroken) as error:
        raise ChallengeInvalid from error
    known = _Challenge(text=facts["text"], until=datetime.fromisoformat(facts["until"]))
    if at > known.until:
        raise ChallengeInvalid
    return known


def _plain(text: str, *, field: str, longest: int) -> str:
    plain = text.strip()
    if not plain or len(plain) > longest or not plain.isascii():
        raise InvalidInput(fields={field: _("请粘贴证书工具给出的内容")})
    return plain


def _context(person_id: UUID) -> str:
    return f"identity.certificate:{person_id}"
