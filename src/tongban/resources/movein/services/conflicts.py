"""
Where both platforms say something of the same: found, settled by the mapping's rule or held for somebody, decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, NotFound
from tongban.resources.caselibrary.values import CaseContent
from tongban.resources.movein import permissions
from tongban.resources.movein.models import MoveConflict, OldPlatform
from tongban.resources.movein.rules.settling import Written, matter_of, rule_of
from tongban.resources.movein.values import ConflictRules, Matter, Rule

LONGEST_ITEM: Final = 100


class AlreadyDecided(Conflict):
    """
    Somebody, or a rule, has decided it.
    """

    code = "conflict_decided"


@dataclass(kw_only=True, slots=True)
class Meetings:
    """
    Cases of an old platform held against ours.
    """

    platform: OldPlatform
    rules: ConflictRules
    at: datetime
    held: int = 0
    """Cases that wait for a decision."""

    def allowed(self, cases: Sequence[tuple[Any, str, CaseContent]]) -> list[tuple[Any, CaseContent]]:
        """
        Return the cases that are taken; note conflicts of the others. Three queries where there are none.

        :param cases: key in the old platform, old code of the item, the case
        """
        numbers = [case.number for _key, _item, case in cases]
        cut_over = dict(self.platform.items.values_list("old_code", "cut_over_on"))
        written = {
            row.case_number: Written(state=row.state)
            for row in self.platform.written.filter(case_number__in=numbers).exclude(state="")
        }
        known: dict[tuple[str, str], list[MoveConflict]] = {}
        for row in self.platform.conflicts.filter(case_number__in=numbers).order_by("id"):
            known.setdefault((row.matter, row.case_number), []).append(row)
        allowed = []
        for key, item, case in cases:
            mine = written.get(case.number)
            matter = matter_of(case, cut_over_on=cut_over.get(item), written=mine)
            if matter is None:
                if mine is None:
                    allowed.append((key, case))
                continue
            before = known.get((matter.value, case.number), [])
            believed = self._settled(matter, case, before, key=key, item=item, mine=mine)
            self.held += believed is None
            if believed is Rule.OLD and matter is Matter.LATE_CASE:
                allowed.append((key, case))
        return allowed

    def _settled(
        self,
        matter: Matter,
        case: CaseContent,
        before: Sequence[MoveConflict],
        *,
        key: Any,
        item: str,
        mine: Written | None,
    ) -> Rule | None:
        """
        Return who is believed; None: it waits for somebody.
        """
        # A late case is one matter for good; a case of ours is another matter with every state it is given there.
        same = [row for row in before if matter is Matter.LATE_CASE or row.old_state == case.state]
        if same:
            return Rule(same[-1].decision) if same[-1].decision else None
        rule = rule_of(matter, self.rules)
        decision = "" if rule is Rule.HOLD else rule.value
        MoveConflict.objects.create(
            platform=self.platform,
            matter=matter,
            case_number=case.number,
            case_key=str(key),
            old_item=item[:LONGEST_ITEM],
            old_state=case.state,
            our_state=mine.state if mine else "",
            found_at=self.at,
            rule=rule,
            decision=decision,
            decided_at=self.at if decision else None,
        )
        if matter is Matter.OWN_CASE and rule is Rule.OURS:
            write_again(self.platform, case.number)
        return None if rule is Rule.HOLD else rule


def write_again(platform: OldPlatform, number: str) -> None:
    """
    Let a case of ours be written into the old platform once more.
    """
    platform.written.filter(case_number=number).update(written_at=None)


@business_transaction
def note_decision(*, conflict_id: int, decision: Rule, actor: Actor, at: datetime) -> MoveConflict:
    """
    Write down who is believed.

    :raises NotFound: there is no such conflict
    :raises AlreadyDecided: it is decided
    """
    permissions.decide_conflicts.require(actor)
    row = MoveConflict.objects.select_for_update(of=("self",)).filter(pk=conflict_id).first()
    if row is None:
        raise NotFound(conflict=conflict_id)
    if row.decision:
        raise AlreadyDecided
    row.decision, row.decided_at, row.decided_by = decision.value, at, actor.name
    row.save()
    if row.matter == Matter.OWN_CASE and decision is Rule.OURS:
        write_again(row.platform, row.case_number)
    audit.record(
        action="movein.conflict.decide",
        actor=actor,
        subject=row.platform_id,
        at=at,
        case_number=row.case_number,
        decision=decision.value,
    )
    return row
