"""Who gets in, and how: nobody signs up, participants by code, organisers with a second factor."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import ensure_accounts
from mailings.models import Mail
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def organiser() -> User:
    user = User.objects.create_superuser("organiser@convoke.example", "a long enough passphrase")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture(autouse=True)
def _second_factor_required(settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = True


def sign_in(client, password="a long enough passphrase"):
    return client.post(reverse("account_login"), {"login": "organiser@convoke.example", "password": password})


def account(email: str) -> User:
    return ensure_accounts({email: ""})[email]


def test_who_comes_from_the_organisers_pages_finds_the_way_in_open(client):
    """Before any script runs, and only they: for all others it stays folded away."""
    organisers = client.get(reverse("admin:index"), follow=True).content.decode()
    participants = client.get(reverse("account_login")).content.decode()

    assert "<details open>" in organisers
    assert "<details>" in participants


class TestEnsureAccounts:
    def test_two_spellings_are_one_account(self):
        first = ensure_accounts({"Mayor@City.example": "Mayor"})
        second = ensure_accounts({"mayor@city.EXAMPLE ": "Other"})

        assert first == second == {"mayor@city.example": User.objects.get(name="Mayor")}

    def test_have_no_password(self):
        assert not account("mayor@city.example").has_usable_password()

    def test_no_address_counts_as_proven_before_its_owner_has_signed_in(self):
        ensure_accounts({"mayor@city.example": "", "guest@city.example": ""})
        EmailAddress.objects.filter(email="mayor@city.example").update(verified=True)
        ensure_accounts({"mayor@city.example": "", "guest@city.example": ""})

        assert set(EmailAddress.objects.values_list("email", "verified")) == {
            ("mayor@city.example", True),
            ("guest@city.example", False),
        }


class TestNobodySignsUp:
    def test_the_page_is_closed(self, client):
        response = client.post(reverse("account_signup"), {"email": "stranger@nowhere.example"})

        assert User.objects.count() == 0
        assert b"closed" in response.content.lower()

    def test_a_code_for_an_unknown_address_is_not_sent_and_nothing_shows(self):
        unknown = Client().post(reverse("account_request_login_code"), {"email": "stranger@nowhere.example"})
        account("mayor@city.example")
        known = Client().post(reverse("account_request_login_code"), {"email": "mayor@city.example"})

        assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
        assert [mail.to for mail in Mail.objects.all()] == [["mayor@city.example"]]


class TestByCode:
    def test_the_code_verifies_the_address_and_signs_in(self, client):
        user = account("mayor@city.example")
        client.post(reverse("account_request_login_code"), {"email": "mayor@city.example"})
        code = re.search(r"\b([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\b", Mail.objects.get().opened_text().split("\n\n", 1)[1])

        client.post(reverse("account_confirm_login_code"), {"code": code[1]})

        assert client.session["_auth_user_id"] == str(user.pk)
        assert EmailAddress.objects.get(user=user).verified is True

    def test_the_code_is_nowhere_in_clear(self, client):
        account("mayor@city.example")
        client.post(reverse("account_request_login_code"), {"email": "mayor@city.example"})

        mail = Mail.objects.get()
        assert mail.text == "⟦text_body⟧"
        assert "code" in mail.opened_text().lower()


class TestOrganisers:
    def test_without_a_second_factor_they_are_sent_to_set_one_up(self, client, organiser):
        sign_in(client)

        response = client.get(reverse("admin:index"))

        assert response["Location"] == reverse("mfa_index")
        assert client.get(reverse("conference:home"))["Location"] == reverse("mfa_index")

    def test_with_one_they_are_asked_for_it(self, client, organiser):
        secret = totp.generate_totp_secret()
        totp.TOTP.activate(organiser, secret)

        response = sign_in(client)
        assert response["Location"] == reverse("mfa_authenticate")
        assert "_auth_user_id" not in client.session

        code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert client.get(reverse("admin:index")).status_code == 200

    def test_the_demonstration_signs_in_without(self, client, organiser, settings):
        settings.STAFF_SECOND_FACTOR_REQUIRED = False
        sign_in(client)

        assert client.get(reverse("admin:index")).status_code == 200

    def test_a_wrong_password_does_not_say_which_part_was_wrong(self, client, organiser):
        response = sign_in(client, password="wrong")

        assert response.status_code == 200
        assert "_auth_user_id" not in client.session

    def test_participants_see_no_organisers_page(self, client):
        client.force_login(UserFactory())

        assert client.get(reverse("admin:index")).status_code in {302, 403}

    def test_strangers_are_sent_to_sign_in(self, client):
        response = client.get(reverse("admin:index"), follow=True)

        assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_a_whole_venue_can_sign_in_from_one_address():
    """Rate limits count codes by e-mail; by address they are far above what 150 people need in a minute."""
    for number in range(60):
        account(f"guest{number}@city.example")
        response = Client().post(reverse("account_request_login_code"), {"email": f"guest{number}@city.example"})
        assert response.status_code == 302

    assert Mail.objects.count() == 60
