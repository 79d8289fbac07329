"""
Limits of the doors.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import Text
from tongban.support.identity.values.words import AccountKind


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
    staff_session_idle: timedelta = timedelta(minutes=20)
    staff_session_absolute: timedelta = timedelta(hours=12)
    sessions_per_person: int = 10
    """Browsers a person may be logged in with at once."""
    sessions_per_staff: int = 3
    pending_lifetime: timedelta = timedelta(minutes=10)
    """How long after the password the rest of a log-in may take; time enough to set an authenticator up."""
    staff_needs_factor: bool = True
    """Staff log in with a second factor only."""
    fresh_factor: timedelta = timedelta(minutes=10)
    """For how long a second factor that was just shown counts for high-risk acts of staff."""
    factor_reset_lifetime: timedelta = timedelta(hours=24)
    """How long a second person may approve that factors are reset."""
    password_length: int = 8
    password_classes: int = 3
    password_history: int = 5
    """None of the last so many passwords comes back, the present one among them."""
    staff_password_lifetime: timedelta | None = timedelta(days=90)
    """After so long staff must change their password; None: never."""

    def idle(self, kind: AccountKind) -> timedelta:
        """
        Return after how long without a request a session ends.
        """
        return self.staff_session_idle if kind == AccountKind.STAFF else self.session_idle

    def absolute(self, kind: AccountKind) -> timedelta:
        """
        Return after how long a session ends in any case.
        """
        return self.staff_session_absolute if kind == AccountKind.STAFF else self.session_absolute

    def sessions(self, kind: AccountKind) -> int:
        """
        Return with how many browsers an account may be logged in at once.
        """
        return self.sessions_per_staff if kind == AccountKind.STAFF else self.sessions_per_person

    def is_password_too_old(self, *, kind: AccountKind, changed_at: datetime, at: datetime) -> bool:
        """
        Return whether a password has to be changed before anything is opened with it. Persons' passwords stay.
        """
        if kind != AccountKind.STAFF or self.staff_password_lifetime is None:
            return False
        return at - changed_at > self.staff_password_lifetime


class PolicyGroup(TextChoices):
    """
    安全策略 by subject, in the order of the page.
    """

    PASSWORD = "PASSWORD", _("密码")
    LOCK = "LOCK", _("锁定")
    FACTOR = "FACTOR", _("第二重认证")
    SESSION = "SESSION", _("登录会话")
    RATE = "RATE", _("访问频率")


class PolicyUnit(TextChoices):
    """
    What a limit counts.
    """

    CHARACTERS = "CHARACTERS", _("个字符")
    KINDS = "KINDS", _("种")
    TIMES = "TIMES", _("次")
    PLACES = "PLACES", _("处")
    DAYS = "DAYS", _("天")
    TERM = "TERM", _("时长")
    CHOICE = "CHOICE", _("选项")


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyRule:
    """
    One limit of the doors, as it is set on this node.
    """

    group: PolicyGroup
    label: Text
    unit: PolicyUnit
    value: int | str | timedelta
    safe: int | str | timedelta
    """What a node has that says nothing."""
    setting: str
    """Environment variable that says otherwise."""
    is_weaker: bool
    """It guards less than what is safe."""
