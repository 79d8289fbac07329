"""
存量用户: accounts of other systems are taken in, cleaned, matched with those of this node, and merged by their owners.

Nothing is guessed and nothing is overwritten: a row that says something else about a number or a mobile than this node
knows waits for an operator; a row that fits somebody who has an account here waits for him, who says at the next log-in
whether it is his. Every row is a transaction of its own and leaves its mark, so a run that was broken off goes on where
it stopped, and a file that comes twice changes nothing.

Source: 国办函〔2016〕108号 五 (存量用户的迁移、整合).
"""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.hashers import identify_hasher, make_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, policy
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import canonical_json
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import check_resident_id, is_mobile, travel_permit
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import Person, StockAccount
from tongban.support.identity.services.assurance import grant
from tongban.support.identity.services.codes import index_of_mobile
from tongban.support.identity.services.numbers import (
    KnownNumber,
    born_on_of,
    check_id_number,
    index_of_id_number,
)
from tongban.support.identity.services.registration import fresh_login_name, make_account, make_person
from tongban.support.identity.values import (
    AccountKind,
    AssuranceLevel,
    MeansCode,
    Scheme,
    StockOutcome,
    StockProblem,
    StockRepair,
    StockReport,
    StockResult,
    StockRow,
    StockState,
    means,
)

ACCEPTED_HASHES = ("scrypt$", "pbkdf2_sha256$")
"""Django's own forms, slow and salted. Anything else is reset, never converted."""
LONGEST_HASH = 256
LONGEST_KEY = 128
OPEN_TO_CHANGE = frozenset({StockState.DISPUTED, StockState.REFUSED})
"""What nobody has an account by yet: a changed row takes the place of the one that came before."""


class StockDecided(Conflict):
    """
    The account of the other system has been decided about already.
    """

    code = "stock_decided"
    message = _("这个账号已经处理过了")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleaned:
    """
    A row with what could be put right put right; `problem` says what could not.
    """

    number: KnownNumber | None
    name: str
    mobile: str
    level: int
    encoded: str
    repairs: tuple[StockRepair, ...]
    problem: StockProblem | None


def import_stock(
    *,
    rows: Iterable[StockRow],
    source: str,
    scheme: Scheme,
    actor: Actor,
    at: datetime,
    is_dry_run: bool = False,
    tell: Callable[[StockResult], None] = lambda _result: None,
) -> StockReport:
    """
    Take accounts of another system in; each row by itself, in order. Repeating it goes on where it stopped.

    :param source: name of the other system, at most 32 characters; its ids count within it
    :param scheme: in which the rows tell levels
    :param is_dry_run: find out what would happen, and keep nothing
    :param tell: given what became of each row
    :raises NotPermitted: the actor is neither a system administrator nor the node
    """
    permissions.operate.require(actor)
    report = StockReport(source=source, is_dry_run=is_dry_run)

    def take() -> Iterator[StockResult]:
        for row in rows:
            yield _import_row(row, source=source, scheme=scheme, actor=actor, at=at)

    def run() -> None:
        for result in take():
            report.count(result)
            tell(result)

    if not is_dry_run:
        run()
        return report
    with transaction.atomic():
        run()
        transaction.set_rollback(True)
    return report


@business_transaction
def confirm_merge(*, stock_id: uuid.UUID, is_mine: bool, actor: Actor, at: datetime) -> None:
    """
    Say whether an account of another system is one's own. Declining leaves both apart, for good.

    :raises NotAuthenticated: nobody is logged in as a person
    :raises NotFound: it was not asked about
    """
    person_id = policy.require_person(actor)
    held = StockAccount.objects.select_for_update(no_key=True)
    stock = held.filter(id=stock_id, person_id=person_id, state=StockState.PENDING).first()
    if stock is None:
        raise NotFound
    stock.state = StockState.MERGED if is_mine else StockState.DECLINED
    _decide(stock, actor=actor, at=at)
    if is_mine:
        _grant_level(stock, person_id=person_id, actor=actor, at=at)


@business_transaction
def decide_dispute(*, stock_id: uuid.UUID, is_same_person: bool, actor: Actor, at: datetime) -> StockState:
    """
    Decide about an account that says something else than this node knows, after somebody has looked at papers.

    The same person: he is asked at the next log-in, as others are; what this node knows about him stays. Not the same:
    the account is not taken over.

    :raises NotPermitted: the actor is no system administrator
    :raises NotFound: there is no such account
    :raises StockDecided: it was decided about before
    """
    permissions.operate.require(actor)
    stock = StockAccount.objects.select_for_update(no_key=True).filter(id=stock_id).first()
    if stock is None:
        raise NotFound
    if stock.state != StockState.DISPUTED:
        raise StockDecided
    if is_same_person:
        stock.state = StockState.PENDING
    else:
        stock.state, stock.problem = StockState.REFUSED, StockProblem.BY_OPERATOR
    _decide(stock, actor=actor, at=at)
    return StockState(stock.state)


