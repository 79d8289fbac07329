"""
What others than the holder may read of a holder.
"""

from tongban.business.licences.models import Licence
from tongban.business.licences.values import HolderKind
from tongban.foundation.codes.masking import mask_name


def public_name(licence: Licence) -> str:
    """
    Return the holder's name: masked for a natural person, in full for an organization.
    """
    if licence.holder_kind == HolderKind.PERSON:
        return mask_name(licence.holder_name)
    return str(licence.holder_name)
