"""
Making a seal, filing it, handing it out.

Keys and certificates come from the node's electronic authentication (`support.trust`); the maker's signature binds
picture, name, term and the certificate of who signs with the seal (GB/T 38540-2020 clause 6).
"""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.crypto import certificates
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import ServiceError
from tongban.support.seals.models import Seal, SealAuthorisation
from tongban.support.seals.rules import pictures, structures
from tongban.support.seals.services.picturing import face_of, small_picture
from tongban.support.seals.services.recording import check, held_seal, move, permit
from tongban.support.seals.values import ReceiptOfStep, SealAction
from tongban.support.trust import selectors as trusted
from tongban.support.trust import services as trust
from tongban.support.trust.values import CertificateProfile, CertificateReceipt, Reason

VENDOR: Final = "TONGBAN"
VERSION: Final = structures.Version.V4
MAKER_LOCK: Final = 0x7365_616C
"""Two seals made at once must not make two makers."""
DESTROYER: Final = system_actor("seals.destroy_keys")
MAKER: Final = "seals:maker"
MAKER_NAME: Final = "电子印章制作系统"
MAKER_KEPT_FOR: Final = timedelta(days=30)
YEAR: Final = timedelta(days=365)
LONGEST_TERM: Final = YEAR * 10
LONGEST_NAME: Final = 64
"""Of names in certificates."""
CODE_LENGTH: Final = 18


class SealMadeWrong(ServiceError):
    """
    What came out of making a seal does not verify: a defect, nothing is kept.
    """

    code = "seal_made_wrong"
    status = 500
    message = _("印章制作结果未通过自检，请联系管理员")


@business_transaction
def make_seal(*, seal_id: uuid.UUID, actor: Actor, at: datetime, note: str = "") -> ReceiptOfStep:
    """
    制作: make keys, certificates, picture and the electronic seal itself.

    The term begins now and ends with the years asked for, or with the certificates if these end earlier.

    :raises SealNotFound: no such seal that the actor may know of
    :raises SamePerson: the actor has asked for it or reviewed it
    :raises StepRefused: it was not reviewed
    :raises FontsMissing: the machine has no Chinese fonts
    :raises SealMadeWrong: a defect
    """
    seal = held_seal(seal_id, actor=actor)
    permit(seal, SealAction.MAKE, actor=actor)
    check(seal, SealAction.MAKE, actor=actor)
    begins = at.replace(microsecond=0)
    wanted = begins + YEAR * seal.years
    maker = _maker(actor=actor, at=at, until=wanted)
    signer = _certified(seal, CertificateProfile.SEAL, Algorithm.SM2, actor=actor, at=at, until=wanted)
    for_pdf = _certified(seal, CertificateProfile.DOCUMENT, Algorithm.P256, actor=actor, at=at, until=wanted)
    ends = min(wanted, maker.not_after, signer.not_after, for_pdf.not_after)
    facts = _facts(seal, certificate=signer.der, begins=begins, ends=ends)
    seal.valid_from, seal.valid_until = begins, ends
    seal.certificate_id, seal.key_id = signer.certificate_id, signer.key_id
    seal.pdf_certificate_id, seal.pdf_key_id = for_pdf.certificate_id, for_pdf.key_id
    seal.picture, seal.content = facts.picture.content, _signed(facts, maker, at=at)
    return move(seal, SealAction.MAKE, actor=actor, at=at, note=note, digest=crypto.sm3(seal.content).hex())


@business_transaction
def file_seal(
    *, seal_id: uuid.UUID, filing_number: str, actor: Actor, at: datetime, note: str = ""
) -> ReceiptOfStep:
    """
    备案: write down that the seal was filed with the authority that keeps the register of seals.

    :param filing_number: 备案编号 given there
    :raises SealNotFound: as `make_seal`
    :raises SamePerson: the actor has asked for, reviewed or made it
    :raises StepRefused: it was not made
    """
    seal = held_seal(seal_id, actor=actor)
    permit(seal, SealAction.FILE, actor=actor)
    check(seal, SealAction.FILE, actor=actor)
    return move(seal, SealAction.FILE, actor=actor, at=at, note=note, filing_number=filing_number[:64])


@business_transaction
def issue_seal(*, seal_id: uuid.UUID, actor: Actor, at: datetime, note: str = "") -> ReceiptOfStep:
    """
    发放: hand the seal out to its agency, whose keeper confirms that it has come (`receive_seal`).

    :raises SealNotFound: as `make_seal`
    :raises SamePerson: the actor has asked for, reviewed or filed it
    :raises StepRefused: it was not filed
    """
    seal = held_seal(seal_id, actor=actor)
    permit(seal, SealAction.ISSUE, actor=actor)
    check(seal, SealAction.ISSUE, actor=actor)
    return move(seal, SealAction.ISSUE, actor=actor, at=at, note=note)


