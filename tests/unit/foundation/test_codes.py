"""
Vectors: the sample in the annex of GB 11643-1999, published social credit codes and licence identifiers, and
fictional numbers built for one property each.
"""

from datetime import date

import pytest

from tongban.foundation.codes import (
    CreditCodeProblem,
    IdKind,
    IdProblem,
    ServiceCodeProblem,
    Sex,
    TravelPermit,
    check_basic_code,
    check_implementation_code,
    check_resident_id,
    check_social_credit_code,
    id_check_character,
    is_licence_checked,
    is_mobile,
    is_organisation_code,
    is_resident_id,
    is_social_credit_code,
    licence_check_character,
    mask,
    mask_address,
    mask_id,
    mask_mobile,
    mask_name,
    mobile_number,
    travel_permit,
)

TODAY = date(2026, 11, 21)


class TestCheckResidentId:
    @pytest.mark.parametrize(
        "number",
        [
            pytest.param("11010519491231002X", id="sample of GB 11643"),
            pytest.param("440524188001010014", id="published, 1880"),
            pytest.param("34052419800101001X", id="published"),
            pytest.param("320102199001010010", id="fictional"),
            pytest.param("330106200002290133", id="leap day of 2000"),
            pytest.param("230102188001010074", id="centenarian"),
            pytest.param("511602202401319998", id="highest sequence"),
            pytest.param("11010519491231002x", id="small x"),
            pytest.param("  11010519491231002X\t", id="blanks around"),
        ],
    )
    def test_accepts(self, number: str) -> None:
        check = check_resident_id(number, on=TODAY)

        assert check.problem is None
        assert check.number == number.strip().upper()
        assert is_resident_id(number, on=TODAY)

    @pytest.mark.parametrize(
        ("number", "problem"),
        [
            ("320102199001010011", IdProblem.CHECK_CHARACTER),
            ("32010219900230001X", IdProblem.BIRTH_DATE),
            ("320102190002290017", IdProblem.BIRTH_DATE),
            ("990102199001010015", IdProblem.DIVISION),
            ("000102199001010015", IdProblem.DIVISION),
            ("", IdProblem.LENGTH),
            ("3201021990010100", IdProblem.LENGTH),
            ("3201021990010100100", IdProblem.LENGTH),
            ("32010219900101001A", IdProblem.CHARACTERS),
            ("3201021990010X0010", IdProblem.CHARACTERS),
            ("３２０１０２１９９００１０１００１０", IdProblem.CHARACTERS),
            ("٣٢٠١٠٢١٩٩٠٠١٠١٠٠١٠", IdProblem.CHARACTERS),
            ("320102 90010100X", IdProblem.LENGTH),
            ("32010290013100X", IdProblem.CHARACTERS),
            ("320102900230001", IdProblem.BIRTH_DATE),
        ],
    )
    def test_refuses(self, number: str, problem: IdProblem) -> None:
        check = check_resident_id(number, on=TODAY)

        assert check.problem is problem
        assert not is_resident_id(number, on=TODAY)

    @pytest.mark.parametrize(
        ("born", "on", "problem"),
        [
            ("20261121", date(2026, 11, 21), None),
            ("20261122", date(2026, 11, 21), IdProblem.BIRTH_IN_FUTURE),
            ("20990101", date(2026, 11, 21), IdProblem.BIRTH_IN_FUTURE),
            ("18791231", date(2026, 11, 21), IdProblem.BIRTH_TOO_EARLY),
            ("18000101", date(2026, 11, 21), IdProblem.BIRTH_TOO_EARLY),
            ("18800101", date(2026, 11, 21), None),
        ],
    )
    def test_judges_the_date_of_birth(self, born: str, on: date, problem: IdProblem | None) -> None:
        body = f"510104{born}001"

        check = check_resident_id(body + id_check_character(body), on=on)

        assert check.problem is problem

    def test_tells_birth_date_sex_and_division(self) -> None:
        check = check_resident_id("11010519491231002X", on=TODAY)

        assert check.birth_date == date(1949, 12, 31)
        assert check.sex is Sex.FEMALE
        assert check.division_code == "110105"
        assert check.kind is IdKind.RESIDENT

    def test_reads_an_odd_sequence_as_male(self) -> None:
        assert check_resident_id("320102199001010010", on=TODAY).sex is Sex.MALE

    def test_converts_the_legacy_form_by_putting_19_before_the_year(self) -> None:
        check = check_resident_id("320102900101001", on=TODAY)

        assert (check.number, check.is_legacy, check.problem) == ("320102199001010010", True, None)

    @pytest.mark.parametrize("prefix", ["810000", "820000", "830000"])
    def test_accepts_permits_of_hong_kong_macao_and_taiwan_residents(self, prefix: str) -> None:
        body = f"{prefix}19900101001"

        check = check_resident_id(body + id_check_character(body), on=TODAY)

        assert (check.problem, check.kind) == (None, IdKind.HONG_KONG_MACAO_TAIWAN_RESIDENT)

    def test_accepts_the_card_of_a_foreign_permanent_resident(self) -> None:
        body = "93184019850615002"

        check = check_resident_id(body + id_check_character(body), on=TODAY)

        assert check.problem is None
        assert check.kind is IdKind.FOREIGN_PERMANENT_RESIDENT
        assert (check.division_code, check.country_code) == ("310000", "840")
        assert (check.birth_date, check.sex) == (date(1985, 6, 15), Sex.FEMALE)

    def test_only_warns_of_a_county_the_register_lacks(self) -> None:
        body = "11022319900101001"  # 通县, renamed long ago; its people keep their number

        check = check_resident_id(body + id_check_character(body), on=TODAY, known_divisions={"110112"})

        assert check.is_valid
        assert check.is_division_unknown

    def test_does_not_warn_without_a_register(self) -> None:
        assert not check_resident_id("11010519491231002X", on=TODAY).is_division_unknown


