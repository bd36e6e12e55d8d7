"""The table of links and sessions (accounts/reach.py) knows every address, and docs/security.md says the same."""

import re
from pathlib import Path

from django.conf import settings

from accounts import reach
from accounts.management.commands.reach_table import table
from tests.routes import routes

ROUTES = [route for route in routes() if route.view_name not in {"", "admin:"}]
# What a secret may be called in an address. Others (key, code, uuid) are public names of things, not secrets.
SECRETS = re.compile(r"<(?:\w+:)?(token|secret|signature|otp|uidb\d+)>|\(\?P<(token|secret|uidb\d+|key)>")


def test_every_address_is_in_the_table():
    unknown = [route.view_name for route in ROUTES if not any(way.allows(route.view_name) for way in reach.WAYS)]

    assert unknown == []


def test_the_table_names_no_view_that_is_not_there():
    names = {route.view_name for route in ROUTES}
    gone = [
        (way.title, pattern)
        for way in reach.WAYS
        for pattern in way.opens
        if not any(reach.Way("", "", "", "", "", "", (pattern,)).allows(name) for name in names)
    ]

    assert gone == []


def test_every_address_with_a_secret_calls_it_token_and_is_opened_by_a_link_of_the_table():
    with_secret = {route.view_name for route in ROUTES if SECRETS.search(route.pattern)}
    with_token = {route.view_name for route in ROUTES if route.holds_token}
    in_table = {name for way in reach.WAYS if way.by_token for name in way.opens}

    assert with_secret == with_token == in_table
    assert with_token


def test_addresses_without_sign_in_are_those_of_ways_without_an_account():
    is_open = {route.view_name for route in ROUTES if route.is_open}
    without_account = {
        route.view_name
        for route in ROUTES
        if any(way.allows(route.view_name) for way in reach.WAYS if not way.signed_in)
    }

    assert is_open == without_account


def test_account_pages_are_those_that_the_table_opens_to_organisers_alone():
    account_pages = {route.view_name for route in ROUTES if reach.is_account_page(route.view_name)}

    assert account_pages == {
        route.view_name
        for route in ROUTES
        if route.view_name.startswith(("account_", "mfa_")) and reach.ORGANISER_SESSION.allows(route.view_name)
    }
    assert not any(reach.PARTICIPANT_SESSION.allows(name) or reach.LINK_GRANT.allows(name) for name in account_pages)


def test_the_settings_hold_the_durations_of_the_table():
    assert reach.SIGN_IN_CODE.lifetime.total_seconds() == settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT
    assert reach.PARTICIPANT_SESSION.lifetime.total_seconds() == settings.SESSION_COOKIE_AGE


def test_the_document_says_what_the_table_says():
    document = (Path(settings.BASE_DIR) / "docs" / "security.md").read_text(encoding="utf-8")

    assert table() in document, "python3 dev.py manage reach_table --write"
