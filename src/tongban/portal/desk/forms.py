"""
What was typed on the desk, read field by field.
"""

from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from tongban.foundation.clock import CHINA
from tongban.foundation.errors import InvalidInput, Text

MOST_DIGITS: Final = 7
MOST_FEN: Final = 10**15
MOST_MILLIMETRES: Final = 2000
LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=CHINA)
"""Stands for a day that was not told; the form is refused anyhow."""


class Typed:
    """
    What was typed, read field by field; all that is malformed is told at once.
    """

    def __init__(self, typed: QueryDict) -> None:
        """
        Keep what was typed.
        """
        self.typed = typed
        self.faults: dict[str, Text] = {}

    def text(self, name: str) -> str:
        """
        Return the text of a field without blanks around it.
        """
        return self.typed.get(name, "").strip()

    def word(self, name: str, words: list[str], fault: Text) -> str:
        """
        Return one of the words.
        """
        given = self.text(name)
        if given not in words:
            self.faults[name] = fault
        return given

    def number(self, name: str) -> int | None:
        """
        Return a whole number; None: the field is empty.
        """
        given = self.text(name)
        if given and not (given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS):
            self.faults[name] = _("请填写整数")
            return None
        return int(given) if given else None

    def fen(self, name: str) -> int | None:
        """
        Return an amount of yuan in fen; None: the field is empty.
        """
        given = self.text(name)
        try:
            amount = Decimal(given) * 100 if given else None
        except InvalidOperation:
            amount = Decimal("NaN")
        if amount is None:
            return None
        if not amount.is_finite() or amount != int(amount) or not 0 < amount < MOST_FEN:
            self.faults[name] = _("请填写金额，最多两位小数")
            return None
        return int(amount)

    def codes(self, name: str) -> tuple[str, ...] | None:
        """
        Return the codes in a field, parted by blanks or commas; None: the field is empty, anything goes.
        """
        given = self.text(name).replace("，", " ").replace(",", " ").replace("、", " ").split()
        return tuple(given) or None

    def day(self, name: str) -> datetime:
        """
        Return the beginning of a day in China.
        """
        try:
            day = parse_date(self.text(name))
        except ValueError:
            day = None
        if day is None:
            self.faults[name] = _("请填写日期")
            return LONG_AGO
        return datetime.combine(day, time.min, tzinfo=CHINA)

    def account(self, name: str) -> UUID | None:
        """
        Return the id of an account; None: nobody was chosen, which the service tells.
        """
        try:
            return UUID(self.text(name))
        except ValueError:
            return None

    def millimetres(self, name: str) -> float:
        """
        Return a length in millimetres.
        """
        try:
            length = float(self.text(name))
        except ValueError:
            length = -1.0
        if not 0 <= length <= MOST_MILLIMETRES:
            self.faults[name] = _("请填写 0 至 2000 的毫米数")
            return 0.0
        return length

    def refuse_faults(self) -> None:
        """
        Refuse if anything was malformed.

        :raises InvalidInput: names each field
        """
        if self.faults:
            raise InvalidInput(fields=self.faults)
