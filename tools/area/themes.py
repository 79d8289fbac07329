"""
A documented rule of thumb: audience, themes and life events of an item by words of its name and its agency.

What the published list does not say is assigned here and marked `is_assigned` in the data. The first pattern
that fits gives the theme; several may fit. Codes are those of the national theme lists.
"""

import re

#: Words that say a natural person asks; looked for before the legal ones.
PERSON_WORDS = re.compile(
    "个人|居民|户口|身份证|居住证|老年|老人|高龄|残疾|儿童|婚|收养|孤儿|救助|低保|最低生活|特困|临时救助|学生|入学|"
    "教师|医师|护士|乡村医生|就业|失业|退休|养老保险|工伤|社会保障卡|社保卡|职称|档案|创业|生育|门诊|住院|异地|"
    "参保|医保电子凭证|证明|退役|伤残|预备役|优待证|接种|驾驶证|拖拉机|联合收割机|公证|法律援助|流浪|护照|"
    "民族成份|演员|经纪人|养蜂|随迁|资助|助学|保教费|体检合格证|开锁|被拐|弃婴|自然人|查询|咨询|高校毕业生|渔业|林木采伐"
)
#: Words that say an organisation asks.
LEGAL_WORDS = re.compile(
    "企业|公司|单位|机构|经营|工程|建设|项目|许可|备案|登记|社会团体|合作社|个体工商户|场所|招标|验收|开发|用人|"
    "慈善|宗教|物业|燃气|运输|维修|采矿|探矿|用地|排污|发票|纳税|税|药店|定点|种子|检疫|机动车|食品|审批|核准|审查|水利"
)
#: Only a person can ask for these, whatever else the name says.
ONLY_PERSONS = re.compile(
    "居民身份证|户口|居住证|身份证明|婚姻|结婚|离婚|收养|高龄|老年人优待|残疾人证|儿童|孤儿|最低生活|特困|临时救助|"
    "执业注册|乡村医生|教师资格|求职|失业保险金|退休申请|遗属|病残|旧伤|住院费用|门诊|生育津贴|生育医疗|异地|"
    "社会保障卡|个人|公租|公共租赁|退役报到|预备役|伤残|驾驶证|演员备案|养蜂证|学籍|入学|助学|资助|接种|亲属"
)

