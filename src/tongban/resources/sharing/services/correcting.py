"""
Data that changed: answers kept before they were loaded anew, or put right, are not given again.
"""

from django.db import transaction
from django.db.models import F

from tongban.resources.registers.events import CorrectionReceived, RecordCorrected, RecordsChanged
from tongban.resources.sharing.models import DataService
from tongban.resources.sharing.values import ServiceKind


@transaction.atomic
def forget_answers(fact: RecordCorrected | RecordsChanged | CorrectionReceived) -> int:
    """
    Forget what was kept of a register in which something has changed, here and by services composed of it.

    What the parent answers may come of any of its registers: all of that is forgotten. Return how many services.
    """
    kept = DataService.objects.filter(cache_seconds__gt=0)
    of_register = list(
        DataService.objects.filter(kind=ServiceKind.QUERY, definition__register=fact.register).values_list(
            "code", flat=True
        )
    )
    composed = [
        code
        for code, definition in kept.filter(kind=ServiceKind.ORCHESTRATED).values_list("code", "definition")
        if not {step["call"] for step in definition["steps"]}.isdisjoint(of_register)
    ]
    found = kept.filter(code__in=[*of_register, *composed])
    if isinstance(fact, CorrectionReceived):
        found |= kept.filter(kind=ServiceKind.PARENT)
    return found.update(corrections=F("corrections") + 1)
