"""
Fictional people for the demonstration.
"""

import secrets
from dataclasses import dataclass

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"


@dataclass(frozen=True, kw_only=True, slots=True)
class Citizen:
    """
    Somebody who does not exist.
    """

    name: str
    id_number: str
    mobile: str
    password: str


def new_citizen() -> Citizen:
    """
    Return a citizen whom the node does not know yet.
    """
    year, month, day = 1960 + secrets.randbelow(40), 1 + secrets.randbelow(12), 1 + secrets.randbelow(28)
    first = f"511602{year}{month:02d}{day:02d}{secrets.randbelow(1000):03d}"
    total = sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True))
    return Citizen(
        name="陈演示",
        id_number=first + CHECK[total % 11],
        mobile=f"139{secrets.randbelow(10**8):08d}",
        password=f"Tb-{secrets.token_hex(6)}",
    )