@business_transaction
def receive_seal(*, seal_id: uuid.UUID, actor: Actor, at: datetime, note: str = "") -> ReceiptOfStep:
    """
    领取确认: confirm that the seal is the one asked for; from now on it may be used. A version that it replaces ends.

    Authorisations of the replaced version go on with the new one: their limits and terms stay as they were given.

    :raises SealNotFound: as `make_seal`
    :raises SamePerson: the actor has made, filed or handed it out
    :raises StepRefused: it was not handed out
    """
    seal = held_seal(seal_id, actor=actor)
    permit(seal, SealAction.RECEIVE, actor=actor)
    check(seal, SealAction.RECEIVE, actor=actor)
    if seal.replaces_id is not None:
        _replace(held_seal(seal.replaces_id, actor=actor), by=seal, actor=actor, at=at)
    return move(seal, SealAction.RECEIVE, actor=actor, at=at, note=note)


def _replace(old: Seal, *, by: Seal, actor: Actor, at: datetime) -> None:
    check(old, SealAction.REPLACE, actor=actor)
    carried = SealAuthorisation.objects.filter(seal=old).open().update(seal=by)
    move(old, SealAction.REPLACE, actor=actor, at=at, by_version=by.version, authorisations=carried)
    withdraw_keys(old, Reason.SUPERSEDED, actor=actor, at=at)


def withdraw_keys(seal: Seal, reason: Reason, *, actor: Actor, at: datetime) -> None:
    """
    Revoke the certificates of a seal that will never sign again, and destroy its keys.

    What it has signed stays valid: the revocation says since when it is not. The step that leads here was permitted;
    keys themselves are nobody's to destroy but the node's.
    """
    for certificate_id in (seal.certificate_id, seal.pdf_certificate_id):
        if certificate_id is not None:
            trust.revoke_within(certificate_id=certificate_id, reason=reason, actor=actor, at=at)
    for key_id in (seal.key_id, seal.pdf_key_id):
        if key_id is not None:
            trust.destroy_key(key_id=key_id, actor=DESTROYER, at=at)


def _certified(
    seal: Seal,
    profile: CertificateProfile,
    algorithm: Algorithm,
    *,
    actor: Actor,
    at: datetime,
    until: datetime,
) -> CertificateReceipt:
    return trust.issue_within(
        name=seal.name[:LONGEST_NAME],
        organisation=seal.agency_name[:LONGEST_NAME],
        organisation_code=seal.agency_code if len(seal.agency_code) == CODE_LENGTH else "",
        profile=profile,
        algorithm=algorithm,
        bearer=f"seal:{seal.id}",
        actor=actor,
        at=at,
        valid_until=until,
    )


def _maker(*, actor: Actor, at: datetime, until: datetime) -> CertificateReceipt:
    """
    Return the certificate with which this node signs the seals it makes.

    A new one is made where it ends before the seal, once in a month at most: what the authority itself does not last
    for, no certificate of it does.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MAKER_LOCK])
    held = trusted.find_bearer_certificate(
        bearer=MAKER, profile=CertificateProfile.SEAL_MAKER, algorithm=Algorithm.SM2, at=at
    )
    if held is not None and (held.not_after >= until or at - held.not_before < MAKER_KEPT_FOR):
        return held
    return trust.issue_within(
        name=MAKER_NAME,
        organisation=MAKER_NAME,
        profile=CertificateProfile.SEAL_MAKER,
        bearer=MAKER,
        actor=actor,
        at=at,
        valid_until=at + LONGEST_TERM,
    )


def _facts(seal: Seal, *, certificate: bytes, begins: datetime, ends: datetime) -> structures.SealFacts:
    face = face_of(seal)
    width, height = pictures.size_on_paper(face)
    return structures.SealFacts(
        version=VERSION,
        vendor=VENDOR,
        identifier=seal.code,
        kind=seal.kind,
        name=seal.name,
        certificates=(certificate,),
        created_at=begins,
        valid_from=begins,
        valid_until=ends,
        picture=structures.SealPicture(structures.PictureKind.PNG, small_picture(face), width, height),
    )


def _signed(facts: structures.SealFacts, maker: CertificateReceipt, *, at: datetime) -> bytes:
    if maker.key_id is None:
        raise SealMadeWrong(code=facts.identifier)
    signed_part = structures.write_facts(facts)
    content = structures.write_seal(
        signed_part=signed_part,
        maker_certificate=maker.der,
        signature=trust.sign_with(key_id=maker.key_id, message=signed_part, at=at),
    )
    _prove(content, facts)
    return content


def _prove(content: bytes, facts: structures.SealFacts) -> None:
    made = structures.read_seal(content)
    key = certificates.read_certificate(made.maker_certificate).public_key
    if made.facts != facts or key is None or not key.verify(made.signature, made.signed_part):
        raise SealMadeWrong(code=facts.identifier)
