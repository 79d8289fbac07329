"""
Members of staff, as administrators see them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.support.identity.values.words import AssignmentKind, Factor

END_CLIENT: Final = "-"
"""Said in place of who answers for a system from now on: it is ended. No staff code is that."""


class AccountAct(TextChoices):
    """
    账号操作: what an administrator may do to an account of staff.
    """

    TASKS = "tasks", _("调整岗位和角色")
    TRANSFER = "transfer", _("调动")
    LEAVE = "leave", _("离岗并停用账号")
    ABSENCE = "absence", _("登记离岗与代理")
    LOG_OUT = "log-out", _("强制下线")
    UNLOCK = "unlock", _("解锁")
    PASSWORD = "password", _("重置密码")
    FACTOR = "reset-factor", _("申请重置第二重认证")


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffFilter:
    """
    What a list of staff is narrowed by; empty: everybody.
    """

    text: str = ""
    """Beginning of a login name or a staff code, or a part of a name."""
    agency_code: str = ""
    post: str = ""
    role: str = ""
    is_active: bool | None = True
    """Whether they work here now; None: either."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffLine:
    """
    One line of the list of staff.
    """

    account_id: UUID
    login_name: str
    staff_code: str
    name: str
    duty: str
    agency_code: str
    division_code: str
    posts: tuple[str, ...]
    roles: tuple[str, ...]
    is_active: bool
    is_locked: bool
    has_factor: bool
    last_login_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AssignmentLine:
    """
    One line of somebody's history.
    """

    kind: AssignmentKind
    agency_code: str
    posts: tuple[str, ...]
    roles: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None
    arranged_by_name: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AbsenceLine:
    """
    One absence.
    """

    absence_id: UUID
    account_id: UUID
    name: str
    substitute_name: str
    """Empty: nobody stands in."""
    valid_from: datetime
    valid_until: datetime
    reason: str
    is_over: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ResetLine:
    """
    A reset of factors that waits for its second person.
    """

    reset_id: UUID
    account_id: UUID
    login_name: str
    name: str
    reason: str
    asked_by_name: str
    asked_at: datetime
    expires_at: datetime
    may_approve: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffDetail:
    """
    One member of staff, with all that administrators decide by.
    """

    line: StaffLine
    factors: tuple[Factor, ...]
    open_sessions: int
    must_change_password: bool
    is_identified: bool
    """Somebody has noted the ID number; False also where its index alone was noted, before numbers were kept."""
    password_changed_at: datetime
    history: tuple[AssignmentLine, ...]
    absences: tuple[AbsenceLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InitialPassword:
    """
    A password somebody else made; shown once, and changed at the first log-in.
    """

    account_id: UUID
    login_name: str
    password: str

    def __repr__(self) -> str:
        return f"InitialPassword(login_name={self.login_name!r}, …)"


@dataclass(frozen=True, kw_only=True, slots=True)
class AtWork:
    """
    What a member of staff can work on at a moment.
    """

    account_id: UUID
    name: str
    agency_code: str
    posts: frozenset[str]
    """Own ones."""
    posts_for_others: frozenset[str]
    """Those of absent colleagues, besides."""
    is_absent: bool
    substitute_id: UUID | None
    """Who stands in while he is absent."""
    substitute_name: str

    def can_take(self, *, agency_code: str, post: str) -> bool:
        """
        Whether work of this agency and post can be his.
        """
        return agency_code == self.agency_code and post in self.posts | self.posts_for_others
