"""
元数据 of an electronic licence (GB/T 36903-2018), under the names that OFD files in use write into CustomDatas.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

LONG_TERM: Final = date(9999, 12, 31)
"""How 长期有效 is written where a day is asked for."""

SEVERAL: Final = "、"
"""Between several holders."""

FACE_PREFIX: Final = "KZ_"
"""照面拓展要素: names that a type of licence adds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceMetadata:
    """
    What a licence says about itself to machines.
    """

    name: str
    """证照名称."""
    type_code: str
    """证照类型代码, 21 characters."""
    number: str
    """证照编号."""
    identifier: str
    """证照标识 (GB/T 36904)."""
    issuer_name: str
    issuer_code: str
    issued_date: date
    holder_names: tuple[str, ...]
    """持证主体, one or several."""
    holder_codes: tuple[str, ...]
    holder_code_type: str
    """持证主体代码类型代码: 111 公民身份号码, 001 统一社会信用代码."""
    holder_code_type_name: str
    valid_from: date
    last_valid_date: date | None
    """None: long-term."""
    type_name: str = ""
    defining_body_name: str = ""
    defining_body_code: str = ""
    replaces_identifier: str = ""
    """关联证照标识: the licence that this one takes the place of."""
    face: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """照面拓展要素 by name, without prefix."""

    def custom_data(self) -> dict[str, str]:
        """
        Return the metadata by their tags, by their English names where no tag is known; what is empty is left out.
        """
        data = {
            "ZZMC": self.name,
            "certificateTypeName": self.type_name,
            "ZZLXDM": self.type_code,
            "certificateDefineAuthorityName": self.defining_body_name,
            "certificateDefineAuthorityCode": self.defining_body_code,
            "ZZBH": self.number,
            "ZZBS": self.identifier,
            "ZZBFJG": self.issuer_name,
            "ZZBFJGDM": self.issuer_code,
            "ZZBFRQ": self.issued_date.isoformat(),
            "CZZT": SEVERAL.join(self.holder_names),
            "CZZTDM": SEVERAL.join(self.holder_codes),
            "CZZTDMLX": self.holder_code_type_name,
            "CZZTDMLXDM": self.holder_code_type,
            "ZZYXQQSRQ": self.valid_from.isoformat(),
            "ZZYXQJZRQ": (self.last_valid_date or LONG_TERM).isoformat(),
            "associatedZzeCertID": self.replaces_identifier,
        }
        data |= {f"{FACE_PREFIX}{name}": value for name, value in self.face.items()}
        return {name: value for name, value in data.items() if value}