def cleaned(row: StockRow, *, scheme: Scheme, at: datetime) -> Cleaned:
    """
    Return a row with blanks, kinds of letters and old numbers put right, and what was done to it.
    """
    repairs: list[StockRepair] = []
    number, problem = _clean_number(row, repairs, at=at)
    name = rules.normal_name(row.name)
    if name != row.name:
        repairs.append(StockRepair.NAME_TRIMMED)
    mobile = _clean_mobile(row, repairs)
    step = scheme.step(row.level.strip())
    highest = means()[MeansCode.STOCK_ACCOUNT].level
    if step is not None and step.level > highest:
        repairs.append(StockRepair.LEVEL_CAPPED)
    if not row.key.strip():
        problem = StockProblem.KEY_MISSING
    elif not rules.is_name(name):
        problem = StockProblem.NAME_MISSING
    return Cleaned(
        number=number,
        name=name,
        mobile=mobile,
        level=min(step.level if step else 0, highest),
        encoded=_clean_password(row, repairs),
        repairs=tuple(repairs),
        problem=problem,
    )


def _clean_number(
    row: StockRow, repairs: list[StockRepair], *, at: datetime
) -> tuple[KnownNumber | None, StockProblem | None]:
    plain = rules.normal_id_number(row.id_number)
    check = check_resident_id(plain, on=civil_date(at))
    if check.is_legacy and check.is_valid:
        plain = check.number
        repairs.append(StockRepair.NUMBER_FROM_15_DIGITS)
    elif plain != row.id_number:
        repairs.append(StockRepair.NUMBER_TRIMMED)
    try:
        number = check_id_number(plain, on=civil_date(at), born_on=born_on_of(row.born_on, number=plain))
    except InvalidInput as error:
        return None, StockProblem.BIRTH_WRONG if "born_on" in error.fields else StockProblem.NUMBER_WRONG
    if rules.needs_guardian(born_on=number.born_on, on=civil_date(at)):
        return number, StockProblem.GUARDIAN_NEEDED
    return number, None


def _clean_mobile(row: StockRow, repairs: list[StockRepair]) -> str:
    if not row.mobile.strip():
        return ""
    plain = rules.normal_mobile(row.mobile)
    if not is_mobile(plain):
        repairs.append(StockRepair.MOBILE_DROPPED)
        return ""
    if plain != row.mobile:
        repairs.append(StockRepair.MOBILE_TRIMMED)
    return plain


def _clean_password(row: StockRow, repairs: list[StockRepair]) -> str:
    if not row.password:
        return ""
    if row.password.startswith(ACCEPTED_HASHES) and len(row.password) <= LONGEST_HASH:
        try:
            identify_hasher(row.password).decode(row.password)
        except (ValueError, TypeError, KeyError, AssertionError):
            pass
        else:
            return row.password
    repairs.append(StockRepair.PASSWORD_DROPPED)
    return ""


@business_transaction
def _import_row(row: StockRow, *, source: str, scheme: Scheme, actor: Actor, at: datetime) -> StockResult:
    key = row.key.strip()[:LONGEST_KEY]
    key_index = index_of_key(source=source, key=key)
    digest = _digest(row)
    before = StockAccount.objects.filter(source=source, key_index=key_index).first() if key else None
    if before is not None and (before.digest == digest or before.state not in OPEN_TO_CHANGE):
        return StockResult(
            line=row.line,
            outcome=StockOutcome.UNCHANGED,
            state=StockState(before.state),
            problem=before.problem,
        )
    if before is not None:
        # The other system has put right what could not be taken over as it was.
        before.delete()
    clean = cleaned(row, scheme=scheme, at=at)
    stock = StockAccount(
        source=source,
        key=key,
        key_index=key_index,
        digest=digest,
        level=clean.level,
        imported_at=at,
        state=StockState.REFUSED,
        problem=clean.problem or "",
    )
    if clean.problem is None and clean.number is not None:
        clean = _match(stock, clean, number=clean.number, source=source, actor=actor, at=at)
    stock.repairs = [repair.value for repair in clean.repairs]
    if key:
        stock.save(force_insert=True)
    if stock.state == StockState.OPENED and stock.person_id is not None:
        _grant_level(stock, person_id=stock.person_id, actor=actor, at=at)
    return StockResult(
        line=row.line,
        outcome=StockOutcome.NEW,
        state=StockState(stock.state),
        problem=stock.problem,
        repairs=tuple(stock.repairs),
    )


