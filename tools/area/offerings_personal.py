"""
Complete offerings that persons apply for, and guides without enough facts to apply online.
"""

from area.parts import (
    ID_CARD,
    Part,
    basis,
    certificate,
    criterion,
    days,
    field,
    flow,
    form_paper,
    material,
    person_fields,
    question,
    situation,
    step,
)

OTHER_APPLICANTS = ["2", "3", "4", "5", "9"]


def offerings() -> list[Part]:
    """
    Return the offerings for persons.
    """
    return [_tree_felling(), _disability_certificate(), _old_age_allowance(), _passport(), _insurance_record()]


def guides_only() -> list[Part]:
    """
    Return offerings that can be read but not applied for: their guides lack limits, forms or materials.
    """
    return [
        _bookshop(), _special_equipment(), _village_building(), _vehicle_inspection_mark(),
        _medical_equipment(), _shop_sign(),
    ]  # fmt: skip


def _tree_felling() -> Part:
    return {
        "file": "tree-felling-permit",
        "item": "林木采伐许可证核发（县级权限）",
        "guides": ["G10", "G11", "G28"],
        "setting_basis": [basis("中华人民共和国森林法", "第五十六条、第五十七条、第五十九条"), basis("中华人民共和国森林法实施条例", "第三十二条")],
        "implementing_basis": [basis("中华人民共和国森林法", "第五十五条、第五十六条、第五十八条至第六十条")],
        "supervision_basis": [basis("中华人民共和国行政许可法", "第六十一条"), basis("中华人民共和国森林法", "第七十六条")],
        "name_en": "Tree felling permit",
        "summary": "采伐林地上的林木，申请林木采伐许可证。采伐自然保护区以外的竹林不需要申请。",
        "summary_en": "To fell trees on forest land. Bamboo outside nature reserves needs no permit.",
        "aliases": ["采伐证", "砍伐证"],
        "everyday_words": ["砍树", "伐木", "卖树"],
        "applicants": ["1", *OTHER_APPLICANTS],
        "person_themes": ["040"],
        "legal_themes": ["075"],
        "life_events": ["farming"],
        "statutory_limit": days(20),
        "promised_limit": days(3),
        "review_methods": ["DOCUMENT", "SITE_CHECK"],
        "eligibility_criteria": [
            criterion("未超过年森林采伐限额", "Within the year's felling quota"),
            criterion("设计文件符合技术规程", "The plan follows the technical rules"),
        ],
        "refusal_criteria": [
            criterion("上年度采伐后未完成更新造林或者验收不合格", "Last year's felling was not replanted"),
            criterion("上年度发生重大滥伐、火灾或者病虫害未采取措施", "Grave illegal felling, fire or pests last year without measures"),
        ],
        "situations": [
            situation("owner", "申请人属于哪一类？", "Who applies?", ("person", "农村居民或者其他个人", "A person"), ("farm", "国营林场和1500亩以上集体林场", "A state forest farm, or a collective one of 1,500 mu and more"), ("unit", "其他单位", "Another organisation")),
        ],
        "materials": [
            form_paper("application", "林木采伐申请", "Application to fell trees"),
            certificate("ownership", "林权证或者林木权属证明", "Forest ownership certificate", "林业主管部门或者不动产登记机构", is_shared=True),
            material("survey", "伐区调查设计文件", "Survey and plan of the felling area", situations="owner.farm", source="INTERMEDIARY", source_explanation="有资质单位"),
            material("statement", "采伐目的、地点、林种、林况、面积、蓄积、方式和更新措施的文件", "Purpose, place, kind, state, area, volume, method and replanting", situations="owner.unit"),
        ],
        "form": [
            *person_fields(),
            field("place", "采伐地点（小班）", "Place of felling", "ADDRESS", max_length=200, section="采伐信息", section_en="Felling"),
            field("species", "树种", "Species", max_length=100, section="采伐信息", section_en="Felling"),
            field("area", "采伐面积", "Area", "NUMBER", minimum=1, maximum=1000000, unit="亩", unit_en="mu", section="采伐信息", section_en="Felling"),
            field("volume", "采伐蓄积", "Volume", "NUMBER", minimum=1, maximum=1000000, unit="立方米", unit_en="m³", section="采伐信息", section_en="Felling"),
            field("method", "采伐方式", "Method", "CHOICE", options=[("clear", "皆伐", "Clear felling"), ("selective", "择伐", "Selective felling"), ("thinning", "抚育采伐", "Thinning")], section="采伐信息", section_en="Felling"),
        ],
        "steps": flow(1, 1, 1),
        "result": ("LICENCE", "林木采伐许可证", "Tree felling permit", "以证载采伐期限为准", "For the felling period on the permit", 12),
        "variants": [
            {"code": "01", "name": "林木采伐许可证核发（个人）", "name_en": "Persons", "situations": ["owner.person"]},
            {"code": "02", "name": "林木采伐许可证核发（单位）", "name_en": "Organisations", "situations": ["owner.farm", "owner.unit"]},
        ],
        "questions": [question("自家房前屋后的零星树木要办证吗？", "Do I need it for single trees around my house?", "采伐林地上的林木应当申请；是否属于林地请咨询窗口。", "Trees on forest land need it; ask at the counter whether yours stand on it.")],
    }  # fmt: skip