class TestCheckSocialCreditCode:
    @pytest.mark.parametrize(
        "number",
        [
            "91350100M000100Y43",
            "12441500196720244T",
            "11100000000013338W",
            "11100000MB03271699",
            "11110000000021135M",
            "11330105002500287C",
            "11450721MB15580811",
            "91110000600037341L",
            "11511301MB1550442U",
            "113200000140003191",
            "91350100m000100y43",
        ],
    )
    def test_accepts_published_codes(self, number: str) -> None:
        check = check_social_credit_code(number)

        assert check.problem is None
        assert check.number == number.upper()
        assert not check.is_category_unlisted
        assert is_social_credit_code(number)

    @pytest.mark.parametrize(
        ("number", "problem"),
        [
            ("", CreditCodeProblem.LENGTH),
            ("1151130000877869M", CreditCodeProblem.LENGTH),
            ("91110000I00037341L", CreditCodeProblem.CHARACTERS),
            ("9111000060003734IL", CreditCodeProblem.CHARACTERS),
            ("91A10000600037341L", CreditCodeProblem.CHARACTERS),
            ("91110000600037341K", CreditCodeProblem.CHECK_CHARACTER),
            ("A1110000600037341L", CreditCodeProblem.CHECK_CHARACTER),
            ("B1110000600037341L", CreditCodeProblem.REGISTERING_DEPARTMENT),
            ("０1110000600037341L", CreditCodeProblem.CHARACTERS),
        ],
    )
    def test_refuses(self, number: str, problem: CreditCodeProblem) -> None:
        check = check_social_credit_code(number)

        assert check.problem is problem
        assert not is_social_credit_code(number)

    def test_takes_the_code_apart(self) -> None:
        check = check_social_credit_code("91350100M000100Y43")

        assert (check.registering_department, check.category) == ("9", "1")
        assert (check.division_code, check.organisation_code) == ("350100", "M000100Y4")
        assert not check.is_organisation_code_unsound


class TestIsOrganisationCode:
    @pytest.mark.parametrize("number", ["19672024-4", "00612224-4", "M000100Y-4", "196720244", "m000100y4"])
    def test_accepts_published_codes(self, number: str) -> None:
        assert is_organisation_code(number)

    @pytest.mark.parametrize(
        "number", ["", "196720245", "19672024-", "1967202-44", "19672024-44", "１96720244", "I9672024?"]
    )
    def test_refuses(self, number: str) -> None:
        assert not is_organisation_code(number)


