"""
Personal data with its middle starred, as it is shown by default.
"""

import re

COMPOUND_LENGTH = 2
COMPOUND_SURNAMES = frozenset(
    {
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "宇文",
        "长孙",
        "司徒",
        "司空",
        "夏侯",
        "轩辕",
        "端木",
        "南宫",
        "西门",
        "独孤",
        "申屠",
        "钟离",
        "闻人",
        "赫连",
        "澹台",
        "公冶",
        "宗政",
        "濮阳",
        "淳于",
        "单于",
        "太叔",
        "仲孙",
        "公羊",
        "万俟",
        "百里",
        "呼延",
        "拓跋",
        "鲜于",
        "闾丘",
        "东郭",
        "南门",
        "左丘",
        "第五",
        "梁丘",
        "段干",
        "公西",
        "壤驷",
        "漆雕",
        "乐正",
        "宰父",
        "谷梁",
        "亓官",
        "巫马",
        "颛孙",
        "子车",
    }
)
STAR = "*"
SHORTEST_LONG_ID = 15
_NAME_OF_DIVISION = "[^省市区县旗0-9]{1,8}"
DIVISIONS = re.compile(
    f"(?:{_NAME_OF_DIVISION}(?:省|自治区))?"
    f"(?:{_NAME_OF_DIVISION}(?:市|自治州|地区|盟))?"
    # 小区 and its like name a place to live, not a division.
    f"(?:{_NAME_OF_DIVISION}(?:县|旗|市|(?<![小社园片校库])区))?"
)
"""The divisions an address begins with, down to the county."""


def mask(text: str, *, head: int, tail: int) -> str:
    """
    Return `text` with all but its first `head` and last `tail` characters starred.

    At least one character is always hidden, and of a text too short to hide anything all are.
    """
    if len(text) <= head + tail:
        return STAR * len(text)
    return text[:head] + STAR * (len(text) - head - tail) + text[len(text) - tail :]


def mask_name(name: str) -> str:
    """
    Return a person's name with its middle starred: 张三 as 张*, 张小三 as 张*三, 欧阳小娜 as 欧阳*娜.
    """
    name = name.strip()
    surname = COMPOUND_LENGTH if name[:COMPOUND_LENGTH] in COMPOUND_SURNAMES else 1
    head = surname if len(name) > surname else 1
    tail = 1 if len(name) > head + 1 else 0
    return mask(name, head=head, tail=tail)


def mask_id(number: str) -> str:
    """
    Return an identity number with its first three and last four characters left: 110***********002X.

    Of the short number of a travel permit less is left: H1*****47.
    """
    number = number.strip()
    return mask(number, head=2, tail=2) if len(number) < SHORTEST_LONG_ID else mask(number, head=3, tail=4)


def mask_address(address: str) -> str:
    """
    Return an address with what lies below its county starred: 四川省广安市广安区****.

    How many stars there are says nothing of how much they hide. Of an address that names no division all is hidden.
    """
    address = address.strip()
    found = DIVISIONS.match(address)
    return (found.group() if found else "") + STAR * 4 if address else ""


def mask_mobile(number: str) -> str:
    """
    Return a mobile number with its first three and last four digits left: 138****1234.
    """
    return mask(number.strip(), head=3, tail=4)
