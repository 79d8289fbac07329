"""
What this node says of a seal: whether it is one of its own, in which state, and whether a signature was written down.
"""

from datetime import datetime

from tongban.foundation.canonical import sm3_hex
from tongban.support.federation import ports as federation
from tongban.support.seals.models import Seal, SealUse
from tongban.support.seals.permissions import SealNotFound
from tongban.support.seals.rules.structures import read_seal
from tongban.support.seals.values import SealAsked, SealState, SealStateAnswer, SealTold, Standing

LONGEST_CODE = 13
STANDINGS = {
    SealState.IN_USE: Standing.IN_USE,
    SealState.SUSPENDED: Standing.SUSPENDED,
    SealState.EXPIRED: Standing.EXPIRED,
    SealState.REPLACED: Standing.REPLACED,
    SealState.DESTROYED: Standing.DESTROYED,
}


def state_of(*, code: str, at: datetime, version: int | None = None) -> SealStateAnswer:
    """
    Return the state of a seal: anybody may ask who holds a document it was put on. One query.

    A seal that nobody has handed out yet is not known to the public.

    :param code: 印章编码
    :param at: now
    :param version: None: the newest that was handed out
    :raises SealNotFound: there is no such seal
    """
    seals = Seal.objects.filter(code=code, state__in=list(STANDINGS), content__isnull=False)
    if version is not None:
        seals = seals.filter(version=version)
    seal = seals.order_by("-version").defer("content", "picture").first()
    if seal is None:
        raise SealNotFound
    return SealStateAnswer(
        code=seal.code,
        version=seal.version,
        name=seal.name,
        agency_code=seal.agency_code,
        agency_name=seal.agency_name,
        state=SealState(seal.state),
        changed_at=seal.state_changed_at,
        suspension=seal.suspension if seal.state == SealState.SUSPENDED else "",
        valid_from=seal.valid_from,
        valid_until=seal.valid_until,
        checked_at=at,
    )


def neighbours() -> tuple[tuple[str, str], ...]:
    """
    Return the other nodes that a seal can be shared with: code and name. At most one query.
    """
    return tuple((node.code, node.title) for node in federation.askable().nodes)


def told_of(asked: SealAsked) -> SealTold:
    """
    Return what this node says of a signature or a seal; the same to its own people and to other nodes.

    At most two queries. Of a seal of the same code whose facts differ it knows nothing: a code can be written by
    anybody.
    """
    if not asked.code:
        return _told_without_seal(asked)
    if "\0" in asked.code or len(asked.code) > LONGEST_CODE:
        return SealTold()
    made = Seal.objects.filter(code=asked.code, content__isnull=False).values_list("state", "content")
    known = [(SealState(state), bytes(content or b"")) for state, content in made]
    state = next((state for state, content in known if sm3_hex(content) == asked.seal), None)
    if state is None:
        # The maker signs the facts alone, not its own certificate, which a forger may have changed.
        is_ours = any(sm3_hex(read_seal(content).signed_part) == asked.facts for _state, content in known)
        return SealTold(standing=Standing.ALTERED if is_ours else Standing.UNKNOWN)
    if asked.value and not SealUse.objects.filter(value_digest=asked.value, home_node="").exists():
        return SealTold(standing=Standing.UNRECORDED)
    return SealTold(standing=STANDINGS.get(state, Standing.UNKNOWN))


def _told_without_seal(asked: SealAsked) -> SealTold:
    """
    Return what is written down of a signature without a seal in it.
    """
    use = SealUse.objects.filter(value_digest=asked.value, seal_version__isnull=False, home_node="").first()
    if use is None or not asked.value:
        is_ours = (
            bool(asked.serial)
            and SealUse.objects.filter(certificate_serial=asked.serial, home_node="").exists()
        )
        return SealTold(standing=Standing.UNRECORDED if is_ours else Standing.UNKNOWN)
    seals = Seal.objects.filter(code=use.seal_id, version=use.seal_version or 0)
    seal = seals.defer("content", "picture").first()
    if seal is None:
        return SealTold()
    return SealTold(
        standing=STANDINGS.get(SealState(seal.state), Standing.UNKNOWN),
        seal_code=seal.code,
        seal_name=seal.name,
        valid_from=seal.valid_from,
        valid_until=seal.valid_until,
    )
