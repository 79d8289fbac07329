from django.utils import translation

from tongban.foundation.languages import in_language


class TestInLanguage:
    def test_speaks_english_where_somebody_wrote_it(self) -> None:
        with translation.override("en"):
            assert in_language("普通护照签发", "Ordinary passport") == "Ordinary passport"

    def test_keeps_the_chinese_where_there_is_no_english(self) -> None:
        with translation.override("en"):
            assert in_language("普通护照签发", "") == "普通护照签发"

    def test_speaks_chinese_by_default(self) -> None:
        assert in_language("普通护照签发", "Ordinary passport") == "普通护照签发"
