"""
What goes into the legal clock and what comes out of it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tongban.business.casework.rules.explanations import ExplanationLine, gettext_noop
from tongban.foundation.worktime import Period

JOINT_STATUTORY_WORKING_DAYS = 45  # 行政许可法 art. 42(2)
EXTENSION_WORKING_DAYS = 10  # art. 42(1)
JOINT_EXTENSION_WORKING_DAYS = 15  # art. 42(2)


class ClockEventKind(StrEnum):
    """
    What happens to a case that its clock takes notice of.
    """

    SUBMITTED = "SUBMITTED"
    """收到申请材料."""
    CORRECTION_NOTICE = "CORRECTION_NOTICE"
    """一次性告知补正."""
    CORRECTED = "CORRECTED"
    """收到补正材料."""
    ACCEPTED = "ACCEPTED"
    DEEMED_ACCEPTED = "DEEMED_ACCEPTED"
    """视为受理, written down by the job; the clock knows it without being told."""
    STOPPED = "STOPPED"
    RESUMED = "RESUMED"
    EXTENDED = "EXTENDED"
    DECIDED = "DECIDED"
    DELIVERED = "DELIVERED"
    CLOSED = "CLOSED"
    REFUSED = "REFUSED"
    """不予受理."""
    WITHDRAWN = "WITHDRAWN"
    PASSED_ON = "PASSED_ON"
    VOIDED = "VOIDED"


class StopKind(StrEnum):
    """
    特别程序种类: what takes time that is not counted.

    Source: 行政许可法 art. 45; OTHER where another law or a local rule says so.
    """

    HEARING = "HEARING"
    TENDER = "TENDER"
    AUCTION = "AUCTION"
    INSPECTION = "INSPECTION"
    TESTING = "TESTING"
    QUARANTINE = "QUARANTINE"
    APPRAISAL = "APPRAISAL"
    EXPERT_REVIEW = "EXPERT_REVIEW"
    OTHER = "OTHER"


#: kind of stop -> its word (msgid), for the fact `kind` of an explanation
STOP_WORDS: dict[str, str] = {
    StopKind.HEARING: gettext_noop("听证"),
    StopKind.TENDER: gettext_noop("招标"),
    StopKind.AUCTION: gettext_noop("拍卖"),
    StopKind.INSPECTION: gettext_noop("检验"),
    StopKind.TESTING: gettext_noop("检测"),
    StopKind.QUARANTINE: gettext_noop("检疫"),
    StopKind.APPRAISAL: gettext_noop("鉴定"),
    StopKind.EXPERT_REVIEW: gettext_noop("专家评审"),
    StopKind.OTHER: gettext_noop("其他"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockEvent:
    """
    One thing that happened, with what the clock needs to know of it.
    """

    kind: ClockEventKind
    at: datetime
    """Aware."""
    stop_key: str = ""
    """STOPPED and RESUMED: which of several stops, e.g. its serial number 序号."""
    stop_kind: StopKind = StopKind.OTHER
    reason: str = ""
    """STOPPED, EXTENDED: the reason as the notice to the applicant gives it."""
    announced: Period | None = None
    """STOPPED: the time announced; CORRECTION_NOTICE: the time the applicant has to answer."""
    extension_working_days: int = 0
    approver: str = ""
    """EXTENDED: who approved it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """
    办理时限: what law demands and what the agency promised, as copied onto the case.
    """

    statutory: Period | None = None
    """法定办结时限; None where no law sets one, for joint handling the 45 working days of art. 42(2)."""
    promised: Period | None = None
    """承诺办结时限; None where the agency promised nothing better than the law."""
    is_on_the_spot: bool = False
    """即办件: due on the working day of acceptance."""
    is_joint: bool = False
    """统一办理、联合办理、集中办理."""
    warning_working_days: int = 2
    """YELLOW when no more than this is left."""

    @property
    def statutory_period(self) -> Period | None:
        """
        Return the limit of law.
        """
        if self.statutory is None and self.is_joint:
            return Period(amount=JOINT_STATUTORY_WORKING_DAYS)
        return self.statutory

    @property
    def promised_period(self) -> Period | None:
        """
        Return the limit promised; an on-the-spot item promises the same day.
        """
        return Period(amount=0) if self.is_on_the_spot else self.promised

    @property
    def extension_limit_working_days(self) -> int:
        """
        Return by how many working days the decision may be put off, once.
        """
        return JOINT_EXTENSION_WORKING_DAYS if self.is_joint else EXTENSION_WORKING_DAYS


class ClockPhase(StrEnum):
    """
    What the clock is doing.
    """

    PRE_ACCEPTANCE = "PRE_ACCEPTANCE"
    WAITING_FOR_APPLICANT = "WAITING_FOR_APPLICANT"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    DELIVERY = "DELIVERY"
    FINISHED = "FINISHED"


class DueColour(StrEnum):
    """
    The light of a case.
    """

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    GREY = "GREY"


#: light -> its word (msgid); colour is never the only cue
COLOUR_WORDS: dict[str, str] = {
    DueColour.GREEN: gettext_noop("按期"),
    DueColour.YELLOW: gettext_noop("将到期"),
    DueColour.RED: gettext_noop("超期"),
    DueColour.GREY: gettext_noop("已暂停"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockStop:
    """
    A stop as the clock counted it.
    """

    key: str
    kind: StopKind
    reason: str
    stopped_on: date
    resumed_on: date | None
    """First day that counts again; None while the clock stands still."""
    announced_until: date | None = None
    """Last day of the time announced to the applicant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockReading:
    """
    What the clock shows at one moment. Every number is in working days.
    """

    phase: ClockPhase
    colour: DueColour
    due: date | None
    """The deadline that matters in this phase: acceptance, the applicant's answer, decision or delivery."""
    used: int
    """Days that counted since acceptance, up to yesterday or to the decision."""
    left: int
    """Days until `due`, today and the last day included; 0 when there is none or it has passed."""
    late: int
    """Working days since `due`; 0 in time, and on the rest days right after it."""
    received_on: date | None = None
    accepted_on: date | None = None
    """Day the limits are counted from; on deemed acceptance the day the materials were received."""
    is_deemed_accepted: bool = False
    acceptance_due: date | None = None
    statutory_due: date | None = None
    promised_due: date | None = None
    decided_on: date | None = None
    delivery_due: date | None = None
    finished_on: date | None = None
    stops: tuple[ClockStop, ...] = ()
    extension_working_days: int = 0
    is_provisional: bool = False
    """A holiday notice that is not out yet may still move a deadline shown here."""
    why: tuple[ExplanationLine, ...] = ()


class ExtensionRefusal(StrEnum):
    """
    Why a decision may not be put off.
    """

    NOT_RUNNING = "NOT_RUNNING"
    """There is no acceptance yet, or there is a decision already."""
    TOO_LONG = "TOO_LONG"
    SECOND = "SECOND"
    OVERDUE = "OVERDUE"
    """The limit of law has passed."""
