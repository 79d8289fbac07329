"""
Which of two languages is read just now. What agencies write is kept in Chinese, and in English where there is some.
"""

from django.utils.translation import get_language, override

from tongban.foundation.errors import Text


def is_english() -> bool:
    """
    Tell whether the language of the moment is English.
    """
    return (get_language() or "").startswith("en")


def in_language(chinese: str, english: str) -> str:
    """
    Return what somebody wrote, in English to who reads English where there is some.
    """
    return english if english and is_english() else chinese


def in_both(name: str, label: Text) -> dict[str, str]:
    """
    Return a label as a fact of a message, for readers of either language: `name`, and `name` with "_en".
    """
    with override("zh-hans"):
        chinese = str(label)
    with override("en"):
        return {name: chinese, f"{name}_en": str(label)}
