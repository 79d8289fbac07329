"""
Full and English names of the agencies behind the labels of the published list, in the usual official order.
"""

#: label in the list -> (full name, English name, kind)
AGENCIES: dict[str, tuple[str, str, str]] = {
    "区行政审批局": (
        "广安市广安区行政审批局",
        "Guang'an District Administrative Approval Bureau",
        "DEPARTMENT",
    ),
    "区委办": ("中共广安市广安区委办公室", "Guang'an District Party Committee Office", "PARTY"),
    "区委统战部": (
        "中共广安市广安区委统一战线工作部",
        "Guang'an District United Front Work Department",
        "PARTY",
    ),
    "区政府办": ("广安市广安区人民政府办公室", "Guang'an District Government Office", "DEPARTMENT"),
    "区发改局": ("广安市广安区发展和改革局", "Guang'an District Development and Reform Bureau", "DEPARTMENT"),
    "区经信局": (
        "广安市广安区经济和信息化局",
        "Guang'an District Bureau of Economy and Information Technology",
        "DEPARTMENT",
    ),
    "区教科体局": (
        "广安市广安区教育科技和体育局",
        "Guang'an District Bureau of Education, Science and Sport",
        "DEPARTMENT",
    ),
    "区公安分局": (
        "广安市公安局广安区分局",
        "Guang'an Public Security Bureau, Guang'an District Branch",
        "DEPARTMENT",
    ),
    "区民政局": ("广安市广安区民政局", "Guang'an District Civil Affairs Bureau", "DEPARTMENT"),
    "区司法局": ("广安市广安区司法局", "Guang'an District Justice Bureau", "DEPARTMENT"),
    "区财政局": ("广安市广安区财政局", "Guang'an District Finance Bureau", "DEPARTMENT"),
    "区人社局": (
        "广安市广安区人力资源和社会保障局",
        "Guang'an District Human Resources and Social Security Bureau",
        "DEPARTMENT",
    ),
    "区自然资源和规划局": (
        "广安市广安区自然资源和规划局",
        "Guang'an District Natural Resources and Planning Bureau",
        "DEPARTMENT",
    ),
    "区生态环境局": (
        "广安市广安区生态环境局",
        "Guang'an District Ecology and Environment Bureau",
        "VERTICAL",
    ),
    "区住建局": (
        "广安市广安区住房和城乡建设局",
        "Guang'an District Housing and Construction Bureau",
        "DEPARTMENT",
    ),
    "区综合执法局": (
        "广安市广安区综合行政执法局",
        "Guang'an District Urban Management and Law Enforcement Bureau",
        "DEPARTMENT",
    ),
    "区交通运输局": ("广安市广安区交通运输局", "Guang'an District Transport Bureau", "DEPARTMENT"),
    "区水务局": ("广安市广安区水务局", "Guang'an District Water Bureau", "DEPARTMENT"),
    "区农业农村局": (
        "广安市广安区农业农村局",
        "Guang'an District Agriculture and Rural Affairs Bureau",
        "DEPARTMENT",
    ),
    "区林业局": ("广安市广安区林业局", "Guang'an District Forestry Bureau", "DEPARTMENT"),
    "区商务局": ("广安市广安区商务局", "Guang'an District Commerce Bureau", "DEPARTMENT"),
    "区文广旅局": (
        "广安市广安区文化广播电视和旅游局",
        "Guang'an District Culture and Tourism Bureau",
        "DEPARTMENT",
    ),
    "区卫健局": ("广安市广安区卫生健康局", "Guang'an District Health Bureau", "DEPARTMENT"),
    "区退役军人事务局": (
        "广安市广安区退役军人事务局",
        "Guang'an District Veterans Affairs Bureau",
        "DEPARTMENT",
    ),
    "区应急管理局": ("广安市广安区应急管理局", "Guang'an District Emergency Management Bureau", "DEPARTMENT"),
    "区市监局": ("广安市广安区市场监督管理局", "Guang'an District Market Regulation Bureau", "DEPARTMENT"),
    "区统计局": ("广安市广安区统计局", "Guang'an District Statistics Bureau", "DEPARTMENT"),
    "区医疗保障局": ("广安市广安区医疗保障局", "Guang'an District Healthcare Security Bureau", "DEPARTMENT"),
    "区公管办": (
        "广安市广安区公共资源交易管理办公室",
        "Guang'an District Public Resources Trading Office",
        "INSTITUTION",
    ),
    "广安区税务局": ("国家税务总局广安市广安区税务局", "Guang'an District Tax Service", "VERTICAL"),
    "区气象局": ("广安市广安区气象局", "Guang'an District Meteorological Bureau", "VERTICAL"),
    "区烟草专卖局": ("广安市广安区烟草专卖局", "Guang'an District Tobacco Monopoly Bureau", "VERTICAL"),
    "区消防大队": ("广安市广安区消防救援大队", "Guang'an District Fire and Rescue Brigade", "VERTICAL"),
    "区残联": ("广安市广安区残疾人联合会", "Guang'an District Disabled Persons' Federation", "MASS"),
}
