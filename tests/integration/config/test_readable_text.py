"""
Cookies that hold what no column can keep are as good as none; the person behind them is not locked out.
"""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

NUL_IN_OCTAL = '"\\000aaaaaaaaaaaaaaaaaa"'
"""How a quoted cookie spells NUL (RFC 2109, which browsers never write and `http.cookies` still reads)."""


class TestACookieWithACharacterThatCannotBeKept:
    @pytest.mark.parametrize("name", ["tongban_session", "tongban_csrf", "tongban_language", "another"])
    def test_is_passed_over(self, name: str) -> None:
        response = Client().get("/", headers={"Cookie": f"{name}={NUL_IN_OCTAL}"})

        assert response.status_code == 200

    def test_leaves_the_visitor_at_the_door_where_it_should_say_who_he_is(self) -> None:
        response = Client().get("/my/cases/", headers={"Cookie": f"tongban_session={NUL_IN_OCTAL}"})

        assert (response.status_code, response["Location"]) == (302, "/my/login/?next=%2Fmy%2Fcases%2F")

    def test_leaves_the_other_cookies_as_they_are(self) -> None:
        cookies = f"tongban_session={NUL_IN_OCTAL}; tongban_language=en"

        response = Client().get("/", headers={"Cookie": cookies})

        assert '<html lang="en"' in response.content.decode()


class TestAnotherEncodingThanUtf8:
    def test_does_not_change_how_an_address_is_read(self) -> None:
        plain = Client().get("/search?q=%E4%BA%BA")

        response = Client().generic("GET", "/search?q=%E4%BA%BA", content_type="text/plain; charset=rot13")

        assert response.status_code == 200
        assert 'value="人"' in plain.content.decode()
        assert 'value="人"' in response.content.decode()

    def test_is_refused_of_an_upload_of_the_api(self) -> None:
        body = b'--x\r\nContent-Disposition: form-data; name="material_code"\r\n\r\na\r\n--x--\r\n'

        response = Client().generic(
            "POST", "/api/v1/verifications/files", body, "multipart/form-data; boundary=x; charset=rot13"
        )

        assert (response.status_code, response.json()["code"]) == (400, "unreadable_text")
