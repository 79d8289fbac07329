import pytest
from django.utils.translation import override

from tongban.support.identity.values import device_name

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
EDGE = CHROME.replace("X11; Linux x86_64", "Windows NT 10.0; Win64; x64") + " Edg/140.0.0.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)
WECHAT = CHROME.replace("X11; Linux x86_64", "Linux; Android 14; V2309A") + " MicroMessenger/8.0.50"
FIREFOX = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.6; rv:130.0) Gecko/20100101 Firefox/130.0"


class TestDeviceName:
    @pytest.mark.parametrize(
        ("user_agent", "name"),
        [
            (CHROME, "Chrome · Linux"),
            (EDGE, "Edge · Windows"),
            (SAFARI, "Safari · iPhone"),
            (WECHAT, "微信 · Android"),
            (FIREFOX, "Firefox · macOS"),
            ("curl/8.5.0", "curl/8.5.0"),
            ("", ""),
        ],
    )
    def test_is_what_people_say(self, user_agent: str, name: str) -> None:
        assert device_name(user_agent) == name

    def test_is_short_whatever_is_sent(self) -> None:
        assert len(device_name("x" * 5000)) == 60

    def test_is_called_in_the_language_of_the_moment(self) -> None:
        with override("en"):
            assert device_name("Mozilla/5.0 (iPhone) MicroMessenger/8.0") == "WeChat · iPhone"
