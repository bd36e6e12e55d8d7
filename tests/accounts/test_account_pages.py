"""Pages of accounts are for organisers alone, who first prove again who they are."""

import datetime
import re
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import reach
from accounts.models import User
from accounts.services import ensure_accounts
from mailings.models import Mail
from tests.routes import routes

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough passphrase"
ACCOUNT_PAGES = sorted(route.view_name for route in routes() if reach.is_account_page(route.view_name))


def address_of(name: str) -> str:
    number = name in {"mfa_remove_webauthn", "mfa_edit_webauthn"}
    return reverse(name, args=[1] if number else [])


def answers(client: Client, names: list[str]) -> dict[str, tuple[int, int]]:
    """What each page answers to a GET and to a POST."""
    return {
        name: (client.get(address_of(name)).status_code, client.post(address_of(name), {}).status_code)
        for name in names
    }


def code_in(mail: Mail) -> str:
    (code,) = re.findall(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", mail.opened_text(), re.MULTILINE)
    return code


def sign_in_by_code(client: Client, email: str) -> Any:
    client.post(reverse("account_request_login_code"), {"email": email})
    return client.post(reverse("account_confirm_login_code"), {"code": code_in(Mail.objects.latest("pk"))})


@pytest.fixture
def participant(client) -> User:
    """Signed in by a code."""
    user = ensure_accounts({"guest@city.example": "Guest"})["guest@city.example"]
    sign_in_by_code(client, user.email)
    return user


@pytest.fixture
def staff() -> User:
    user = User.objects.create_user("organiser@convoke.example", PASSWORD, is_staff=True)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def signed_in(client, staff, settings) -> User:
    """An organiser without a second factor, who has just signed in by a code."""
    sign_in_by_code(client, staff.email)
    assert client.session["_auth_user_id"] == str(staff.pk)
    Mail.objects.all().delete()
    return staff


@pytest.mark.urls("tests.accounts.loose_token_urls")
def test_a_secret_in_an_address_opens_only_what_the_table_lists(client):
    assert client.get("/loose/secret/").status_code == 404


class TestForParticipants:
    def test_they_do_not_exist(self, client, participant):
        assert answers(client, ACCOUNT_PAGES) == dict.fromkeys(ACCOUNT_PAGES, (404, 404))

    def test_nor_for_visitors(self, client):
        assert answers(client, ACCOUNT_PAGES) == dict.fromkeys(ACCOUNT_PAGES, (404, 404))

    def test_they_have_no_password_to_reset(self, client, participant):
        pages = [name for name in reach.SIGNING_IN.opens if reach.is_about_passwords(name)]

        assert pages
        assert answers(client, pages) == dict.fromkeys(pages, (404, 404))

    def test_nothing_of_the_account_can_be_changed(self, client, participant):
        client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})
        client.post(reverse("account_email"), {"action_add": "", "email": "thief@elsewhere.example"})
        client.post(reverse("mfa_activate_totp"), {"code": "123456"})

        participant.refresh_from_db()
        assert not participant.has_usable_password()
        assert EmailAddress.objects.count() == 1
        assert not Authenticator.objects.exists()

    def test_an_old_password_opens_nothing(self, client):
        user = User.objects.create_user("former@convoke.example", PASSWORD)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

        response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})

        assert response.url == reverse("account_login")
        assert "_auth_user_id" not in client.session

    def test_a_second_factor_that_somebody_set_up_for_them_locks_nobody_out(self, client):
        user = ensure_accounts({"guest@city.example": ""})["guest@city.example"]
        totp.TOTP.activate(user, totp.generate_totp_secret())

        sign_in_by_code(client, user.email)

        assert client.session["_auth_user_id"] == str(user.pk)

    def test_signing_in_and_out_stays_open(self, client, participant):
        assert client.get(reverse("account_logout")).status_code == 200


class TestResettingAPassword:
    def test_sends_a_code_to_organisers_alone_and_answers_all_alike(self, client, staff):
        ensure_accounts({"guest@city.example": ""})
        answers = {}
        for email in (staff.email, "guest@city.example", "unknown@city.example"):
            response = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
            answers[email] = (response.redirect_chain, response.content.decode().replace(email, "…"))
            client.cookies.clear()

        assert [mail.to for mail in Mail.objects.all()] == [[staff.email]]
        stripped = [(chain, re.sub(r'value="[^"]{40,}"', "", text)) for chain, text in answers.values()]
        assert stripped[0] == stripped[1] == stripped[2]

    def test_works_and_is_reported(self, client, staff):
        client.post(reverse("account_reset_password"), {"email": staff.email})
        client.post(reverse("account_confirm_password_reset_code"), {"code": code_in(Mail.objects.get())})
        new = "another long passphrase"

        client.post(reverse("account_complete_password_reset"), {"password1": new, "password2": new})

        staff.refresh_from_db()
        assert staff.check_password(new)
        assert Mail.objects.latest("pk").opened_text().count("was reset with a code") == 1

    def test_no_address_holds_its_secret(self):
        assert "account_reset_password_from_key" not in {route.view_name for route in routes()}


