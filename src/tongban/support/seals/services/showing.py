"""
The picture of a seal out of a file, for whoever shows the file.
"""

from typing import Final

from tongban.support.documents.values import SealPicture
from tongban.support.seals.rules.structures import NotASeal, read_seal, read_signature

MEDIA_TYPES: Final = {
    "PNG": "image/png",
    "JPG": "image/jpeg",
    "JPEG": "image/jpeg",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "SVG": "image/svg+xml",
    "OFD": "application/ofd",
}
"""Of the words makers write for the kind of a picture."""


def picture_in(content: bytes) -> SealPicture | None:
    """
    Return the picture of the seal in a signature or in a seal; None where there is none that can be shown.

    Nothing is verified, and the picture is a stranger's: show it where it can run nothing.

    :param content: SignedValue.dat or Seal.esl
    """
    try:
        seal = read_signature(content).seal
    except NotASeal:
        try:
            seal = read_seal(content)
        except NotASeal:
            return None
    picture = seal.facts.picture
    media_type = MEDIA_TYPES.get(picture.kind.upper())
    if media_type is None:
        return None
    return SealPicture(
        media_type=media_type, content=picture.content, width=picture.width, height=picture.height
    )