def _disability_certificate() -> Part:
    return {
        "file": "disability-certificate",
        "item": "残疾人证新办",
        "guides": ["G12"],
        "setting_basis": [],
        "implementing_basis": [],
        "supervision_basis": [],
        "name_en": "Disability certificate (new)",
        "summary": "持有本地户口、经指定医院评定符合残疾标准的人，申请残疾人证。医院评定时间不计入办理时限。",
        "summary_en": "For residents found disabled by a named hospital. The time at the hospital does not count.",
        "aliases": ["残疾证", "残疾人证"],
        "everyday_words": ["办残疾证", "残疾等级", "残疾鉴定"],
        "applicants": ["1"],
        "person_themes": ["090", "085"],
        "life_events": ["disability"],
        "statutory_limit": None,
        "promised_limit": days(7, "自区残联收到材料起", "From the day the federation has the materials"),
        "review_methods": ["DOCUMENT", "EXAMINATION"],
        "eligibility_criteria": [criterion("经指定医院评定符合残疾标准", "A named hospital found a disability")],
        "situations": [
            situation("guardian", "是否由监护人代办？", "Does a guardian apply?", ("yes", "是", "Yes"), ("no", "否", "No")),
        ],
        "materials": [
            ID_CARD,
            certificate("household_book", "户口簿", "Household register", "公安机关", original_copies=0, photocopies=1, is_shared=True),
            material("photos", "2寸白底照片", "Two-inch photograph, white background", original_copies=3),
            form_paper("application", "残疾人证申请表", "Application form"),
            form_paper("assessment", "残疾评定表", "Assessment form", source="GOVERNMENT", source_explanation="指定医院"),
            certificate("guardian_id", "监护人身份证明", "Identity document of the guardian", "公安机关", situations="guardian.yes", original_copies=0, photocopies=1),
        ],
        "form": [
            *person_fields(),
            field("category", "申请残疾类别", "Kind of disability", "CHOICE", options=[("vision", "视力", "Vision"), ("hearing", "听力", "Hearing"), ("speech", "言语", "Speech"), ("physical", "肢体", "Physical"), ("intellectual", "智力", "Intellectual"), ("mental", "精神", "Mental"), ("multiple", "多重", "Multiple")], section="残疾信息", section_en="Disability"),
            field("hospital", "评定医院", "Hospital that assessed", max_length=100, section="残疾信息", section_en="Disability"),
            field("assessed_on", "评定日期", "Day of the assessment", "DATE", section="残疾信息", section_en="Disability"),
            field("guardian_name", "监护人姓名", "Name of the guardian", max_length=50, situations="guardian.yes", section="监护人", section_en="Guardian"),
            field("guardian_mobile", "监护人手机号码", "Guardian's mobile", "MOBILE", situations="guardian.yes", section="监护人", section_en="Guardian"),
        ],
        "steps": [
            step("INTAKE", name="镇（街道）残联领表", name_en="Fetch the form at the township federation"),
            step("REVIEW", name="指定医院评定", name_en="Assessment at a named hospital", is_counted=False, note="不计入办理时限", note_en="Outside the time limit"),
            step("ACCEPTANCE", 1, "材料交镇（街道）残联", "Hand in at the township federation"),
            step("DECISION", 6, "区残联审核发放", "The district federation checks and issues"),
            step("DELIVERY"),
        ],
        "special_procedures": [{"code": "assessment", "name": "残疾评定", "name_en": "Assessment of the disability", "method": "EXAMINATION"}],
        "result": ("LICENCE", "残疾人证", "Disability certificate", "10年（示例）", "10 years (demo)", 120),
        "questions": [question("医院评定的时间算在 7 个工作日里吗？", "Does the hospital's time count?", "不算，从区残联收到材料起算。", "No, the seven days run from the day the federation has the materials.")],
    }  # fmt: skip


