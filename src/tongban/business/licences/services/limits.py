"""
How often anybody may ask for a licence that is not known to be his: page and interface count together.
"""

from datetime import datetime, timedelta
from typing import Final

from tongban.foundation.actors import Actor, ActorKind
from tongban.support.identity import services as identity

TRIES: Final = 60
WINDOW: Final = timedelta(minutes=10)


def count_verification(*, address: str | None, actor: Actor, at: datetime) -> None:
    """
    Count one verification. Systems that were let in are known and not counted: verifying is their work.

    :param address: where the question came from
    :raises TooManyRequests: `TRIES` were made from there within `WINDOW`
    """
    if actor.kind is not ActorKind.CLIENT:
        identity.hit_limit(f"verify:{address}", limit=TRIES, window=WINDOW, at=at)
