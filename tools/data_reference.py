"""
Pages of what nodes exchange and of the data that the code itself declares; made by `tools.generate_reference`.
"""

from typing import Any

from tools import message_shapes as shapes
from tools.markdown import head, table, words_table

WAYS = {"UP": "up", "DOWN": "down", "ADDRESSED": "to the node it names"}


def messages_page() -> str:
    """
    Return every contract of the exchange with the shape of its contents, and what is around a content on the line.
    """
    from tongban.resources.exchange import ports  # noqa: PLC0415 - needs Django
    from tongban.resources.exchange.values import wire  # noqa: PLC0415 - as above

    contracts = list(ports.contracts())
    intro = (
        "What nodes exchange: each contract with its direction and the shape of what an entry holds, as JSON. An entry "
        "whose content is not of this shape is refused, its neighbours are not, and its sender is told "
        "([Delivery between nodes](../explanation/delivery.md)). Dates and moments are RFC 3339, bytes are "
        "Base64. A contract with a snapshot tells nodes that join late how everything stands; a sweep then removes "
        "what it no longer names."
    )
    columns = ("Contract", "Title", "Direction", "Passed on", "Snapshot", "Sweep", "Version", "Content")
    rows = [
        (
            f"`{each.code}`",
            str(each.title),
            WAYS[each.direction.value],
            said(each.is_passed_on),
            said(each.snapshot),
            said(each.sweep),
            str(each.version),
            shapes.link(each.shape),
        )
        for each in contracts
    ]
    around = (
        "The body of a batch is MessagePack, an array of lines; headers and answers are JSON. All of it is sealed and "
        "signed (SM2, SM4-GCM): `resources/exchange/values/wire.py` says where which part lies."
    )
    return (
        "\n\n".join(
            [
                head("Messages between nodes", intro),
                f"## Contracts\n\n{table(columns, rows)}",
                "## Contents",
                *shapes.sections(each.shape for each in contracts),
                f"## Around a content\n\n{around}",
                *shapes.sections((wire.Header, wire.BatchHeader, wire.Line, wire.Answer)),
            ]
        )
        + "\n"
    )


def datasets_page() -> str:
    """
    Return the base registers with their fields and sources, the metadata of the catalogue, and its vocabularies.
    """
    from tongban.resources.datasets import values as catalogue  # noqa: PLC0415 - needs Django
    from tongban.resources.registers.values import definitions as registers  # noqa: PLC0415 - as above

    intro = (
        "The datasets that the code declares: the base registers, field by field with the agency whose word holds, and "
        "what the catalogue says of any dataset. Which other datasets there are is data of a node: its catalogue "
        "([how-to](../how-to/catalogue-data.md), [Base registers](../explanation/base-registers.md))."
    )
    vocabularies = (
        ("Class", catalogue.DatasetClass),
        ("Sharing", catalogue.Sharing),
        ("Openness", catalogue.Openness),
        ("Mode", catalogue.Mode),
        ("Update cycle", catalogue.Cycle),
        ("Format", catalogue.Format),
        ("Field type", catalogue.FieldType),
        ("Level", catalogue.CatalogueLevel),
        ("State", catalogue.DatasetState),
        ("State of a version", catalogue.DatasetVersionState),
        ("Reason of a duty", catalogue.DutyReason),
        ("User", catalogue.UserKind),
        ("Fault", catalogue.Fault),
    )
    metadata = (
        "核心元数据 of 发改高技〔2017〕1272号, as JSON in the catalogue and between nodes (`datasets.catalogue`, see "
        "[messages](messages.md))."
    )
    return (
        "\n\n".join(
            [
                head("Datasets", intro),
                "## Base registers",
                *(register_section(each) for each in registers.DEFINITIONS.values()),
                f"### Sources\n\n{words_table('Source', registers.SourceRole)}",
                f"### Forms\n\n{words_table('Form', registers.FieldForm)}",
                f"## Metadata of a dataset\n\n{metadata}",
                *shapes.sections((catalogue.Definition,)),
                "## Words of the catalogue",
                *(f"### {title}\n\n{words_table('Code', words)}" for title, words in vocabularies),
            ]
        )
        + "\n"
    )


def register_section(register: Any) -> str:
    """
    Return a base register with its fields.
    """
    columns = ("Field", "Title", "Form", "Longest", "Source", "Required", "Personal", "Identifying")
    rows = [
        (
            f"`{rule.name}`",
            str(rule.title),
            f"`{rule.form.value}`",
            str(rule.longest),
            f"`{rule.source.value}` {rule.source.label}",
            said(rule.is_required),
            said(rule.is_personal),
            said(rule.is_identifying),
        )
        for rule in register.fields
    ]
    about = f" It is about whom `{register.about}` names." if register.about else ""
    facts = (
        f"Dataset `{register.dataset_code}` of the catalogue, class {register.dataset_code[0]}. "
        f"A record is known by `{register.key}`.{about}"
    )
    return f"### {register.title} ({register.code.value})\n\n{facts}\n\n{table(columns, rows)}"


def said(value: object) -> str:
    """
    Return "yes", or nothing.
    """
    return "yes" if value else ""