def _old_age_allowance() -> Part:
    return {
        "file": "old-age-allowance",
        "item": "80周岁以上老年人高龄津贴发放",
        "guides": ["G34", "G35"],
        "setting_basis": [],
        "implementing_basis": [],
        "supervision_basis": [],
        "name_en": "Old-age allowance (80 and over)",
        "summary": "年满 80 周岁的老年人申请高龄津贴，登记后按月发放，不发证照。",
        "summary_en": "A monthly allowance for people of 80 and over. It ends in an entry; no licence is issued.",
        "aliases": ["高龄补贴", "高龄津贴"],
        "everyday_words": ["老人补贴", "老年人补助", "八十岁补贴", "长寿钱", "老人津贴"],
        "applicants": ["1"],
        "person_themes": ["085", "065"],
        "life_events": ["retirement", "hardship"],
        "statutory_limit": days(30),
        "promised_limit": days(22),
        "online_grade": 4,
        "review_methods": ["DOCUMENT"],
        "eligibility_criteria": [criterion("年满80周岁", "80 years old or older"), criterion("具有本地户籍（示例）", "Registered here (demo)")],
        "situations": [
            situation("age", "老人的年龄？", "How old is the person?", ("80s", "80—89 周岁", "80–89"), ("90s", "90—99 周岁", "90–99"), ("100s", "100 周岁及以上", "100 and over")),
            situation("low_income", "是否低保老人？", "Does the person receive the minimum living allowance?", ("yes", "是", "Yes"), ("no", "否", "No")),
        ],
        "materials": [
            form_paper("application", "高龄津贴申请书", "Application for the allowance"),
            ID_CARD,
            certificate("household_book", "户口簿", "Household register", "公安机关", original_copies=0, photocopies=1, is_shared=True),
            certificate("bank_card", "银行卡", "Bank card", "开户银行", original_copies=0, photocopies=2),
            certificate("low_income", "低保证", "Minimum living allowance certificate", "民政部门", original_copies=0, photocopies=2, situations=["low_income.yes", "age.80s"], is_shared=True),
            material("photos", "照片", "Photographs", original_copies=2, necessity="LATER"),
        ],
        "form": [
            *person_fields(),
            field("birth_date", "出生日期", "Date of birth", "DATE", prefill="person.birth_date", section="老人信息", section_en="Old person"),
            field("bank", "开户银行", "Bank", max_length=100, section="发放账户", section_en="Account"),
            field("account", "银行账号", "Account number", pattern=r"\d{12,24}", max_length=24, help="12 至 24 位数字", help_en="12 to 24 digits", section="发放账户", section_en="Account"),
            field("family_contact", "家属联系电话", "Telephone of the family", "MOBILE", is_required=False, section="老人信息", section_en="Old person"),
        ],
        "steps": [
            step("INTAKE"), step("ACCEPTANCE", 1), step("REVIEW", 5, "初审", "First check"), step("REVIEW", 5, "审核", "Second check"),
            step("DECISION", 5, "审批", "Approval"), step("DELIVERY", 5, "办结", "Closing"),
        ],
        "result": ("ENTRY", "高龄津贴发放登记", "Entry for the old-age allowance", "", "", None),
        "questions": [
            question("可以由子女代办吗？", "May the children apply?", "可以到窗口由亲友代办，带上老人和代办人的身份证。", "Yes, at the counter, with the ID cards of both."),
            question("从什么时候开始发？", "From when is it paid?", "审批通过后按月发放到登记的银行账户。", "Monthly to the account, once approved."),
        ],
    }  # fmt: skip


