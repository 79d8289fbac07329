"""
Where a member of staff or a system works: an agency and a division that the registers hold.
"""

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotFound, Text
from tongban.resources.registers import selectors as registers


def require_known_place(*, agency_code: str, division_code: str, actor: Actor) -> None:
    """
    Refuse an agency or a division that the registers do not hold; empty ones are none at all. Two queries at most.

    :raises InvalidInput: names which of them is unknown
    """
    wrong: dict[str, Text] = {}
    if agency_code:
        try:
            registers.agency_by_code(code=agency_code, actor=actor)
        except NotFound:
            wrong["agency"] = _("机构库里没有这个编码")
    if division_code and not registers.known_division_codes(codes=[division_code], actor=actor):
        wrong["division"] = _("区划库里没有这个代码")
    if wrong:
        raise InvalidInput(fields=wrong)
