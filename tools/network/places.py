"""
Where the nodes of the network stand.
"""

from dataclasses import dataclass

MARK = "（演示）"
"""Every name says that nobody is served here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """
    A node's place: the area it serves, the one agency it has, and where it listens.
    """

    code: str
    folder: str
    """Below the network's folder."""
    name: str
    name_en: str
    level: str
    parent: str
    """Code of the node above; empty: there is none."""
    host: str
    """Each its own: browsers give cookies by host, whatever the port."""
    division: str
    """Of its agency."""
    division_name: str
    division_name_en: str
    seat: str
    """Name of the city or the area as texts of the sample area say it."""
    seat_en: str
    agency: str
    """Code of its agency, which stands for 区行政审批局 of the sample area."""
    listed_items: int
    """How many items are listed without a guide; an area has one at least."""
    offerings: tuple[str, ...] = ()
    """Files of the sample area that are offered here, without `.json`."""
    has_citizens: bool = False
    """The citizens of the sample area have their accounts here."""

    @property
    def title(self) -> str:
        """
        Return the name with the mark of a demonstration.
        """
        return f"{self.name}{MARK}"

    @property
    def title_en(self) -> str:
        """
        Return the English name with the mark of a demonstration.
        """
        return f"{self.name_en} (demonstration)"


NATION = Place(
    code="000000000000",
    folder="nation",
    name="中华人民共和国",
    name_en="People's Republic of China",
    level="NATION",
    parent="",
    host="127.0.0.5",
    division="000000000000",
    division_name="国家",
    division_name_en="National",
    seat="国家",
    seat_en="National",
    agency="11100000MB0000000P",
    listed_items=5,
)
PROVINCE = Place(
    code="510000000000",
    folder="province",
    name="四川省",
    name_en="Sichuan",
    level="PROVINCE",
    parent=NATION.code,
    host="127.0.0.4",
    division="510000000000",
    division_name="四川省",
    division_name_en="Sichuan",
    seat="四川省",
    seat_en="Sichuan",
    agency="11510000MB0000000N",
    offerings=("employment-agency-permit",),
    listed_items=10,
)
HOME = Place(
    code="511600000000",
    folder="guangan",
    name="广安市",
    name_en="Guang'an",
    level="CITY",
    parent=PROVINCE.code,
    host="127.0.0.2",
    division="511602000000",
    division_name="广安区",
    division_name_en="Guang'an District",
    seat="广安市",
    seat_en="Guang'an",
    agency="115113016823646795",
    offerings=("bookshop-permit", "labour-dispatch-permit", "outdoor-advertising-permit"),
    listed_items=40,
    has_citizens=True,
)
"""City A, where the citizen has an account."""
AWAY = Place(
    code="510100000000",
    folder="chengdu",
    name="成都市",
    name_en="Chengdu",
    level="CITY",
    parent=PROVINCE.code,
    host="127.0.0.3",
    division="510104000000",
    division_name="锦江区",
    division_name_en="Jinjiang District",
    seat="成都市",
    seat_en="Chengdu",
    agency="11510104MB0000000M",
    offerings=("public-place-hygiene-permit", "bookshop-permit", "bookkeeping-agency-permit"),
    listed_items=40,
)
"""City B, whose service is applied for."""
PLACES = (NATION, PROVINCE, HOME, AWAY)
"""From above to below, as they start and join."""
CITIES = (HOME, AWAY)


def find(code: str) -> Place:
    """
    Return the place with this code.
    """
    return next(place for place in PLACES if place.code == code)
