"""
A card reader that answers by HTTP: the one of the simulator, and readers whose driver does the same.

A real reader (GA 450) is reached through the driver of its maker, behind the same port.
"""

from dataclasses import dataclass, field
from datetime import datetime

from tongban.support.identity.adapters.http_authority import HttpAuthorities, NoAnswer
from tongban.support.identity.values import Card

LONGEST = 64


@dataclass(frozen=True, kw_only=True)
class HttpCardReader:
    """
    The readers of a hall, one for each desk.
    """

    link: HttpAuthorities = field(repr=False)
    """Signs and sends."""

    def read(self, *, desk: str, at: datetime) -> Card | None:
        """
        Return what stands on the card that lies on the reader of a desk.
        """
        try:
            answer = self.link.post("/card-reader/read", {"desk": desk}, at=at)
        except NoAnswer:
            return None
        card = answer.get("card")
        if not isinstance(card, dict):
            return None
        names = ("id_number", "name", "valid_until", "born_on")
        texts = {name: str(card.get(name) or "")[:LONGEST] for name in names}
        return Card(**texts) if texts["id_number"] and texts["name"] else None
