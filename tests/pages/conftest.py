"""A running server and a browser for the tests of the pages."""

import pytest

from tests import serving
from tests.pages import reading

EMAIL = "someone@email.com"


@pytest.fixture
async def browser(hiroba: serving.Serving) -> reading.Browser:
    """A browser that was never here."""
    return reading.Browser(hiroba.client())


@pytest.fixture
async def someone(browser: reading.Browser) -> str:
    """The e-mail of somebody who has an account (`someone`, with the password of tests)."""
    page = await browser.submit("/signup", username="someone", email=EMAIL, password=serving.PASSWORD)
    assert page.heading == "A letter is on its way"
    return EMAIL
