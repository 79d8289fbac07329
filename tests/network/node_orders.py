"""
What a process beside a node is told to do about other nodes.
"""

from typing import Any

from django.conf import settings
from django.db import transaction

from tongban.foundation import clock
from tongban.foundation.actors import system_actor
from tongban.resources.caselibrary.values.contents import RatingContent
from tongban.resources.exchange import services
from tongban.resources.exchange.services import nodes
from tongban.resources.exchange.values import Operation

ACTOR = system_actor("tests")


def publish(key: str, dataset: str = "caselibrary.rating") -> dict[str, Any]:
    """
    Publish an entry upward; whether anybody is to receive it.
    """
    at = clock.now()
    content = RatingContent(
        node=settings.TONGBAN_NODE.division_code,
        system="tongban",
        number=key,
        part="1",
        satisfaction=5,
        rated_at=at,
    )
    with transaction.atomic():
        is_written = services.publish(
            dataset=dataset, key=key, operation=Operation.INSERT, content=content, at=at
        )
    return {"is_written": is_written}


def suspend(code: str) -> dict[str, Any]:
    """
    Suspend a node below; its state.
    """
    return {"state": nodes.suspend(code=code, reason="演练", actor=ACTOR, at=clock.now()).state.value}


def resume(code: str) -> dict[str, Any]:
    """
    Resume it; its state.
    """
    return {"state": nodes.resume(code=code, actor=ACTOR, at=clock.now()).state.value}