def _passport() -> Part:
    return {
        "file": "ordinary-passport",
        "code": "511602-demo-ordinary-passport",
        "name": "普通护照签发",
        "agency": "区公安分局",
        "service_type": "01",
        "guides": ["G36"],
        "law": "普通护照签发",
        "name_en": "Ordinary passport",
        "summary": "中国公民申请普通护照，全国通办，跨省异地 20 日办结。",
        "summary_en": "For Chinese citizens, anywhere in the country; 20 days when applied for in another province.",
        "aliases": ["护照", "因私护照"],
        "everyday_words": ["办护照", "出国", "出境旅游", "护照过期"],
        "applicants": ["1"],
        "person_themes": ["105", "090"],
        "life_events": ["travel"],
        "statutory_limit": None,
        "promised_limit": days(7, "跨省异地 20 日", "20 days in another province"),
        "extension_limit": days(30, "偏远地区等，经省级机构负责人批准，延长至 30 日", "Remote areas: up to 30 days with the province's approval", unit="CALENDAR_DAY"),
        "reach": "NATION",
        "required_assurance_level": 2,
        "review_methods": ["DOCUMENT"],
        "visits": 1,
        "visits_reason": "须到现场采集指纹和照片（示例）",
        "eligibility_criteria": [criterion("具有中华人民共和国国籍", "A citizen of the People's Republic of China")],
        "situations": [
            situation("age", "申请人年龄？", "How old is the applicant?", ("adult", "满 16 周岁", "16 and over"), ("minor", "未满 16 周岁", "Under 16")),
            situation("status", "是否登记备案的国家工作人员或者现役军人？", "A registered official, or a soldier?", ("yes", "是", "Yes"), ("no", "否", "No")),
        ],
        "materials": [
            material("photo", "符合标准的照片", "Photograph of the prescribed kind"),
            form_paper("application", "中国公民出入境证件申请表", "Application for a travel document"),
            certificate("id_card", "居民身份证", "Resident ID card", "公安机关", is_shared=True, remark="换补领期间可用临时居民身份证"),
            material("guardian", "监护证明及监护人身份证明", "Proof of guardianship and the guardian's ID", situations="age.minor"),
            certificate("consent", "所属单位同意办理的证明", "Consent of the employer", "所属单位或者上级主管部门", situations="status.yes"),
        ],
        "form": [
            *person_fields(),
            field("surname_pinyin", "姓（拼音）", "Surname in pinyin", pattern=r"[A-Z]{1,30}", max_length=30, help="大写字母", help_en="Capital letters", section="护照信息", section_en="Passport"),
            field("given_pinyin", "名（拼音）", "Given name in pinyin", pattern=r"[A-Z]{1,40}", max_length=40, section="护照信息", section_en="Passport"),
            field("reason", "申请事由", "Purpose", "CHOICE", options=[("tourism", "旅游", "Tourism"), ("study", "留学", "Study"), ("work", "就业", "Work"), ("family", "探亲", "Family"), ("other", "其他", "Other")], section="护照信息", section_en="Passport"),
            field("delivery", "领取方式", "How to receive it", "CHOICE", options=[("counter", "窗口领取", "At the counter"), ("courier", "快递", "By courier")], section="护照信息", section_en="Passport"),
        ],
        "steps": [step("INTAKE"), step("ACCEPTANCE", 1), step("REVIEW", 2), step("DECISION", 1), step("CERTIFICATE", 2), step("DELIVERY")],
        "is_charged": True,
        "fee_basis": "发改价格〔2019〕914号",
        "fee_items": [
            {"name": "护照", "name_en": "Passport", "price": "120", "unit": "元/本", "unit_en": "yuan each", "legal_basis": "发改价格〔2019〕914号"},
            {"name": "贴纸加注", "name_en": "Endorsement", "price": "20", "unit": "元/枚", "unit_en": "yuan each", "legal_basis": "发改价格〔2019〕914号", "condition": "需要加注时", "condition_en": "Only if needed"},
        ],
        "has_online_payment": True,
        "has_appointments": True,
        "has_courier_delivery": True,
        "result": ("LICENCE", "普通护照（示例）", "Ordinary passport (demo)", "未满16周岁5年，满16周岁10年", "5 years under 16, 10 years from 16", 120),
        "questions": [question("外地户口可以在这里办吗？", "May I apply here if I am registered elsewhere?", "可以，普通护照全国通办；跨省异地 20 日办结。", "Yes, anywhere in the country; 20 days from another province.")],
    }  # fmt: skip


