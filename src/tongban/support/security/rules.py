"""
When entries of the audit trail are strange: rules as data, applied to what was sealed.

A rule names the entries it looks at and what it counts them by. Thresholds and windows stand here as they are
shipped and are changed at the console (`SecurityRule`). Nothing here asks the database or the clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from tongban.foundation.clock import CHINA
from tongban.support.security.values import EventKind, RuleFact, Severity

REVEALS: Final = (
    "casework.case.reveal",
    "identity.person.disclose",
    "identity.person.reveal",
    "mandates.entity.reveal",
    "documents.file.open",
)
"""Beginnings of actions that show somebody's data in clear."""
OFFICE_BEGINS: Final = 7
OFFICE_ENDS: Final = 21
"""Hours in China outside of which staff seldom work."""


class By(StrEnum):
    """
    What entries are counted by.
    """

    ACTOR = "actor_id"
    SUBJECT = "subject"
    ADDRESS = "address"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """
    Which entries a kind of event is made of.
    """

    kind: EventKind
    actions: tuple[str, ...] = ()
    """Beginnings of actions; empty: any."""
    outcomes: tuple[str, ...] = ("SUCCESS",)
    actor_kinds: tuple[str, ...] = ()
    """Empty: any."""
    by: By = By.ACTOR
    counts_subjects: bool = False
    """Different subjects are counted, not entries."""
    is_odd_hours: bool = False
    is_new_place: bool = False
    threshold: int = 1
    window_minutes: int = 60
    severity: Severity = Severity.MEDIUM
    is_alarm: bool = False

    @property
    def default(self) -> RuleFact:
        """
        Return the rule as it is shipped.
        """
        return RuleFact(
            kind=self.kind,
            is_on=True,
            threshold=self.threshold,
            window_minutes=self.window_minutes,
            severity=self.severity,
            is_alarm=self.is_alarm,
        )


RULES: Final = (
    Rule(
        kind=EventKind.LOCKOUT,
        actions=("identity.account.lock",),
        outcomes=("SUCCESS", "FAILED"),
        by=By.SUBJECT,
    ),
    Rule(
        kind=EventKind.FAILED_LOGINS,
        actions=("identity.login.fail", "identity.account.lock", "identity.factor.fail"),
        outcomes=("SUCCESS", "FAILED"),
        by=By.ADDRESS,
        threshold=20,
        window_minutes=15,
    ),
    Rule(kind=EventKind.DENIED_ACTIONS, outcomes=("REFUSED",), threshold=10, window_minutes=30),
    Rule(
        kind=EventKind.DENIED_REVEALS,
        actions=REVEALS,
        outcomes=("REFUSED",),
        threshold=3,
        severity=Severity.HIGH,
        is_alarm=True,
    ),
    Rule(
        kind=EventKind.MASS_READS,
        actions=REVEALS,
        actor_kinds=("STAFF", "CLIENT"),
        counts_subjects=True,
        threshold=30,
        severity=Severity.HIGH,
        is_alarm=True,
    ),
    Rule(
        kind=EventKind.ODD_HOURS,
        actions=REVEALS,
        actor_kinds=("STAFF",),
        is_odd_hours=True,
        threshold=3,
        severity=Severity.LOW,
    ),
    Rule(
        kind=EventKind.NEW_PLACE,
        actions=("identity.login.succeed", "identity.session.begin"),
        by=By.SUBJECT,
        is_new_place=True,
        window_minutes=60 * 24,
        is_alarm=True,
    ),
    Rule(
        kind=EventKind.TOKEN_MISUSE,
        actions=(
            "identity.token.misuse",
            "identity.client.misuse",
            "federation.token.misuse",
            "federation.code.misuse",
            "federation.ticket.misuse",
            "federation.message.misuse",
        ),
        outcomes=("REFUSED", "FAILED"),
        by=By.ADDRESS,
        threshold=5,
        window_minutes=30,
    ),
    Rule(
        kind=EventKind.KEY_EVENT,
        actions=(
            "foundation.keys.",
            "federation.signing_key.",
            "identity.client.rotate",
            "foundation.audit.drop_month",
            "trust.anchor.",
            "trust.certificate.revoke",
            "trust.key.destroy",
            "trust.root.",
        ),
        is_alarm=True,
    ),
    Rule(
        kind=EventKind.CERTIFICATES_END,
        actions=("trust.certificate.near_end",),
        by=By.SUBJECT,
        is_alarm=True,
    ),
    Rule(
        kind=EventKind.EXCHANGE_STUCK,
        actions=("exchange.stream.stall", "docking.system.stall"),
        by=By.SUBJECT,
        is_alarm=True,
    ),
    Rule(
        kind=EventKind.RIGHTS_CHANGE,
        actions=(
            "identity.staff.create",
            "identity.staff.empower",
            "identity.staff.transfer",
            "identity.client.create",
            "federation.relying_party.register",
            "security.rule.change",
        ),
        severity=Severity.LOW,
    ),
    Rule(
        kind=EventKind.TAMPERING,
        actions=("security.audit.find_fault",),
        outcomes=("FAILED",),
        by=By.SUBJECT,
        severity=Severity.HIGH,
        is_alarm=True,
    ),
)

BY_KIND: Final = {rule.kind: rule for rule in RULES}


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """
    An entry of the trail as rules look at it.
    """

    id: int
    at: datetime
    action: str
    subject: str
    actor_kind: str
    actor_id: str
    address: str
    outcome: str

    def key(self, by: By) -> str:
        """
        Return what the entry is counted under; empty: it is not counted.
        """
        key: str = getattr(self, by.value)
        return "" if key in {"unknown", "anonymous"} else key


def is_met(rule: Rule, entry: Seen) -> bool:
    """
    Return whether a rule looks at an entry.
    """
    return (
        entry.outcome in rule.outcomes
        and (not rule.actions or entry.action.startswith(rule.actions))
        and (not rule.actor_kinds or entry.actor_kind in rule.actor_kinds)
        and bool(entry.key(rule.by))
        and not (rule.is_odd_hours and not is_odd_hour(entry.at))
        and not (rule.kind is EventKind.DENIED_ACTIONS and entry.action.startswith(REVEALS))
    )


def is_odd_hour(at: datetime) -> bool:
    """
    Return whether a moment lies outside the hours in which staff usually work.
    """
    return not OFFICE_BEGINS <= at.astimezone(CHINA).hour < OFFICE_ENDS


def candidates(rule: Rule, entries: Iterable[Seen]) -> dict[str, list[Seen]]:
    """
    Return by key the new entries that a rule looks at.
    """
    found: dict[str, list[Seen]] = {}
    for entry in entries:
        if is_met(rule, entry):
            found.setdefault(entry.key(rule.by), []).append(entry)
    return found


def watched_actions() -> Sequence[str]:
    """
    Return the beginnings of actions that any rule looks at, whatever came of them.
    """
    return sorted({action for rule in RULES for action in rule.actions})
