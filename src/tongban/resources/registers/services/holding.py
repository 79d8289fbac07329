"""
What the base registers mean for personal data, and how their indexes follow from their rows.
"""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import holdings, rotation
from tongban.foundation.holdings import Holding
from tongban.resources.registers import ports, rules
from tongban.resources.registers.models import DisputeCase, Record, RecordAlias
from tongban.resources.registers.models.indexes import alias_index, key_index
from tongban.resources.registers.values import AliasKind, RegisterCode, definition


def declare() -> None:
    """
    Declare both.
    """
    rotation.index_by("registers.Record", "key_index", _index_of_record)
    rotation.index_by("registers.RecordAlias", "alias_index", _index_of_alias)
    holdings.hold(
        Holding(
            code="registers.records",
            title=_("基础信息"),
            purpose=_("供政务部门核验您提供的信息，免交证明。"),
            ground="个人信息保护法-13",
            models=(
                "registers.Record",
                "registers.RecordAlias",
                "registers.RecordVersion",
                "registers.Difference",
                "registers.WaitingRow",
            ),
            term=_("随数源单位"),
            keeps_why=_("数源单位依法登记的信息，不因注销账号而删除；有误可以申请校核"),
            keeps_clause="个人信息保护法-13",
            exporter=_records,
            counter=lambda person_id: len(_records(person_id)),
            order=310,
        )
    )
    holdings.hold(
        Holding(
            code="registers.disputes",
            title=_("疑义校核申请"),
            purpose=_("核对并更正有误的基础信息，把结果告诉您。"),
            ground="个人信息保护法-13",
            models=("registers.DisputeCase",),
            term=_("长期"),
            keeps_why=_("更正依据，须可追溯"),
            keeps_clause="个人信息保护法-13",
            exporter=_disputes,
            counter=lambda person_id: DisputeCase.objects.filter(filer_person_id=person_id).count(),
            order=311,
        )
    )


def _index_of_record(record: Record) -> bytes:
    register = definition(RegisterCode(record.register))
    return key_index(register.code, record.fields[register.key])


def _index_of_alias(alias: RecordAlias) -> bytes:
    register = definition(RegisterCode(alias.record.register))
    text = rules.aliases_of(register, alias.record.fields).get(AliasKind(alias.kind))
    if text is None:
        raise rotation.CannotFollow
    return alias_index(register.code, AliasKind(alias.kind), text)


def _records(person_id: UUID) -> list[dict[str, Any]]:
    number = ports.people().number_of(person_id)
    if not number:
        return []
    register = definition(RegisterCode.POPULATION)
    record = Record.objects.filter(register=register.code, key_index=key_index(register.code, number)).first()
    if record is None:
        return []
    return [{str(rule.title): record.fields.get(rule.name, "") for rule in register.fields}]


def _disputes(person_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "校核编号": dispute.number,
            "信息项": dispute.field,
            "疑义说明": dispute.words,
            "建议值": dispute.proposed,
            "提出时间": dispute.filed_at,
            "校核状态": str(dispute.get_state_display()),
            "答复": dispute.answer,
        }
        for dispute in DisputeCase.objects.filter(filer_person_id=person_id).order_by("filed_at")
    ]