def _insurance_record() -> Part:
    return {
        "file": "insurance-record",
        "item": "个人参保证明查询打印",
        "guides": [],
        "setting_basis": [],
        "implementing_basis": [],
        "supervision_basis": [],
        "name_en": "Certificate of personal insurance",
        "summary": "参保人查询打印本人社会保险参保证明，只需填表，不收任何材料，当场办结。",
        "summary_en": "An insured person gets a certificate of social insurance. A form, no materials, at once.",
        "aliases": ["社保证明", "参保证明"],
        "everyday_words": ["打社保证明", "打印社保", "社保清单", "社保缴费证明"],
        "applicants": ["1"],
        "person_themes": ["085", "090"],
        "life_events": ["job", "retirement"],
        "handling_kind": "ON_THE_SPOT",
        "statutory_limit": None,
        "promised_limit": days(0, "当场办结", "On the spot"),
        "online_grade": 4,
        "has_self_service_terminal": True,
        "review_methods": ["DOCUMENT"],
        "eligibility_criteria": [criterion("已参加社会保险", "Insured")],
        "situations": [situation("period", "需要哪段时间的证明？", "Which period?", ("all", "全部缴费记录", "All contributions"), ("range", "指定起止年月", "From a month to a month"))],
        "materials": [],
        "form": [
            *person_fields(),
            field("insurance", "险种", "Insurance", "CHOICES", options=[("pension", "养老保险", "Pension"), ("unemployment", "失业保险", "Unemployment"), ("injury", "工伤保险", "Work injury")], section="证明内容", section_en="Certificate"),
            field("purpose", "证明用途", "Purpose", max_length=100, section="证明内容", section_en="Certificate"),
            field("from_date", "起始年月", "From", "DATE", situations="period.range", section="证明内容", section_en="Certificate"),
            field("until_date", "截止年月", "To", "DATE", situations="period.range", section="证明内容", section_en="Certificate"),
        ],
        "steps": [step("INTAKE"), step("ACCEPTANCE", 0), step("REVIEW", 0), step("DECISION", 0, "出具证明", "Certificate"), step("DELIVERY", 0)],
        "result": ("CERTIFICATE", "个人参保证明", "Certificate of personal insurance", "", "", None),
        "source_note": "事项取自已公布的清单；办理要素为示例。",
        "source_note_en": "The item is from the published list; its elements are made up for the demonstration.",
        "questions": [question("需要带材料吗？", "What must I bring?", "不需要任何材料，登录后填写表单即可。", "Nothing. Log in and fill in the form.")],
    }  # fmt: skip


def _bookshop() -> Part:
    return {
        "file": "bookshop-permit", "code": "511602-demo-bookshop", "name": "出版物零售单位和个体工商户设立审批",
        "main_item": "出版物零售单位和个体工商户设立、变更审批", "agency": "区行政审批局", "service_type": "01", "guides": ["G18"],
        "law": "出版物零售单位设立、变更审批",
        "implementing_basis": [basis("出版管理条例", "第三十五条、第三十七条"), basis("出版物市场管理规定", "第十条")],
        "name_en": "Permit for bookshops (new)", "summary": "单位和个体工商户从事出版物零售业务，申请出版物经营许可证。",
        "summary_en": "For shops that sell books, papers and recordings.", "everyday_words": ["开书店", "卖书"],
        "applicants": ["2", "5"], "legal_themes": ["120", "010"], "life_events": ["open_shop"], "steps": flow(5, 10, 4),
        "materials": [], "promised_limit": None, "statutory_limit": None,
        "questions": [question("可以网上申请吗？", "Can I apply online?", "本事项目前只提供指南，请到窗口办理。", "Not yet: this is a guide only, please come to the counter.")],
    }  # fmt: skip


