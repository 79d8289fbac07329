"""
Finding a record by what it is known by, without reading any.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput
from tongban.resources.registers import rules
from tongban.resources.registers.models import Record, RecordAlias
from tongban.resources.registers.models.indexes import alias_index, key_index
from tongban.resources.registers.values import Definition


def find_record(register: Definition, key: str, *, at: datetime) -> Record | None:
    """
    Return the record with this key, or with a number of before that belongs to one only; None where there is none.

    :param key: as asked; cleaned as the register writes it
    :raises InvalidInput: it cannot be a key of this register
    """
    rule = register.field(register.key)
    assert rule is not None  # noqa: S101 -- every definition has its key
    cleaned = rules.clean_value(rule, key, on=civil_date(at))
    if cleaned:
        return Record.objects.filter(
            register=register.code, key_index=key_index(register.code, cleaned)
        ).first()
    wanted = rules.aliases_of(register, {}, key_given=key.strip().upper())
    for kind, text in wanted.items():
        if kind.is_sure:
            found = RecordAlias.objects.select_related("record").filter(
                kind=kind, alias_index=alias_index(register.code, kind, text)
            )[:2]
            return found[0].record if len(found) == 1 else None
    raise InvalidInput(fields={"key": _("不是这个基础库的主键")})