class TestForOrganisers:
    def test_a_fresh_code_opens_them(self, client, signed_in):
        assert client.get(reverse("account_email")).status_code == 200

    def test_later_they_sign_in_again_by_a_code_to_the_address_on_file(self, client, signed_in):
        with time_machine.travel(timezone.now() + reach.FRESH_FOR, tick=False):
            closed = client.get(reverse("account_email"))
            again = client.get(closed.url).content.decode()
            (way_in,) = re.findall(r'name="next" value="([^"]+)"', again)
            client.post(reverse("account_logout"), {"next": way_in})
            sign_in_by_code(client, signed_in.email)
            opened = client.get(reverse("account_email"))

        assert closed.url == f"{reverse('account_sign_in_again')}?next=%2Faccounts%2Femail%2F"
        assert way_in == "/accounts/login/code/?next=%2Faccounts%2Femail%2F"
        assert opened.status_code == 200

    def test_the_way_back_leads_to_no_other_site(self, client, signed_in):
        response = client.get(reverse("account_sign_in_again"), {"next": "https://elsewhere.example/"})

        assert "elsewhere" not in response.content.decode()

    def test_a_password_alone_is_not_enough(self, client, staff):
        client.post(reverse("account_login"), {"login": staff.email, "password": PASSWORD})

        for name in ACCOUNT_PAGES:
            if reach.needs_fresh_proof(name):
                response = client.post(address_of(name), {})
                assert response.url.startswith(reverse("account_sign_in_again")), name
        assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
        assert client.get(reverse("account_email")).status_code == 302

    def test_with_a_second_factor_they_give_it_again(self, client, staff):
        secret = totp.generate_totp_secret()
        totp.TOTP.activate(staff, secret)
        client.force_login(staff)
        closed = client.get(reverse("account_email"))
        code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))

        client.post(closed.url, {"code": code})

        assert closed.url.startswith(reverse("mfa_reauthenticate"))
        assert client.get(reverse("account_email")).status_code == 200


class TestReports:
    """Each change goes to the addresses that were on file before it."""

    def reports(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for mail in Mail.objects.order_by("pk"):
            found.setdefault(mail.subject, []).extend(mail.to)
        return found

    def add_address(self, client: Client, email: str) -> None:
        client.post(reverse("account_email"), {"action_add": "", "email": email})
        client.post(reverse("account_email_verification_sent"), {"code": code_in(Mail.objects.get(to=[email]))})
        assert EmailAddress.objects.get(email=email).verified

    def test_an_address_that_was_added(self, client, signed_in):
        self.add_address(client, "second@convoke.example")

        assert self.reports()["An e-mail address was added to your account"] == [signed_in.email]

    def test_another_first_address_and_the_removal_of_the_old_one(self, client, signed_in):
        old = signed_in.email
        self.add_address(client, "second@convoke.example")
        Mail.objects.all().delete()

        client.post(reverse("account_email"), {"action_primary": "", "email": "second@convoke.example"})
        client.post(reverse("account_email"), {"action_remove": "", "email": old})

        reports = self.reports()
        assert old in reports["The e-mail address of your account was changed"]
        assert old in reports["An e-mail address was removed from your account"]
        assert EmailAddress.objects.get().email == "second@convoke.example"

    def test_a_password_that_was_changed(self, client, signed_in):
        new = "another long passphrase"
        client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})

        assert self.reports() == {"Your password was changed": [signed_in.email]}

    def test_a_password_that_was_set(self, client, signed_in):
        signed_in.set_unusable_password()
        signed_in.save()
        sign_in_by_code(client, signed_in.email)
        Mail.objects.all().delete()

        client.post(reverse("account_set_password"), {"password1": PASSWORD, "password2": PASSWORD})

        assert self.reports() == {"A password was set for your account": [signed_in.email]}

    @pytest.mark.django_db(transaction=True)
    def test_an_authenticator_app_and_recovery_codes(self, client, signed_in):
        client.get(reverse("mfa_activate_totp"))
        secret = client.session["mfa.totp.secret"]
        code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
        client.post(reverse("mfa_activate_totp"), {"code": code})
        client.post(reverse("mfa_generate_recovery_codes"))
        client.post(reverse("mfa_deactivate_totp"))

        assert self.reports() == {
            "An authenticator app was added to your account": [signed_in.email],
            "Recovery codes were made for your account": [signed_in.email],
            "The authenticator app was removed from your account": [signed_in.email],
        }

    def test_a_security_key_that_was_removed(self, client, signed_in):
        key = Authenticator.objects.create(
            user=signed_in, type=Authenticator.Type.WEBAUTHN, data={"name": "key", "credential": {}}
        )

        client.post(reverse("mfa_remove_webauthn", args=[key.pk]))

        assert self.reports() == {"A security key was removed from your account": [signed_in.email]}

    def test_they_say_when_from_where_and_what_to_do(self, client, signed_in):
        with time_machine.travel(datetime.datetime(2026, 11, 30, 12, 0, tzinfo=datetime.UTC), tick=False):
            client.logout()
            sign_in_by_code(client, signed_in.email)
            client.post(
                reverse("account_change_password"),
                {"oldpassword": PASSWORD, "password1": PASSWORD + "2", "password2": PASSWORD + "2"},
                headers={"user-agent": "A browser"},
            )

        text = Mail.objects.latest("pk").opened_text()
        for words in [
            "30 November 2026, 13.00",
            "127.0.0.1",
            "A browser",
            "Was it not you?",
        ]:
            assert words in text
        assert "Hello from" not in text


