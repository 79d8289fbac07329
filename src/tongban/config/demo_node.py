"""
A node below the demonstration's that asks to join it, so that there is something to decide; nobody runs it.
"""

from datetime import datetime

from django.conf import settings

from tongban.foundation.actors import Actor
from tongban.foundation.crypto import names, sm2
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.issuing import make_request
from tongban.foundation.errors import NotFound
from tongban.resources.exchange.rules import trust_lists
from tongban.resources.exchange.selectors import nodes as selectors
from tongban.resources.exchange.services import nodes
from tongban.resources.exchange.values.nodes import JoinRequest

CODE, NAME, NAME_EN = "511602000000", "广安区（演示）", "Guang'an District (demonstration)"
URL = "https://district.example"


def ask_to_join(*, actor: Actor, at: datetime) -> int:
    """
    Let it ask once; return how many requests were made. A node that does not serve its area gets none.
    """
    own = settings.TONGBAN_NODE.division_code
    if not trust_lists.is_below(CODE, own) or _is_known(actor):
        return 0
    key = sm2.generate()
    asked = JoinRequest(
        code=CODE,
        parent=own,
        name=NAME,
        name_en=NAME_EN,
        url=URL,
        request=make_request(
            subject=names.name_of(C="CN", CN=CODE),
            algorithm=Algorithm.SM2,
            point=key.public.point,
            sign=key.sign,
        ),
        at=at,
    )
    nodes.receive_request(data=trust_lists.signed_order(asked, sign=key, code=CODE), at=at)
    return 1


def _is_known(actor: Actor) -> bool:
    try:
        selectors.node(code=CODE, actor=actor)
    except NotFound:
        return False
    return True
