"""
Asking the authorities: whether facts about somebody are right. Yes, no, or not now; never more.

Every question is written into the audit trail: who asked, when, which authority, what it said, and a keyed digest of
the facts, from which nobody without the node's keys can tell them. Neither facts nor answers are kept.

Source: 个人信息保护法 art. 6 (no more than the purpose needs); 国办函〔2016〕108号 五.
"""

from collections.abc import Mapping
from datetime import datetime

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import canonical_json
from tongban.foundation.db import business_transaction
from tongban.support.identity.ports import authorities
from tongban.support.identity.services.numbers import KnownNumber
from tongban.support.identity.values import TRAVEL_PERMITS, Answer, Authority, IdType


def register_of(number: KnownNumber) -> Authority:
    """
    Return who keeps the register that a document stands in.

    The police keep that of identity cards and residence permits, the entry-exit administration that of travel permits
    and permanent-residence cards.
    """
    return Authority.POPULATION if number.id_type == IdType.RESIDENT_ID else Authority.ENTRY_EXIT


def facts_of(number: KnownNumber, *, name: str) -> dict[str, str]:
    """
    Return what the register is asked about somebody.

    :param name: as it is compared
    """
    facts = {"id_number": number.number, "name": name}
    return {**facts, "born_on": number.born_on.isoformat()} if number.id_type in TRAVEL_PERMITS else facts


def ask_authority(
    *, authority: Authority, facts: Mapping[str, str], subject: str, actor: Actor, at: datetime
) -> Answer:
    """
    Return whether all facts are right. Waits for the authority: call it before rows are held, never in between.

    :param facts: name -> value: id_number, name, sex, ethnicity (POPULATION); id_number, name, born_on (ENTRY_EXIT);
        id_number, name, text, certificate, signature (CERTIFICATE); id_number, name and mobile, card_number,
        account_number or file_number (the others); credit_code, name, representative_name, representative_number,
        status (LEGAL_ENTITY)
    :param subject: whom it is about, for the trail: id of the person or legal entity; empty where none is known yet
    """
    answer = authorities().check(authority=authority, facts=facts, at=at)
    note_check(authority=authority, facts=facts, answer=answer, subject=subject, actor=actor, at=at)
    return answer


@business_transaction
def note_check(
    *,
    authority: Authority,
    facts: Mapping[str, str],
    answer: Answer,
    subject: str,
    actor: Actor,
    at: datetime,
) -> None:
    """
    Write a question and its answer down; for the services of this app only.
    """
    audit.record(
        action="identity.authority.ask",
        actor=actor,
        subject=subject or authority.value,
        at=at,
        authority=authority.value,
        answer=answer.value,
        digest=digest_of(authority, facts),
    )


def digest_of(authority: Authority, facts: Mapping[str, str]) -> str:
    """
    Return a keyed digest of what an authority was asked.
    """
    text = canonical_json({"authority": authority.value, "facts": dict(facts)}).decode()
    return crypto.blind_index("identity.authority", text).hex()