def _match(
    stock: StockAccount,
    clean: Cleaned,
    *,
    number: KnownNumber,
    source: str,
    actor: Actor,
    at: datetime,
) -> Cleaned:
    """
    Find whose it is, and say in `stock` what becomes of it.
    """
    stock.id_number, stock.name, stock.mobile = number.number, clean.name, clean.mobile or None
    person = Person.objects.locked().filter(id_number_index=index_of_id_number(number.number)).first()
    if person is None:
        return _open(stock, clean, number=number, actor=actor, at=at)
    stock.person = person
    if person.name != clean.name:
        stock.state, stock.problem = StockState.DISPUTED, StockProblem.NAME_DIFFERS
        return clean
    repairs = list(clean.repairs)
    if clean.mobile and person.mobile and rules.normal_mobile(person.mobile) != clean.mobile:
        repairs.append(StockRepair.MOBILE_OF_ACCOUNT_KEPT)
    first = StockAccount.objects.filter(person=person, source=source, state=StockState.OPENED).exists()
    if first and person.account is not None and person.account.last_login_at is None:
        # Two accounts of one person at the other system, none of them used here yet: there is nobody to ask.
        repairs.append(StockRepair.DUPLICATE_IN_SOURCE)
        stock.state = StockState.MERGED
    else:
        stock.state = StockState.PENDING
    return replace(clean, repairs=tuple(repairs))


def _open(stock: StockAccount, clean: Cleaned, *, number: KnownNumber, actor: Actor, at: datetime) -> Cleaned:
    """
    Open an account for somebody nobody here knows; the mobile must not be another one's.
    """
    if clean.mobile:
        owner = Person.objects.filter(
            mobile_index=index_of_mobile(clean.mobile), account__isnull=False
        ).first()
        if owner is not None:
            stock.person = owner
            stock.state, stock.problem = StockState.DISPUTED, StockProblem.MOBILE_OF_ANOTHER
            return clean
    encoded = clean.encoded or make_password(None)
    try:
        with transaction.atomic():
            account = make_account(
                kind=AccountKind.PERSON, login_name=fresh_login_name(), encoded=encoded, at=at
            )
            stock.person = make_person(
                number=number,
                name=clean.name,
                mobile=clean.mobile or None,
                level=AssuranceLevel.ANONYMOUS,
                account=account,
                at=at,
                actor=actor,
            )
    except IntegrityError:  # somebody registered with this number or mobile a moment ago
        stock.state, stock.problem = StockState.DISPUTED, StockProblem.MOBILE_OF_ANOTHER
        return clean
    stock.state = StockState.OPENED
    audit.record(
        action="identity.stock.open",
        actor=actor,
        subject=str(stock.person.id),
        at=at,
        source=stock.source,
    )
    return clean


def _grant_level(stock: StockAccount, *, person_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    if stock.level:
        grant(
            person_id=person_id,
            means_code=MeansCode.STOCK_ACCOUNT,
            evidence_digest=stock.digest,
            actor=actor,
            at=at,
            level=stock.level,
        )


def _decide(stock: StockAccount, *, actor: Actor, at: datetime) -> None:
    stock.decided_at, stock.decided_by = at, actor.id
    stock.save(update_fields=["state", "problem", "decided_at", "decided_by"])
    audit.record(
        action=f"identity.stock.{stock.state.lower()}",
        actor=actor,
        subject=str(stock.id),
        at=at,
        source=stock.source,
    )


def index_of_key(*, source: str, key: str) -> bytes:
    """
    Return the blind index by which an account of another system is found.
    """
    return crypto.blind_index("identity.stock", f"{source}\n{key}")


def _digest(row: StockRow) -> str:
    facts = {
        "key": row.key,
        "id_number": row.id_number,
        "name": row.name,
        "mobile": row.mobile,
        "level": row.level,
    }
    if row.born_on and travel_permit(rules.normal_id_number(row.id_number)):
        facts["born_on"] = row.born_on
    return crypto.blind_index("identity.stock.row", canonical_json(facts).decode()).hex()