def _special_equipment() -> Part:
    unit, place = "mode.unit", "mode.place"
    return {
        "file": "special-equipment-registration", "code": "511602-demo-special-equipment", "name": "特种设备使用登记",
        "agency": "区市监局", "service_type": "01", "guides": ["G23"],
        "setting_basis": [basis("中华人民共和国特种设备安全法", "第三十三条")],
        "name_en": "Registration of special equipment", "summary": "使用锅炉、压力容器、电梯、起重机械等特种设备，办理使用登记。",
        "summary_en": "For boilers, pressure vessels, lifts, cranes and the like.", "everyday_words": ["电梯登记", "锅炉登记", "叉车上牌"],
        "applicants": OTHER_APPLICANTS, "legal_themes": ["135", "145"], "life_events": ["project"],
        "situations": [situation("mode", "按台（套）还是按单位办理？", "By device or by user?", ("unit", "按台（套）办理", "By device"), ("place", "按单位办理", "By user"))],
        "materials": [
            form_paper("application", "使用登记表", "Registration form", original_copies=2),
            certificate("identity", "统一社会信用代码证明或者个人身份证明", "Social credit code or identity document", "登记管理机关"),
            certificate("conformity", "产品合格证（含数据表）", "Certificate of conformity with data sheet", "制造单位", situations=unit),
            certificate("inspection", "监督检验证明或者首次检验报告", "Supervised or first inspection report", "检验机构", situations=unit),
            certificate("vehicle", "机动车行驶证/登记证书", "Vehicle licence", "公安机关", situations=unit, condition="移动式压力容器或者车用气瓶", condition_en="Mobile pressure vessels or gas cylinders of vehicles"),
            certificate("efficiency", "锅炉能效证明文件", "Energy efficiency certificate of the boiler", "检验机构", situations=unit, condition="锅炉", condition_en="Boilers"),
            certificate("periodic", "监督检验、定期检验证明", "Inspection certificates", "检验机构", situations=place),
            form_paper("summary_table", "基本信息汇总表", "Table of basic facts", situations=place),
        ],
        "steps": [step("INTAKE"), step("ACCEPTANCE", 5), step("REVIEW", None, note="两名人员", note_en="Two officers"), step("DECISION", None, "发证", "Issue"), step("DELIVERY")],
        "promised_limit": None, "statutory_limit": None,
        "questions": [question("电梯按哪种方式办理？", "How are lifts registered?", "电梯按台（套）办理。", "Lift by lift.")],
    }  # fmt: skip


def _village_building() -> Part:
    return {
        "file": "village-building-permit", "item": "乡村建设规划许可证核发", "guides": ["G24"], "law": "乡村建设规划许可",
        "name_en": "Planning permit for building in the countryside", "summary": "在乡、村庄规划区内建设，申请乡村建设规划许可证。",
        "summary_en": "For building in a village or township.", "everyday_words": ["农村建房", "自建房", "宅基地建房"],
        "applicants": ["1", *OTHER_APPLICANTS], "person_themes": ["070"], "legal_themes": ["085"], "life_events": ["housing", "project"],
        "statutory_limit": days(20, unit="CALENDAR_DAY"), "promised_limit": days(1, unit="CALENDAR_DAY"),
        "materials": [material("neighbours", "新（修扩）建房屋四邻协议凭证", "Agreement of the neighbours", form="PAPER")],
        "steps": flow(1, 0, 0),
        "questions": [question("材料齐全吗？", "Are these all materials?", "来源指南只保存了部分材料，请以窗口告知为准。", "The source kept only part of the list; ask at the counter.")],
    }  # fmt: skip


def _vehicle_inspection_mark() -> Part:
    return {
        "file": "vehicle-inspection-mark", "code": "511602-demo-vehicle-inspection-mark", "name": "核发检验合格标志",
        "agency": "区公安分局", "service_type": "01", "guides": ["G25"], "law": "机动车检验合格标志核发",
        "name_en": "Vehicle inspection mark", "summary": "机动车检验合格后，领取检验合格标志。", "summary_en": "The mark for a vehicle that passed its inspection.",
        "everyday_words": ["年检", "车检", "验车"], "applicants": ["1", "2", "3", "4"], "person_themes": ["095"], "legal_themes": ["090", "020"], "life_events": ["travel"],
        "eligibility_criteria": [criterion("提交行驶证、交强险凭证、车船税纳税或者免税证明、检验合格证明", "Vehicle licence, insurance, tax and inspection certificates")],
        "materials": [
            form_paper("application", "机动车牌证申请表", "Application form", necessity="OPTIONAL", form="PAPER"),
            certificate("insurance", "机动车交通事故责任强制保险凭证", "Compulsory insurance certificate", "保险公司", form="PAPER", source="APPLICANT"),
            certificate("licence", "机动车行驶证", "Vehicle licence", "公安机关", form="PAPER"),
            certificate("inspection", "机动车安全技术检验合格证明", "Inspection certificate", "检验机构", form="PAPER", source="APPLICANT"),
            material("mandate", "代理人身份证明及委托书", "Agent's identity and mandate", form="PAPER", condition="委托他人办理的", condition_en="If somebody acts for you"),
        ],
        "steps": [step("INTAKE"), step("ACCEPTANCE"), step("REVIEW", None, note="0.5个工作日，车管所业务人员", note_en="Half a working day"), step("DECISION"), step("DELIVERY")],
        "promised_limit": None, "statutory_limit": None,
        "questions": [question("申请表必须带吗？", "Must I bring the form?", "不是必要材料。", "No, it is not required.")],
    }  # fmt: skip


