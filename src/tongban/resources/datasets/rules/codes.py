"""
信息资源代码: class (1 digit), group (2), subgroup (3), detail (any), "/", serial number (6).

Source: 发改高技〔2017〕1272号, as standards have it: 306018000001/000001.
"""

import re
from typing import Final

from tongban.resources.datasets.values import Definition

SERIAL_DIGITS: Final = 6
_CODE: Final = re.compile(r"[123]\d{2}\d{3}\d{0,20}/\d{1,10}\Z", re.ASCII)


def class_part(definition: Definition) -> str:
    """
    Return the part of a code before the stroke.
    """
    return "".join(
        (
            definition.class_code.value,
            definition.group_code,
            definition.subgroup_code,
            definition.detail_code,
        )
    )


def is_dataset_code(code: str) -> bool:
    """
    Return whether this can be the code of a dataset.
    """
    return _CODE.match(code) is not None
