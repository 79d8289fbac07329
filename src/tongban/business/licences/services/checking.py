"""
验码: somebody checks the code that a holder shows; the holder reads that it was checked.
"""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.business.licences import rules
from tongban.business.licences.models import Licence, PresentationCheck
from tongban.business.licences.rules import presenting as codes
from tongban.business.licences.selectors.holding import thing_of
from tongban.business.licences.selectors.presenting import published_presentation_keys
from tongban.business.licences.services.recording import lock_name
from tongban.business.licences.services.using import note_use
from tongban.business.licences.values import LicenceStatus, Verdict
from tongban.business.licences.values.presenting import CodeCheck, CodeVerdict, ReadCode
from tongban.business.licences.values.sharing import UseKind
from tongban.foundation import audit, looks
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.errors import InvalidInput
from tongban.foundation.looks import LookAct

OWN_CLOCKS_DIFFER: Final = timedelta(seconds=5)
"""Who signed and who checks are processes of one node."""
LONGEST_CHECK_ID: Final = 64
LONGEST_CHECKER: Final = 60
CHECKER: Final = system_actor("licences.check_code")


@business_transaction
def check_code(*, code: str, check_id: str, checker: str, actor: Actor, at: datetime) -> CodeCheck:
    """
    Check a code online: signature, time, whether it was used, and how the licence stands now.

    Whoever asks sees what the holder chose to show, nothing else; the holder reads in his ledger that it was checked.

    :param code: what the QR code holds, with or without the address before it
    :param check_id: made anew for each scan; the same one again gives the same answer, another one finds the code used
    :param checker: what the checker calls himself, for the holder to read; may be empty
    :raises InvalidInput: no check_id, or something is too long
    """
    checker = _told(check_id, checker)
    read = codes.read_code(code)
    if read is None:
        return _nothing(CodeVerdict.UNREADABLE)
    verdict = _judged(read, at=at)
    if verdict is not CodeVerdict.GENUINE:
        return _nothing(verdict)
    lock_name(f"nonce:{read.claims.nonce}")
    licence = Licence.objects.filter(identifier=read.claims.identifier).first()
    if licence is None:
        # Signed by us, and not in this library: the key served another one.
        return _nothing(CodeVerdict.FOREIGN)
    before = PresentationCheck.objects.filter(nonce=read.claims.nonce).first()
    if before is not None and before.check_id != check_id:
        return _nothing(CodeVerdict.USED)
    if before is None:
        _write_down(licence, read, check_id=check_id, checker=checker, actor=actor, at=at)
    status = rules.verdict(LicenceStatus(licence.status), valid_until=licence.valid_until, on=civil_date(at))
    return CodeCheck(verdict=CodeVerdict.GENUINE, status=Verdict(status), claims=read.claims)


def _told(check_id: str, checker: str) -> str:
    wrong = {}
    if not 0 < len(check_id) <= LONGEST_CHECK_ID:
        wrong["check_id"] = _("请为每次扫码给出一个核验标识，不超过 64 个字符")
    if len(checker.strip()) > LONGEST_CHECKER:
        wrong["checker"] = _("核验单位不能超过 60 字")
    if wrong:
        raise InvalidInput(fields=wrong)
    return checker.strip()


def _judged(read: ReadCode, *, at: datetime) -> CodeVerdict:
    keys = published_presentation_keys(at=at)
    key = next((key for key in keys if key.key_id == read.claims.key_id), None)
    if key is None:
        return CodeVerdict.FOREIGN
    if not codes.is_signed_by(read, key.point):
        return CodeVerdict.FORGED
    return codes.timing(read.claims, at=at, tolerance=OWN_CLOCKS_DIFFER)


def _nothing(verdict: CodeVerdict) -> CodeCheck:
    return CodeCheck(verdict=verdict, status=None, claims=None)


def _write_down(
    licence: Licence, read: ReadCode, *, check_id: str, checker: str, actor: Actor, at: datetime
) -> None:
    agency_code = actor.agency_code or ""
    PresentationCheck.objects.create(
        nonce=read.claims.nonce,
        check_id=check_id,
        licence=licence,
        at=at,
        agency_code=agency_code,
        checker=checker,
    )
    note_use(licence, UseKind.CHECKED, actor=actor, at=at, who=checker)
    looks.record(
        principal_id=licence.person_id,
        act=LookAct.SHOWN,
        thing=thing_of(licence),
        # Anybody may check, also the holder on another phone: what is written down is that it was checked.
        actor=actor if actor.kind in {ActorKind.STAFF, ActorKind.CLIENT} else CHECKER,
        at=at,
        reason=Reason(purpose=Purpose.OTHER, words=checker) if checker else None,
    )
    audit.record(
        action="licences.presentation.check",
        actor=actor,
        subject=licence.identifier,
        at=at,
        nonce=read.claims.nonce,
    )
