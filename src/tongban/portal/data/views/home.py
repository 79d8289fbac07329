"""
概览: what waits for somebody in the room, a card for each thing; each app says its own.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.portal.data.views import datasets, docking, exchange, library, movein, nodes, registers, sharing
from tongban.portal.data.views.frame import Card, data_page, staff

CARDS: Final[tuple[Callable[[Actor, datetime], Card | None], ...]] = (
    datasets.card,
    registers.card,
    exchange.card,
    nodes.card,
    library.card,
    docking.card,
    movein.card,
    sharing.card,
)
"""One function for each app: (who looks, now) -> its card; None where it is nothing to him. Asks its own selector."""


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show what there is to do here, and how everything is.
    """
    actor, at = staff(request), clock.now()
    cards = [card for make in CARDS if (card := make(actor, at)) is not None]
    return data_page(request, "data/home.html", {"cards": cards}, actor=actor, current="home")