def _medical_equipment() -> Part:
    private, zone = "kind.private", "kind.zone"
    return {
        "file": "large-medical-equipment-permit", "code": "511602-demo-medical-equipment", "name": "乙类大型医用设备配置许可证核发",
        "agency": "区卫健局", "service_type": "01", "guides": ["G27"], "use_level": "2",
        "setting_basis": [], "implementing_basis": [],
        "name_en": "Permit for large medical equipment, class B", "summary": "医疗机构配置乙类大型医用设备，由省级卫生健康部门审批，本地提供指南。",
        "summary_en": "Decided by the province's health commission; here is the guide.", "everyday_words": ["买CT", "核磁共振配置"],
        "applicants": ["2", "3"], "legal_themes": ["110"], "statutory_limit": days(20), "promised_limit": days(20), "reach": "PROVINCE",
        "situations": [situation("kind", "申请单位属于哪一类？", "Which kind of applicant?", ("private", "社会办医", "Private"), ("building", "筹建或者在建", "Under construction"), ("zone", "自贸区内社会办医", "Private, in a free trade zone"), ("existing", "不为筹建或者在建", "Existing"))],
        "eligibility_criteria": [criterion("符合配置规划", "Fits the plan"), criterion("具有执业许可证并设置相应诊疗科目", "Licensed for the treatment"), criterion("具有技术条件、配套设施和人员", "Has technique, facilities and staff"), criterion("质量安全保障制度健全", "Has quality and safety rules")],
        "materials": [
            form_paper("application", "乙类大型医用设备配置许可申请表", "Application form", photocopies=7),
            form_paper("commitment", "告知承诺书", "Commitment", situations=private, photocopies=7),
            form_paper("no_commitment", "社会办医选择不实行告知承诺制申请书", "Application not to use the commitment", situations=private),
            certificate("business_licence", "营业执照", "Business licence", "市场监督管理部门"),
            certificate("practice", "申请单位执业许可证", "Licence to practise", "卫生健康部门"),
            material("capability", "技术条件、配套设施和专业技术人员资质、能力材料", "Technique, facilities and qualified staff"),
            form_paper("zone_record", "自由贸易试验区社会办医配置乙类大型医用设备备案登记表", "Record form of the free trade zone", situations=zone),
        ],
        "steps": flow(5, 10, 5),
        "questions": [question("在哪里申请？", "Where do I apply?", "由省级卫生健康部门受理，本页为指南。", "At the province's health commission; this page is a guide.")],
    }  # fmt: skip


def _shop_sign() -> Part:
    return {
        "file": "shop-sign-permit", "code": "511602-demo-shop-sign", "name": "户外广告及门头牌匾设置许可",
        "agency": "区综合执法局", "service_type": "10", "guides": ["G44"],
        "setting_basis": [], "supervision_basis": [],
        "name_en": "Shop signs and outdoor advertisements", "summary": "设置门头牌匾和户外广告的许可指南。", "summary_en": "Guide for shop signs.",
        "everyday_words": ["店铺招牌", "门头", "换招牌"], "applicants": ["2", "5"], "legal_themes": ["085"], "life_events": ["open_shop"],
        "statutory_limit": days(60), "promised_limit": days(20), "reach": "COUNTY",
        "materials": [form_paper("application", "申请书", "Application"), material("drawings", "广告及门头牌匾设置平面图纸", "Drawings of the sign")],
        "steps": flow(5, 10, 5),
        "questions": [question("要多久？", "How long does it take?", "来源指南写明 7 至 20 个工作日。", "The source says 7 to 20 working days.")],
    }  # fmt: skip
