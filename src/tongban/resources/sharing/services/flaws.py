"""
What is wrong with what people write, in words.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import Text
from tongban.resources.sharing.rules.expressions import Flaw

WORDS: Final[dict[str, Text]] = {
    "empty": _("表达式为空"),
    "too_long": _("表达式超过 %(limit)s 个字符"),
    "comment": _("表达式中不能有注释"),
    "too_deep": _("括号嵌套超过 %(limit)s 层"),
    "nested_macro": _("遍历（map、filter、all、exists）中不能再套遍历"),
    "unknown_name": _("不认识的名称：%(unknown)s；可用：%(known)s"),
    "unknown_function": _("不认识的函数：%(unknown)s"),
    "malformed": _("表达式有误：%(reason)s"),
    "steps_count": _("编排应有 1 至 %(limit)s 个步骤"),
    "step_twice": _("步骤标识重复"),
    "output_unknown_step": _("输出用到了不存在的步骤：%(steps)s"),
    "steps_in_circle": _("步骤互相等待：%(steps)s"),
    "step_id": _("步骤标识“%(step)s”应以小写字母开头，只含小写字母、数字和下划线"),
    "step_timeout": _("步骤“%(step)s”的超时应为 1 至 %(limit)s 秒"),
    "step_unknown_after": _("步骤“%(step)s”等待不存在的步骤：%(steps)s"),
    "step_uses_without_after": _("步骤“%(step)s”用到了步骤“%(steps)s”的结果，请写入 after"),
}


def words_of(flaw: Flaw) -> Text:
    """
    Return what is wrong, and in which step or in the output.
    """
    facts = {name: str(value) for name, value in flaw.facts.items()}
    said = WORDS[flaw.code] % facts
    return f"{facts['where']}: {said}" if "where" in facts else said
