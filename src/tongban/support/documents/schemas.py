"""
Shapes of the documents API.
"""

from uuid import UUID

from ninja import Field, Schema


class FileOut(Schema):
    """
    文件回执: the file as it is kept.
    """

    id: UUID
    name: str
    media_type: str
    size: int = Field(description="Bytes of the file as kept")
    digest: str = Field(description="SM3 of the file as kept, hexadecimal")
    removed: list[str] = Field(
        description="What cleaning took out: SCRIPT, ACTION, ATTACHMENT, MEDIA, FORM, SIGNATURE, METADATA"
    )
