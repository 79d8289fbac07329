"""
Jobs of the exchange.
"""

from datetime import timedelta

from django.conf import settings

from tongban.foundation import clock, jobs
from tongban.foundation.actors import system_actor
from tongban.resources.exchange import services
from tongban.resources.exchange.services import alarming, liveness, nodes_rounds

ACTOR = system_actor("exchange")


@jobs.periodic("exchange.look_after_nodes", cron="* * * * *")
def look_after_nodes() -> None:
    """
    Fetch trust lists and the answer of the node above, and go on with a change of keys.
    """
    nodes_rounds.look_after_nodes(at=clock.now())


@jobs.periodic("exchange.reconcile", cron="20 17 * * *")
def reconcile() -> None:
    """
    Compare every stream with what its receivers have, at 01:20 in China.
    """
    services.reconcile(actor=ACTOR, at=clock.now())


@jobs.periodic("exchange.prune", cron="40 17 * * *")
def prune() -> None:
    """
    Let go of old months that everybody has, and of questions long answered, at 01:40 in China.
    """
    services.forget_questions(at=clock.now())
    services.prune(at=clock.now(), keep=timedelta(days=settings.TONGBAN_EXCHANGE.keep_days))


@jobs.periodic("exchange.raise_alarms", cron="* * * * *")
def raise_alarms() -> None:
    """
    Tell operators of streams that have got stuck, or on which the two ends differ.
    """
    alarming.raise_alarms(actor=ACTOR, at=clock.now())


@jobs.periodic("exchange.tell_liveness", cron="* * * * *")
def tell_liveness() -> None:
    """
    Tell the node above how this one stands, where that has changed.
    """
    liveness.tell_liveness(actor=ACTOR, at=clock.now())
