"""
Serials without collisions and without gaps: counted up in the transaction that uses the number.
"""

from django.db import connection

NEXT = """
INSERT INTO casework_counter (scope, last) VALUES (%s, 1)
ON CONFLICT (scope) DO UPDATE SET last = casework_counter.last + 1 RETURNING last
"""


def next_serial(scope: str) -> int:
    """
    Return the next serial of `scope`, 1 first.

    Others wait until this transaction ends; if it fails, the number is free again.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [scope])
        serial: int = cursor.fetchone()[0]
    return serial
