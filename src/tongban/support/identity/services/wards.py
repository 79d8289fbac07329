"""
Somebody for whom a guardian acts: recorded at a counter, at any age, without an account.

Source: 个人信息保护法 art. 31 (a guardian consents for a child under fourteen), 民法典 arts. 19-24, 27, 28.
"""

from datetime import date, datetime

from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.support.identity import permissions
from tongban.support.identity.services.registration import found_or_recorded, known_facts
from tongban.support.identity.values import PersonReceipt


@business_transaction
def record_ward(
    *, id_number: str, name: str, actor: Actor, at: datetime, born_on: date | None = None
) -> PersonReceipt:
    """
    Return the person a guardian has come for, recording one who is not known yet; no account is made.

    The caller has seen to the guardian's consent: this is called with the mandate that lets the guardian act.

    :param born_on: needed with a travel permit, whose number does not say it
    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: number or name are not acceptable
    :raises RegistrationRefused: the number is known under another name
    """
    permissions.record_person.require(actor)
    number = known_facts(id_number=id_number, name=name, mobile=None, password=None, born_on=born_on, at=at)
    return found_or_recorded(
        number=number, name=name, mobile="", action="identity.person.record_ward", actor=actor, at=at
    )
