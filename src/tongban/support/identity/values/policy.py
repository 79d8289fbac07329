"""
Limits of the doors.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """
    Limits of the doors, after GB/T 22239-2019 level 3 (等保三级), 身份鉴别.

    What an operator may change is in the settings (`TONGBAN_IDENTITY_*`); the rest is fixed here.
    """

    login_failures: int = 5
    """Failed tries on one login name before the door closes."""
    login_lock: timedelta = timedelta(minutes=15)
    """How long failures count, and how long the door stays closed."""
    login_tries_per_address: int = 60
    """Tries from one address within `login_lock`; a whole hall may share one address."""
    code_lifetime: timedelta = timedelta(minutes=5)
    code_tries: int = 5
    """Guesses after which a code is worthless."""
    code_interval: timedelta = timedelta(minutes=1)
    """Shortest time between two codes to one mobile."""
    codes_per_mobile: int = 10
    """Codes to one mobile in a day."""
    codes_per_address: int = 60
    """Codes asked for from one address within an hour."""
    proof_lifetime: timedelta = timedelta(minutes=30)
    """How long a mobile that was proved by a code may be used to finish what it was proved for."""
    registrations_per_address: int = 30
    """Registrations tried from one address within an hour."""
    session_idle: timedelta = timedelta(minutes=30)
    session_absolute: timedelta = timedelta(hours=12)
    token_lifetime: timedelta = timedelta(hours=2)
