"""
Whether somebody whose card lies at a counter is known here, with an account or without one.
"""

import uuid

from tongban.foundation.actors import Actor
from tongban.support.identity import permissions
from tongban.support.identity.models import Person


def person_with_card(*, index: bytes, name: str, actor: Actor) -> uuid.UUID | None:
    """
    Return the person of a card; None where the number is not known, or is somebody's of another name. One query.

    The caller writes down that a clerk has looked.

    :param index: blind index of the ID number
    :param name: as it is compared, see `services.addressee`
    :raises NotPermitted: the actor does not work at a counter
    """
    permissions.record_person.require(actor)
    person = Person.objects.filter(id_number_index=index).only("id", "name").first()
    return person.id if person is not None and person.name == name else None
