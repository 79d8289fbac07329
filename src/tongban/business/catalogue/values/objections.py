"""
Reasons an import gives, and findings of the quality rules: stable codes with their sentences.
"""

#: reason -> (Chinese, English)
REASONS: dict[str, tuple[str, str]] = {
    # A row is refused.
    "html_page": ("这一行是网页内容，不是事项数据", "This row is an HTML page, not item data"),
    "truncated": ("数据不完整，JSON 在中途截断", "The row is cut off in the middle of its JSON"),
    "not_json": ("不是有效的 JSON", "Not valid JSON"),
    "bad_encoding": ("不是有效的 UTF-8 文本", "Not valid UTF-8 text"),
    "row_too_long": ("单行数据超过 1 MB", "The row is longer than 1 MB"),
    "missing_field": ("缺少必填项", "A required field is missing"),
    "wrong_type": ("数据类型不对", "The value is of the wrong type"),
    "too_long": ("内容超过规定长度", "The text is longer than allowed"),
    "bad_value": ("取值不符合规定", "The value is not one that is allowed"),
    "unknown_field": (
        "没有这个字段；扩展内容请放入 extension",
        "No such field; put extensions into `extension`",
    ),
    "control_character": ("含有数据库不能保存的控制字符", "Holds a control character that cannot be stored"),
    "inconsistent": ("各要素互相矛盾", "Elements contradict one another"),
    "duplicate_code": ("同一文件中清单编号重复", "The code occurs before in this file"),
    "owned_by_other_source": ("该清单编号已由其他来源提供", "Another source already provides this code"),
    "not_yet_effective": ("尚未到生效日期，请在生效当日导入", "Not yet in force; import it on its day"),
    "bad_csv": ("CSV 行的列数或引号不对", "The CSV row has the wrong columns or quotes"),
    # A row is taken, with a flag.
    "body_code_invalid": (
        "机构代码不是有效的统一社会信用代码，已按原样保留",
        "The body code is not a valid social credit code; kept as it is",
    ),
    "implementation_code_invalid": (
        "实施编码不符合 31 位编码规则，已按原样保留",
        "The implementation code is not well-formed (31 characters); kept as it is",
    ),
    "full_width_code": (
        "编码、号码中有全角字符，已按原样保留",
        "A code or a number holds full-width characters; kept as it is",
    ),
    "unknown_code": (
        "代码表中没有这个代码，已按原样保留",
        "The code list does not hold this code; kept as it is",
    ),
    "level_mismatch": ("实施编码中的层级与行使层级不一致", "The level in the implementation code differs"),
    "basic_code_mismatch": (
        "实施编码的后 12 位与基本编码不一致",
        "The implementation code ends in another basic code",
    ),
    "unknown_agency": ("机构库中没有该实施机构", "The register holds no such agency"),
    "unknown_division": ("行政区划库中没有该区划", "The register holds no such division"),
    "definition_differs": (
        "基本编码相同而事项类型不同，目录未改动",
        "Same basic code, other type than the directory; the directory stays",
    ),
    "promise_exceeds_statute": (
        "承诺时限长于法定时限",
        "The promised limit is longer than the statutory one",
    ),
    "expired": ("已过失效日期，按取消处理", "Past its last day; kept as retired"),
}

#: finding -> (Chinese, English); rules enforced on item lists in practice
FINDINGS: dict[str, tuple[str, str]] = {
    "kind_and_promise": (
        "即办件应当场办结，承诺件应有承诺时限",
        "An on-the-spot item must promise zero days, a committed one must promise some",
    ),
    "result_name": ("结果名称与结果类型不符", "The result's name does not fit its kind"),
    "visits_reason": (
        "需到现场的应说明原因，零跑动的不应有原因",
        "Visits need a reason; no visit must have none",
    ),
    "no_visit_needs_courier": (
        "零跑动且非全程网办的，应提供快递",
        "No visit without full online handling needs courier",
    ),
    "grade_four_means_no_visit": ("四级网办的到现场次数应为 0", "Grade IV means no visit"),
    "fee_details": (
        "收费的应有依据、项目和标准；不收费的不应有网上支付",
        "A fee needs basis and items; no fee, no payment",
    ),
    "phones": (
        "咨询电话和投诉电话应齐全、不同并带区号",
        "Both telephones must be given, differ and have an area code",
    ),
    "themes_fit_audience": ("主题分类与服务对象不符", "Themes do not fit the applicants"),
    "permit_questions": ("行政许可应至少有一个常见问题", "A permit needs at least one question"),
    "permit_steps": ("行政许可的流程应包括受理、审查、决定、送达", "A permit's flow needs its four steps"),
    "result_sample": ("有办理结果的应有结果样本", "A result needs a sample"),
    "promise_within_statute": ("承诺时限不得超过法定时限", "The promise must not exceed the statute"),
    "material_basis": ("申请材料应有依据", "Every material needs a legal basis"),
    "catch_all_material": ("申请材料不得有兜底条款", "No catch-all line among the materials"),
    "issuer_of_certificate": ("证件类材料应说明核发部门", "A certificate needs the body that issues it"),
    "step_sum": ("各环节时限之和不得超过承诺时限", "The steps together must not exceed the promise"),
}


def sentences(code: str) -> tuple[str, str]:
    """
    Return the Chinese and the English sentence of a reason or a finding.
    """
    return REASONS.get(code) or FINDINGS[code]