class TestLicenceCheckCharacter:
    @pytest.mark.parametrize(
        ("segments", "character"),
        [
            (("11100000000013338W011", "11430000006122244L", "20230000403", "001"), "U"),
            (("11100000MB03271699022", "340100", "000000016", "001"), "9"),
            (("11100000000013338W009", "11330105002500287C", "2025052201", "002"), "0"),
        ],
    )
    def test_is_that_of_published_identifiers(self, segments: tuple[str, ...], character: str) -> None:
        body = "".join(segments)

        assert licence_check_character(body) == character
        assert is_licence_checked(body + character)

    @pytest.mark.parametrize("text", ["", "U", "ABC-1", "11100000000013338W01111430000006122244LM"])
    def test_does_not_hold_for_anything_else(self, text: str) -> None:
        assert not is_licence_checked(text)


class TestCheckBasicCode:
    def test_takes_the_code_apart(self) -> None:
        check = check_basic_code("000104002000")

        assert check.is_valid
        assert (check.list_code, check.type_code, check.main_item, check.sub_item) == (
            "00",
            "01",
            "04002",
            "000",
        )

    @pytest.mark.parametrize(
        ("code", "problem"),
        [
            ("", ServiceCodeProblem.LENGTH),
            ("00010400200", ServiceCodeProblem.LENGTH),
            ("00010400200X", ServiceCodeProblem.CHARACTERS),
            ("990104002000", ServiceCodeProblem.LIST),
        ],
    )
    def test_refuses(self, code: str, problem: ServiceCodeProblem) -> None:
        assert check_basic_code(code).problem is problem


class TestCheckImplementationCode:
    @pytest.mark.parametrize(
        ("code", "level", "basic_code"),
        [
            ("11450721MB155808114000104002000", "4", "000104002000"),
            ("1145072100811537184452004020000", "4", "452004020000"),
            ("11650000010183859F2650116013001", "2", "650116013001"),
            ("12441500196720244T3442199806003", "3", "442199806003"),
        ],
    )
    def test_accepts_published_codes(self, code: str, level: str, basic_code: str) -> None:
        check = check_implementation_code(code, level=level, basic_code=basic_code)

        assert check.problem is None
        assert (check.credit_code, check.level, check.basic_code) == (code[:18], level, basic_code)

    @pytest.mark.parametrize(
        ("code", "problem"),
        [
            ("", ServiceCodeProblem.LENGTH),
            ("11450721MB15580811400010400200", ServiceCodeProblem.LENGTH),
            ("11450721MB15580811400010400200X", ServiceCodeProblem.CHARACTERS),
            ("11450721MB155808117000104002000", ServiceCodeProblem.LEVEL),
            ("11450721MB155808124000104002000", ServiceCodeProblem.BODY_CODE),
            ("11450721MB155808114990104002000", ServiceCodeProblem.LIST),
        ],
    )
    def test_refuses(self, code: str, problem: ServiceCodeProblem) -> None:
        assert check_implementation_code(code).problem is problem

    def test_compares_level_and_basic_code_with_those_of_the_item(self) -> None:
        code = "11450721MB155808114000104002000"

        assert check_implementation_code(code, level="3").problem is ServiceCodeProblem.LEVEL
        wrong = check_implementation_code(code, basic_code="000104002001")
        assert wrong.problem is ServiceCodeProblem.BASIC_CODE

    def test_still_reads_the_parts_of_a_code_whose_body_is_wrong(self) -> None:
        check = check_implementation_code("11450721MB155808124000104002000")

        assert (check.credit_code, check.level) == ("11450721MB15580812", "4")
        assert check.code == "11450721MB155808124000104002000"


class TestMobileNumber:
    @pytest.mark.parametrize(
        "text", ["13800000000", " 138 0000 0000 ", "138-0000-0000", "+8613800000000", "008613800000000"]
    )
    def test_is_eleven_digits(self, text: str) -> None:
        assert mobile_number(text) == "13800000000"
        assert is_mobile(text)

    @pytest.mark.parametrize(
        "text", ["", "12800000000", "1380000000", "138000000000", "0000-0000000", "１3800000000", "+1380000"]
    )
    def test_is_nothing_else(self, text: str) -> None:
        assert mobile_number(text) is None
        assert not is_mobile(text)


