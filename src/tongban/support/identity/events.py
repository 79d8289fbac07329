"""
Facts that identity announces.
"""

from typing import Final

import msgspec

SESSION_ENDED = "identity.session_ended"
"""
Somebody logged out of one browser or of all of them; key: his account.

Logins that end without an act of somebody's (lapsed, closed with the account) are not announced.
"""

PERSON_REGISTERED = "identity.person_registered"
"""
A person has an account now; key: the person.
"""

STAFF_LEFT = "identity.staff_left"
"""A member of staff works here no more; key: the account. Payload of all of these: `StaffChanged`."""

STAFF_TRANSFERRED = "identity.staff_transferred"
"""A member of staff works for another agency now; key: the account."""

STAFF_POSTS_CHANGED = "identity.staff_posts_changed"
"""Posts or roles of a member of staff are others now; key: the account."""

ABSENCE_BEGAN = "identity.absence_began"
"""A member of staff is away now, and somebody may stand in; key: the account of the absent one."""

ABSENCE_ENDED = "identity.absence_ended"
"""A member of staff is back, or nobody stands in any more; key: the account of the absent one."""

WORK_MOVES: Final = (STAFF_LEFT, STAFF_TRANSFERRED, STAFF_POSTS_CHANGED, ABSENCE_BEGAN, ABSENCE_ENDED)
"""After each of these, whoever hands work out looks at what these people hold."""


class StaffChanged(msgspec.Struct, frozen=True, kw_only=True):
    """
    Whose work may have to move.
    """

    account_id: str
    substitute_id: str = ""
    """Account of whoever stood or stands in; empty: nobody."""
