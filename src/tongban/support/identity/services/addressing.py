"""
Meaning somebody else: by name with ID number or mobile, as typed.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from tongban.foundation.codes import is_mobile, mask_id, mask_mobile, mask_name, travel_permit
from tongban.foundation.errors import InvalidInput, Text
from tongban.support.identity import rules
from tongban.support.identity.selectors.addresses import index_of_name
from tongban.support.identity.services.codes import index_of_mobile
from tongban.support.identity.services.numbers import index_of_id_number, read_id_number

MOBILE_DIGITS = 11


@dataclass(frozen=True, kw_only=True, slots=True)
class Addressee:
    """
    Who is meant, whether this node knows him or not.
    """

    name: str
    name_masked: str
    number: str
    """ID number or mobile, as it is compared."""
    number_masked: str
    index: bytes
    """Blind index of the ID number or the mobile."""
    name_index: bytes

    def __repr__(self) -> str:
        return f"Addressee({self.name_masked}, {self.number_masked})"


def addressee(*, name: str, number: str, on: date) -> Addressee:
    """
    Return who is meant by a name and an ID number or mobile. Nothing is looked up.

    :param on: today
    :raises InvalidInput: names the field `name` or `number` and what is wrong
    """
    wrong: dict[str, Text] = {}
    plain_name = rules.normal_name(name)
    if not rules.is_name(plain_name):
        wrong["name"] = _("请填写身份证件上的姓名")
    index, masked, plain = b"", "", ""
    mobile, plain_number = rules.normal_mobile(number), rules.normal_id_number(number)
    if is_mobile(mobile):
        index, masked, plain = index_of_mobile(mobile), mask_mobile(mobile), mobile
    elif travel_permit(plain_number) is None and len(plain_number) <= MOBILE_DIGITS:
        wrong["number"] = _("请填写证件号码或 11 位手机号码")
    else:
        try:
            known = read_id_number(number, on=on)
        except InvalidInput as error:
            wrong["number"] = error.fields["id_number"]
        else:
            index, masked = index_of_id_number(known.number), mask_id(known.number)
            plain = known.number
    if wrong:
        raise InvalidInput(fields=wrong)
    return Addressee(
        name=plain_name,
        name_masked=mask_name(plain_name),
        number=plain,
        number_masked=masked,
        index=index,
        name_index=index_of_name(plain_name),
    )