class TestMasking:
    @pytest.mark.parametrize(
        ("name", "masked"),
        [
            ("", ""),
            ("张", "*"),
            ("张三", "张*"),
            ("张小三", "张*三"),
            ("王小明明", "王**明"),
            ("欧阳娜", "欧阳*"),
            ("欧阳小娜", "欧阳*娜"),
            ("欧阳", "欧*"),
            ("买买提·吐尔逊", "买*****逊"),
            ("John Smith", "J********h"),
        ],
    )
    def test_of_names(self, name: str, masked: str) -> None:
        assert mask_name(name) == masked

    def test_of_an_identity_number_keeps_three_and_four(self) -> None:
        assert mask_id("11010519491231002X") == "110***********002X"

    def test_of_a_mobile_keeps_three_and_four(self) -> None:
        assert mask_mobile("13800001234") == "138****1234"

    @pytest.mark.parametrize(
        ("address", "masked"),
        [
            ("四川省广安市广安区示例路1号", "四川省广安市广安区****"),
            ("四川省凉山彝族自治州西昌市示例镇", "四川省凉山彝族自治州西昌市****"),
            ("广西壮族自治区南宁市青秀区示例路", "广西壮族自治区南宁市青秀区****"),
            ("广州市示例路1号", "广州市****"),
            ("内蒙古自治区锡林郭勒盟正蓝旗示例路", "内蒙古自治区锡林郭勒盟正蓝旗****"),
            ("广安区示例小区3栋", "广安区****"),
            ("示例小区3栋", "****"),
            ("示例路1号", "****"),
            ("1号", "****"),
            (" ", ""),
            ("", ""),
        ],
    )
    def test_of_an_address_keeps_the_divisions_it_begins_with(self, address: str, masked: str) -> None:
        assert mask_address(address) == masked

    @pytest.mark.parametrize(
        ("text", "masked"), [("6222000011112222", "************2222"), ("2222", "****"), ("", "")]
    )
    def test_of_anything_hides_short_texts_altogether(self, text: str, masked: str) -> None:
        assert mask(text, head=0, tail=4) == masked


class TestPermanentResidenceCardsOfBefore2023:
    def test_say_country_division_and_birth(self) -> None:
        check = check_resident_id("usa310085050312", on=date(2026, 11, 22))

        assert (check.is_valid, check.number, check.kind) == (
            True,
            "USA310085050312",
            IdKind.FOREIGN_PERMANENT_RESIDENT,
        )
        assert (check.country_code, check.division_code, check.birth_date) == (
            "USA",
            "310000",
            date(1985, 5, 3),
        )
        assert (check.sex, check.is_legacy) == (Sex.UNKNOWN, False)

    def test_are_of_the_century_that_has_passed(self) -> None:
        assert check_resident_id("DEU110012010112", on=date(2026, 11, 22)).birth_date == date(2012, 1, 1)
        assert check_resident_id("DEU110027010112", on=date(2026, 11, 22)).birth_date == date(1927, 1, 1)

    @pytest.mark.parametrize(
        ("number", "problem"),
        [
            ("USA310085130312", IdProblem.BIRTH_DATE),
            ("USA990085050312", IdProblem.DIVISION),
            ("USA310026121212", IdProblem.BIRTH_IN_FUTURE),
            ("US1310085050312", IdProblem.CHARACTERS),
            ("USA31008505031", IdProblem.LENGTH),
        ],
    )
    def test_are_refused_where_they_cannot_be(self, number: str, problem: IdProblem) -> None:
        assert check_resident_id(number, on=date(2026, 11, 22)).problem is problem


class TestTravelPermit:
    @pytest.mark.parametrize(
        ("number", "permit"),
        [
            ("H10293847", TravelPermit.HONG_KONG_MACAO),
            (" m20394857 ", TravelPermit.HONG_KONG_MACAO),
            ("07654321", TravelPermit.TAIWAN),
        ],
    )
    def test_is_known_by_the_form_of_its_number(self, number: str, permit: TravelPermit) -> None:
        assert travel_permit(number) is permit

    @pytest.mark.parametrize(
        "number",
        [
            "",
            "H1029384",
            "H1029384701",
            "T10293847",
            "0765432",
            "076543210",
            "Ｈ10293847",
            "0765432１",
            "H1029384X",
        ],
    )
    def test_is_nothing_else(self, number: str) -> None:
        assert travel_permit(number) is None

    @pytest.mark.parametrize(("number", "masked"), [("H10293847", "H1*****47"), ("07654321", "07****21")])
    def test_is_masked_so_that_most_of_it_is_hidden(self, number: str, masked: str) -> None:
        assert mask_id(number) == masked