PERSON_THEMES: tuple[tuple[str, str], ...] = (
    ("005", "生育|收养|儿童|孤儿|接种|计划生育|弃婴"),
    ("010", "户口|身份证|居住证|民族成份|落户"),
    ("015", "宗教|民族"),
    ("020", "入学|学籍|学生|教师|招生|助学|资助|保教|学校|幼儿园|科技|学历|培训机构"),
    ("025", "入伍|预备役|退役报到|兵役"),
    ("030", "就业|创业|失业|求职|招聘|见习|公益性岗位|职业介绍|技能培训|毕业生|档案"),
    ("040", "经营|许可证|备案证明|个体|养蜂|捕捞|采伐"),
    ("045", "抵押|质押"),
    ("050", "医师|护士|职称|资格|执业|乡村医生|继续教育|驾驶证|船员"),
    ("055", "缴费|个人所得税|完税|纳税"),
    ("060", "婚"),
    ("065", "优待|抚恤|退役|伤残|补助|津贴|老年"),
    ("070", "乡村建设|建房"),
    ("075", "住房|公共租赁|危房|维修资金"),
    (
        "085",
        "养老保险|社会保险|社会保障卡|参保|工伤|医保|医疗保险|救助|最低生活|特困|残疾|遗属|津贴|待遇|低保",
    ),
    ("090", "证明|证件|身份证|居住证|优待证|护照|残疾人证"),
    ("095", "驾驶证|拖拉机|机动车|道路"),
    ("105", "护照|外国人|出境"),
    ("110", "投诉|消费|价格|计量纠纷"),
    ("115", "应急|民用爆炸|集会|易制毒|安全"),
    ("120", "公证|法律|律师|仲裁|人民调解|司法"),
    ("135", "文化|体育|文物|演员|演出"),
    ("140", "供水|供电|燃气"),
    ("145", "医疗|门诊|住院|医院|体检|义诊|卫生"),
    ("150", "退休"),
    ("155", "殡葬|墓"),
)
LEGAL_THEMES: tuple[tuple[str, str], ...] = (
    ("005", "设立|变更登记|成立登记|公司|合伙|个人独资|个体工商户|合作社|社会团体|民办非企业|登记档案"),
    ("010", "许可|经营|备案|审批|旧货|开锁|典当"),
    ("015", "资质|资格|认定"),
    ("020", "年检|年审|年度审验|校验|检验合格"),
    ("025", "税|发票|会计|财务|代理记账"),
    ("030", "劳务|人力资源|招用|裁员|工时|用人|稳岗|人员|就业"),
    ("035", "社会保险|参保|养老保险|工伤|医疗保险|失业保险"),
    ("040", "投资项目|项目备案|节能审查|可行性|初步设计|建设项目"),
    ("050", "抵押|质押|出质"),
    ("055", "零售|促销|商"),
    ("060", "招标|投标|拍卖"),
    ("075", "农|林|牧|渔|种子|种畜|兽药|动物|水产|饲料|农药|蚕|生鲜乳|采伐|植物检疫|养殖"),
    ("085", "用地|规划|建筑|施工|工程|房地产|土地|矿|测绘|物业|市政|户外广告|占道|历史|绿地|住房"),
    ("090", "道路|运输|公路|客运|货运|出租|机动车|港口|船|校车|维修"),
    ("095", "环境|排污|污染|危险废物|绿化|垃圾|辐射|防沙|土壤"),
    ("105", "水利|取水|河道|水土保持|防洪|洪水|水库|水工程|堤|气象|雷电|气球"),
    ("110", "医疗|卫生|药|母婴|护士|医师|放射|疾病"),
    ("115", "科技"),
    ("120", "文化|体育|学校|幼儿园|教育|培训|演出|娱乐|互联网上网|出版|广播|电影|文物|旅行社|艺术|健身|游泳"),
    ("125", "特殊标志"),
    ("130", "宗教|民族"),
    ("135", "计量|特种设备|质量"),
    ("140", "检疫|检验"),
    ("145", "安全|危险化学品|烟花爆竹|爆炸|易制毒|矿山"),
    ("150", "公安|消防|旅馆|公章|保安|特种行业|大型群众性"),
    ("155", "律师|司法|公证|法律"),
    ("160", "供水|供电|燃气|排水"),
    ("165", "注销"),
    ("170", "档案|文物"),
)
LIFE_EVENTS: tuple[tuple[str, str], ...] = (
    ("birth", "生育|预防接种|出生|户口登记"),
    ("school", "入学|学籍|资助|助学|教师资格"),
    ("job", "就业|求职|失业|见习|公益性岗位|社会保障卡|职工参保|毕业生"),
    ("start_business", "公司设立|个体工商户设立|合伙企业设立|个人独资企业设立|创业|合作社|信息确认|发票领用"),
    ("open_shop", "食品|烟草专卖零售|零售|公共场所卫生|小经营店|户外广告|烟花爆竹|消防安全检查"),
    ("open_hotel", "旅馆|公共场所卫生|消防安全检查"),
    ("project", "投资项目|施工许可|用地预审|建设工程|水土保持|环境影响|节能审查|规划许可|防空地下室|取水"),
    ("farming", "种子|兽药|农药|动物|渔业|养殖|采伐|拖拉机|养蜂|农机"),
    ("marriage", "结婚|离婚|婚姻"),
    ("medical", "门诊|住院|异地.*备案|医疗保险|医保|慢特病"),
    ("retirement", "退休|养老保险|高龄|老年人|养老"),
    ("disability", "残疾|伤残"),
    ("housing", "公共租赁|住房|维修资金|危房"),
    ("veteran", "退役|军人|伤残抚恤"),
    ("travel", "护照|出境|出租|驾驶证"),
    ("hardship", "救助|最低生活|特困|低保|困难"),
)


def audience_of(name: str, service_type: str) -> tuple[bool, bool]:
    """
    Return whether an item is for persons and whether for organisations.
    """
    if ONLY_PERSONS.search(name):
        return True, False
    persons = bool(PERSON_WORDS.search(name))
    legal = bool(LEGAL_WORDS.search(name))
    if not persons and not legal:
        return service_type in ("05", "07", "20"), service_type != "05"
    return persons, legal


def codes_of(name: str, patterns: tuple[tuple[str, str], ...]) -> list[str]:
    """
    Return the codes whose words occur in the name, at most three.
    """
    return [code for code, words in patterns if re.search(words, name)][:3]


def assigned(name: str, service_type: str) -> dict[str, object]:
    """
    Return the elements assigned to an item of this name.
    """
    persons, legal = audience_of(name, service_type)
    facts: dict[str, object] = {
        "applicants": (["1"] if persons else []) + (["2", "3", "4", "5", "9"] if legal else []),
        "is_assigned": True,
    }
    if persons:
        facts["person_themes"] = codes_of(name, PERSON_THEMES) or ["999"]
    if legal:
        facts["legal_themes"] = codes_of(name, LEGAL_THEMES) or ["999"]
    if events := codes_of(name, LIFE_EVENTS):
        facts["life_events"] = events
    return facts