class TestReportsOfOrganisers:
    """What an organiser changes for somebody else."""

    def change(self, client: Client, user: User, **fields: str) -> None:
        response = client.post(
            reverse("admin:accounts_user_change", args=[user.pk]),
            {"email": user.email, "name": user.name, "is_active": "on", **fields},
        )
        assert response.status_code == 302

    @pytest.fixture
    def user(self) -> User:
        user = User.objects.create_user("old@city.example", PASSWORD)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        EmailAddress.objects.create(user=user, email="proven@city.example", verified=True)
        EmailAddress.objects.create(user=user, email="unproven@city.example", verified=False)
        return user

    def test_an_address(self, organiser_client, organiser, user):
        self.change(organiser_client, user, email="new@city.example")

        assert sorted(mail.to[0] for mail in Mail.objects.all()) == ["old@city.example", "proven@city.example"]
        text = Mail.objects.first().opened_text()
        assert "changed from old@city.example to new@city.example" in text
        assert "Olga Organiser (organiser@organiser.example)" in text

    def test_a_password(self, organiser_client, user):
        new = "another long passphrase"

        organiser_client.post(
            reverse("admin:auth_user_password_change", args=[user.pk]),
            {"usable_password": "true", "password1": new, "password2": new, "set-password": ""},
        )

        user.refresh_from_db()
        assert user.check_password(new)
        assert "The password of your account was changed." in Mail.objects.get(to=["old@city.example"]).opened_text()

    def test_a_password_that_was_taken_away(self, organiser_client, user):
        organiser_client.post(
            reverse("admin:auth_user_password_change", args=[user.pk]),
            {"usable_password": "false", "unset-password": ""},
        )

        user.refresh_from_db()
        assert not user.has_usable_password()
        assert "was removed" in Mail.objects.get(to=["old@city.example"]).opened_text()

    @pytest.mark.parametrize("at_once", [False, True])
    def test_a_second_factor(self, organiser_client, user, at_once):
        factor = Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DP"})

        if at_once:
            organiser_client.post(
                reverse("admin:mfa_authenticator_changelist"),
                {"action": "delete_selected", "_selected_action": [factor.pk], "post": "yes"},
            )
        else:
            organiser_client.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})

        assert not Authenticator.objects.exists()
        text = Mail.objects.get(to=["old@city.example"]).opened_text()
        assert "A second factor of your account was removed" in text

    def test_nothing_where_nothing_of_it_changed(self, organiser_client, user):
        self.change(organiser_client, user, name="Nora")

        assert not Mail.objects.exists()

    def test_nothing_for_a_new_account(self, organiser_client):
        organiser_client.post(
            reverse("admin:accounts_user_add"),
            {"email": "new@organiser.example", "is_staff": "on", "usable_password": "false"},
        )

        assert User.objects.filter(email="new@organiser.example").exists()
        assert not Mail.objects.exists()
