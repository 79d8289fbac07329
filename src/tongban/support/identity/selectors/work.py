"""
What members of staff can work on at a moment: own posts, those of absent colleagues, and who stands in for them.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from tongban.foundation.actors import Actor
from tongban.support.identity import permissions
from tongban.support.identity.values import AtWork, Role

AT_WORK = """
SELECT staff.account_id, staff.name, staff.agency_code, staff.posts,
       ARRAY(SELECT DISTINCT unnest(absent.posts)
             FROM identity_absence absence
             JOIN identity_staffmember absent ON absent.id = absence.member_id
                 AND absent.is_active AND absent.agency_code = staff.agency_code
             WHERE absence.substitute_id = staff.id AND absence.closed_at IS NULL
                 AND absence.valid_from <= %(at)s AND absence.valid_until > %(at)s),
       away.id IS NOT NULL, substitute.account_id, substitute.name
FROM identity_staffmember staff
JOIN identity_account account ON account.id = staff.account_id AND account.is_active
LEFT JOIN LATERAL (
    SELECT absence.id, absence.substitute_id FROM identity_absence absence
    WHERE absence.member_id = staff.id AND absence.closed_at IS NULL
        AND absence.valid_from <= %(at)s AND absence.valid_until > %(at)s
    ORDER BY absence.valid_from LIMIT 1
) away ON TRUE
LEFT JOIN identity_staffmember substitute ON substitute.id = away.substitute_id
    AND substitute.is_active AND substitute.agency_code = staff.agency_code
WHERE staff.account_id = ANY(%(accounts)s) AND staff.is_active
"""


ON_DUTY = """
SELECT account_id FROM (
    SELECT staff.account_id, EXISTS (
        SELECT FROM identity_absence absence WHERE absence.member_id = staff.id AND absence.closed_at IS NULL
            AND absence.valid_from <= %(at)s AND absence.valid_until > %(at)s) AS is_away
    FROM identity_staffmember staff
    JOIN identity_account account ON account.id = staff.account_id AND account.is_active
    WHERE staff.is_active AND %(role)s = ANY(staff.roles)
) held
WHERE NOT is_away OR NOT EXISTS (
    SELECT FROM identity_staffmember other
    JOIN identity_account open_one ON open_one.id = other.account_id AND open_one.is_active
    WHERE other.is_active AND %(role)s = ANY(other.roles) AND NOT EXISTS (
        SELECT FROM identity_absence absence WHERE absence.member_id = other.id AND absence.closed_at IS NULL
            AND absence.valid_from <= %(at)s AND absence.valid_until > %(at)s))
ORDER BY account_id
"""


def staff_on_duty(*, role: Role, actor: Actor, at: datetime) -> list[uuid.UUID]:
    """
    Return the accounts of those who hold a role and are not away; of all who hold it where everybody is. One query.

    Nobody stands in for an administrator: substitutes hold posts, not roles.

    :raises NotPermitted: the actor is neither staff nor the node
    """
    permissions.read_staff.require(actor)
    with connection.cursor() as cursor:
        cursor.execute(ON_DUTY, {"role": role.value, "at": at})
        return [row[0] for row in cursor.fetchall()]


def staff_at_work(*, account_ids: Iterable[uuid.UUID], actor: Actor, at: datetime) -> dict[uuid.UUID, AtWork]:
    """
    Return what these members of staff can work on now; whoever works here no more is missing. One query.

    :raises NotPermitted: the actor is neither staff nor the node
    """
    permissions.read_staff.require(actor)
    with connection.cursor() as cursor:
        cursor.execute(AT_WORK, {"accounts": list(account_ids), "at": at})
        rows = cursor.fetchall()
    return {
        account_id: AtWork(
            account_id=account_id,
            name=name,
            agency_code=agency_code,
            posts=frozenset(posts),
            posts_for_others=frozenset(for_others) - frozenset(posts),
            is_absent=is_absent,
            substitute_id=substitute_id,
            substitute_name=substitute_name or "",
        )
        for account_id, name, agency_code, posts, for_others, is_absent, substitute_id, substitute_name in rows
    }
