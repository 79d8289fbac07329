"""
核验文件, whole: what is true of the file, and how the licence stands that it speaks of, whichever node issued that.

A file is judged by its seals alone; the issuing node is asked about the licence whose identifier the file carries, and
where nobody answers for it, the answer says so.
"""

import io
from datetime import datetime

from django.utils.translation import gettext as _

from tongban.business.licences.selectors.verification import (
    UNKNOWN,
    FileTooLarge,
    identifiers_in,
    verify_file,
)
from tongban.business.licences.services.peers.verifying import verify_elsewhere
from tongban.business.licences.values import Verdict
from tongban.business.licences.values.peers import CheckedDocument, FoundLicence
from tongban.foundation.clock import CHINA, civil_date
from tongban.support.seals import services as seals


def verify_document(*, content: bytes, name: str, at: datetime) -> CheckedDocument:
    """
    Return what is true of a file in hand and of the licence it speaks of. Never raises for what is in it.

    Not inside a transaction: other nodes may be asked, 3 seconds at most for seals and licence each.
    """
    verdict = seals.verify_file(content=content, name=name, at=at)
    licence = _licence(content, at=at)
    sentence = _sentence(licence)
    return CheckedDocument(verdict=verdict, licence=licence, sentences=(sentence,) if sentence else ())


def _licence(content: bytes, *, at: datetime) -> FoundLicence:
    try:
        own = verify_file(content=io.BytesIO(content), on=civil_date(at))
    except FileTooLarge:
        return FoundLicence(verification=UNKNOWN)
    if own.verdict is not Verdict.UNKNOWN:
        return FoundLicence(verification=own)
    for identifier in identifiers_in(content)[:1]:
        return verify_elsewhere(identifier=identifier, at=at)
    return FoundLicence(verification=own)


def _sentence(licence: FoundLicence) -> str:
    """
    Return how the licence stands, in words; empty: the file speaks of none, or its verdict says all.
    """
    verdict = licence.verification.verdict
    facts = licence.verification.facts
    told = {
        "identifier": facts.identifier if facts else licence.named,
        "state": verdict.label,
        "node": licence.source.name if licence.source else "",
        "moment": licence.as_of.astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if licence.as_of else "",
    }
    if verdict is Verdict.UNKNOWN:
        words = _("文件所载证照（%(identifier)s）：没有查到签发它的平台，无法得知证照现在的状态")
        if licence.is_incomplete:
            words = _("文件所载证照（%(identifier)s）：上级平台现在没有回应，无法得知证照现在的状态")
        return words % told if licence.named else ""
    if verdict is Verdict.CHANGED:
        return ""
    words = _("文件所载证照（%(identifier)s）现在的状态：%(state)s")
    if licence.as_of:
        words = _(
            "文件所载证照（%(identifier)s）由%(node)s的平台签发，该平台现在没有回应；"
            "它在 %(moment)s 报送的状态：%(state)s"
        )
    elif licence.source:
        words = _("文件所载证照（%(identifier)s）由%(node)s的平台签发，该平台刚刚答复的状态：%(state)s")
    return words % told
