"""
What the account pages say of a form that is not of the shape asked for: sentences of this site, none of Django's own.
"""

import pytest
from django import forms as django_forms
from django.utils import translation

from tongban.portal.workspace import forms

FORMS = [
    forms.LogIn,
    forms.RegisterMobile,
    forms.Code,
    forms.RegisterPerson,
    forms.ResetRequest,
    forms.ResetPassword,
    forms.ChangePassword,
    forms.ChangeMobile,
]
TEXTS = [
    (form, name)
    for form in FORMS
    for name, field in form.base_fields.items()
    if isinstance(field, django_forms.CharField)
]


def told(form: type[forms.PageForm], name: str, value: str) -> list[str]:
    return [str(sentence) for sentence in form({name: value}).errors[name]]


class TestAField:
    @pytest.mark.parametrize(("form", "name"), TEXTS)
    def test_says_of_its_own_name_how_long_it_may_be(self, form: type[forms.PageForm], name: str) -> None:
        field = form.base_fields[name]
        assert isinstance(field, django_forms.CharField)
        most = field.max_length or 0

        with translation.override("zh-hans"):
            assert told(form, name, "1" * (most + 1)) == [f"“{field.label}”不能超过 {most} 个字符"]

    @pytest.mark.parametrize(("form", "name"), TEXTS)
    def test_says_in_english_too(self, form: type[forms.PageForm], name: str) -> None:
        with translation.override("en"):
            (sentence,) = told(form, name, "1" * 200)

        assert sentence.isascii() or "“" in sentence
        assert "characters" in sentence
        assert "Ensure" not in sentence

    @pytest.mark.parametrize(
        ("form", "name"), [(form, name) for form, name in TEXTS if form.base_fields[name].required]
    )
    def test_says_that_it_is_missing(self, form: type[forms.PageForm], name: str) -> None:
        with translation.override("zh-hans"):
            assert told(form, name, "") == [f"请填写“{form.base_fields[name].label}”"]
