"""A stranger who asks for codes and tries passwords keeps neither the owner out nor finds a way in."""

import datetime
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts import devices
from accounts.models import User
from accounts.services import ensure_accounts
from conference.models import HistoryEntry
from mailings.models import Mail

pytestmark = pytest.mark.django_db

MAYOR = "mayor@city.example"
ORGANISER = "organiser@convoke.example"
PASSWORD = "a long enough passphrase"
NOW = datetime.datetime(2027, 2, 1, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


@pytest.fixture(autouse=True)
def _fast_passwords(settings):
    """Hundreds are tried here, and a good hash is slow on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def mayor() -> User:
    return ensure_accounts({MAYOR: "Mayor"})[MAYOR]


@pytest.fixture
def organiser() -> User:
    user = User.objects.create_superuser(ORGANISER, PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def at(number: int) -> Client:
    """A browser that is new, at a network address of its own."""
    return Client(REMOTE_ADDR=f"198.51.100.{number}")


def ask(client: Client, email: str = MAYOR):
    """Asks for a code as a new visitor; while a code is awaited, allauth would lead back to where it is typed."""
    client.cookies.pop(settings.SESSION_COOKIE_NAME, None)
    return client.post(reverse("account_request_login_code"), {"email": email})


def newest_code() -> str:
    text = Mail.objects.latest("pk").opened_text().split("\n\n", 1)[1]
    return re.search(r"\b([A-Z]{4}-[A-Z]{4})\b", text)[1]


def confirm(client: Client, code: str):
    return client.post(reverse("account_confirm_login_code"), {"code": code})


def sign_in_by_code(client: Client, email: str = MAYOR) -> Client:
    ask(client, email)
    confirm(client, newest_code())
    assert is_signed_in(client)
    return client


def sign_out(client: Client) -> Client:
    client.post(reverse("account_logout"))
    return client


def try_password(client: Client, password: str = "wrong", email: str = ORGANISER):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def mails() -> int:
    return Mail.objects.count()


class TestCodes:
    def test_a_stranger_at_another_address_does_not_keep_the_owner_from_a_code(self, mayor):
        stranger = at(1)
        asked = [ask(stranger).status_code for _number in range(4)]

        assert asked == [302, 302, 302, 200]
        sign_in_by_code(at(2))

    def test_one_address_gets_three_a_minute_six_an_hour_and_twelve_a_day(self, mayor, clock):
        stranger = at(1)

        sent = []
        for _quarter in range(24 * 4):
            sent.append(sum(ask(stranger).status_code == 302 for _number in range(4)))
            clock.shift(datetime.timedelta(minutes=15))

        assert sent[:5] == [3, 3, 0, 0, 3]
        assert sum(sent) == mails() == 12

    def test_the_refusal_says_what_to_do_and_is_the_same_for_an_unknown_address(self, mayor):
        known, unknown = at(1), at(2)
        for _number in range(3):
            ask(known)
            ask(unknown, "nobody@city.example")

        refused = [ask(known), ask(unknown, "nobody@city.example")]

        errors = [response.context["form"].errors["email"] for response in refused]
        assert errors == [["You have asked for several codes already. Use the newest e-mail, or try again later."]] * 2

    def test_from_many_addresses_the_mailbox_gets_18_an_hour_and_the_answer_stays_the_same(self, mayor):
        answers = [ask(at(number)) for number in range(22)]

        assert {(answer.status_code, answer["Location"]) for answer in answers} == {
            (302, reverse("account_confirm_login_code"))
        }
        assert mails() == 18

    def test_a_day_of_it_is_48_mails(self, mayor, clock):
        for _hour in range(4):
            for number in range(19):
                ask(at(number))
            clock.shift(datetime.timedelta(hours=1, seconds=1))

        assert mails() == 48

    def test_different_spellings_and_addresses_of_one_account_count_together(self, mayor):
        EmailAddress.objects.create(user=mayor, email="office@city.example", verified=True)
        EmailAddress.objects.filter(email=MAYOR).update(verified=True)
        stranger = at(1)
        for spelling in ("Mayor@City.example", "office@city.example", "MAYOR@city.example"):
            assert ask(stranger, spelling).status_code == 302

        assert ask(stranger).status_code == 200

    def test_the_known_device_gets_its_code_whatever_strangers_do(self, mayor):
        owner = sign_out(sign_in_by_code(at(1)))
        for number in range(24):
            # Some sit in the same building.
            ask(at(number % 12))
        before = mails()

        sign_in_by_code(owner)

        assert mails() == before + 1

    def test_the_known_device_is_limited_too(self, mayor):
        owner = sign_out(sign_in_by_code(at(1)))

        asked = [ask(owner).status_code for _number in range(5)]

        assert asked == [302, 302, 302, 200, 200]

    def test_a_code_has_three_attempts_even_where_the_session_forgets_them(self, mayor):
        stranger = at(1)
        ask(stranger)
        code, state = newest_code(), dict(stranger.session.items())

        for _number in range(3):
            # As requests at the same instant do: each reads the session that none has written yet.
            restore(stranger, state)
            confirm(stranger, "BBBB-BBBB")
        restore(stranger, state)
        confirm(stranger, code)

        assert not is_signed_in(stranger)

    def test_the_third_attempt_may_be_right(self, mayor):
        owner = at(1)
        ask(owner)
        for _number in range(2):
            confirm(owner, "BBBB-BBBB")

        confirm(owner, newest_code())

        assert is_signed_in(owner)

    def test_300_people_of_one_venue_sign_in_within_a_minute(self):
        guests = list(ensure_accounts({f"guest{number}@city.example": "" for number in range(300)}))

        assert {ask(Client(), email).status_code for email in guests[:290]} == {302}
        for email in guests[290:]:
            sign_in_by_code(Client(), email)
        assert mails() == 300


class TestPasswords:
    def test_a_stranger_at_another_address_does_not_lock_the_owner_out(self, organiser):
        stranger = at(1)
        for _number in range(6):
            try_password(stranger)

        assert not is_signed_in_after(stranger)
        assert is_signed_in_after(at(2))

    def test_from_many_addresses_fifty_an_hour_are_tried_and_the_known_device_gets_in(self, organiser):
        owner = sign_out(sign_in_by_code(at(1), ORGANISER))
        for number in range(50):
            try_password(at(2 + number))

        assert not is_signed_in_after(at(100))
        assert is_signed_in_after(owner)

    def test_a_code_still_gets_the_owner_in_at_a_new_device(self, organiser):
        for number in range(60):
            try_password(at(number))

        sign_in_by_code(at(100), ORGANISER)

    def test_the_hour_over_it_may_be_tried_again(self, organiser, clock):
        for number in range(50):
            try_password(at(number))
        clock.shift(datetime.timedelta(hours=1, seconds=1))

        assert is_signed_in_after(at(100))

    def test_right_passwords_do_not_count(self, organiser):
        for number in range(60):
            assert is_signed_in_after(at(number))

    def test_second_factors_are_counted_by_account_wherever_they_are_tried(self, organiser):
        totp.TOTP.activate(organiser, totp.generate_totp_secret())
        answers = []
        for number in range(6):
            stranger = at(number)
            try_password(stranger, PASSWORD)
            answers.append(stranger.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode())

        assert ["Too many failed" in answer for answer in answers] == [False] * 5 + [True]

    def test_a_blocked_organiser_is_in_the_history_once_an_hour(self, organiser, clock):
        for _hour in range(2):
            for _number in range(9):
                try_password(at(1))
            clock.shift(datetime.timedelta(hours=1, seconds=1))

        entries = HistoryEntry.objects.filter(action="sign-in blocked")
        assert [(entry.subject, entry.by, entry.conference) for entry in entries] == [(organiser, None, None)] * 2

    def test_wrong_second_factors_are_in_the_history(self, organiser):
        totp.TOTP.activate(organiser, totp.generate_totp_secret())
        stranger = at(1)
        try_password(stranger, PASSWORD)
        stranger.post(reverse("mfa_authenticate"), {"code": "000000"})

        assert HistoryEntry.objects.get(action="wrong second factor").subject == organiser


class TestKnownDevices:
    @pytest.fixture
    def owner(self, mayor) -> Client:
        return sign_out(sign_in_by_code(at(1)))

    def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(self, owner, settings):
        cookie = owner.cookies[devices.COOKIE]

        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 180 * 86400)
        assert bool(cookie["secure"]) is settings.SESSION_COOKIE_SECURE is True
        assert MAYOR not in cookie.value

    def test_a_session_that_began_with_a_personal_link_makes_no_known_device(self, mayor):
        link = at(1)
        link.force_login(mayor)
        response = HttpResponse()

        devices.remember(link.get(reverse("conference:home")).wsgi_request, response, mayor)

        assert devices.COOKIE not in response.cookies

    def test_it_is_known_for_180_days(self, owner, mayor, clock):
        assert known(owner, mayor)
        clock.shift(datetime.timedelta(days=181))
        assert not known(owner, mayor)

    @pytest.mark.parametrize("change", ["password", "address", "factor", "inactive"])
    def test_it_is_not_known_any_more_once_the_account_changed(self, owner, mayor, change):
        if change == "password":
            mayor.set_password(PASSWORD)
        elif change == "address":
            mayor.email = "new@city.example"
        elif change == "factor":
            totp.TOTP.activate(mayor, totp.generate_totp_secret())
        else:
            mayor.is_active = False
        mayor.save()

        assert not known(owner, mayor)

    def test_it_is_known_to_one_account_alone(self, owner, organiser):
        assert not known(owner, organiser)

    @pytest.mark.parametrize("forged", ["", "|||||||", "1.device.fingerprint", "1.a.b:1abc:xyz"])
    def test_what_was_not_signed_here_is_nobody(self, mayor, forged):
        client = at(1)
        client.cookies[devices.COOKIE] = forged.replace("1.", f"{mayor.pk}.")

        assert not known(client, mayor)

    def test_a_shared_computer_knows_the_last_five_people(self):
        accounts = ensure_accounts({f"guest{number}@city.example": "" for number in range(7)})
        desk = at(1)
        for email in accounts:
            sign_out(sign_in_by_code(desk, email))

        assert [bool(known(desk, account)) for account in accounts.values()] == [False] * 2 + [True] * 5


def known(client: Client, account: User) -> str:
    request = client.request().wsgi_request
    return devices.known_device(request, account)


def restore(client: Client, state: dict) -> None:
    session = client.session
    session.clear()
    session.update(state)
    session.save()


def is_signed_in_after(client: Client) -> bool:
    try_password(client, PASSWORD)
    return is_signed_in(client)
