import pytest
from django.test import Client as Browser

from tongban.config.prepare import establish_authorities, publish_presentation_key

pytestmark = pytest.mark.django_db

KEYS = "/.well-known/tongban-presentation-keys.json"


class TestPublishPresentationKey:
    def test_publishes_one_before_anybody_shows_a_licence(self) -> None:
        establish_authorities()

        publish_presentation_key()
        publish_presentation_key()

        (key,) = Browser().get(KEYS).json()["keys"]
        assert (key["crv"], len(key["kid"]), len(key["x"]), len(key["y"])) == ("SM2", 11, 43, 43)
