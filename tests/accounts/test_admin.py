"""Organisers' accounts."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

ADD = "/admin/accounts/user/add/"


def change_url(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def test_an_organiser_is_added_by_address_alone(organiser_client: Client) -> None:
    response = organiser_client.post(
        ADD, {"email": "New@Organiser.example", "name": "Nora", "is_staff": "on", "usable_password": "false"}
    )

    assert response.status_code == 302
    user = User.objects.get(email="new@organiser.example")
    assert (user.is_staff, user.has_usable_password()) == (True, False)
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.primary, address.verified) == ("new@organiser.example", True, False)


def test_a_new_organiser_signs_in_by_code(organiser_client: Client, client: Client) -> None:
    organiser_client.post(ADD, {"email": "new@organiser.example", "is_staff": "on", "usable_password": "false"})

    client.post(reverse("account_request_login_code"), {"email": "new@organiser.example"})

    assert client.get(reverse("account_confirm_login_code")).status_code == 200


def test_a_password_can_be_given(organiser_client: Client) -> None:
    password = "a long enough passphrase"

    organiser_client.post(
        ADD,
        {
            "email": "new@organiser.example",
            "usable_password": "true",
            "password1": password,
            "password2": password,
        },
    )

    user = User.objects.get(email="new@organiser.example")
    assert user.check_password(password)
    assert not user.is_staff


def test_one_mailbox_is_one_account(organiser_client: Client, organiser: User) -> None:
    response = organiser_client.post(ADD, {"email": organiser.email.upper(), "usable_password": "false"})

    assert response.context["adminform"].form.errors == {"email": ["There is an account with this address already."]}


def test_a_changed_address_has_to_be_proven_again(organiser_client: Client) -> None:
    user = UserFactory(email="old@city.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    organiser_client.post(change_url(user), {"email": "new@city.example", "is_active": "on"})

    user.refresh_from_db()
    assert user.email == "new@city.example"
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.primary, address.verified) == ("new@city.example", True, False)


def test_an_unchanged_address_stays_proven(organiser_client: Client) -> None:
    user = UserFactory(email="old@city.example")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)

    organiser_client.post(change_url(user), {"email": user.email, "name": "Nora", "is_active": "on"})

    user.refresh_from_db()
    assert user.name == "Nora"
    assert EmailAddress.objects.get(user=user).verified


@pytest.fixture
def manager(client: Client, settings: Any) -> Client:
    """Signed in as an organiser who may change accounts but not everything."""
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(user)
    return client


def test_rights_are_given_only_by_those_who_have_them_all(manager: Client) -> None:
    user = UserFactory()

    manager.post(change_url(user), {"email": user.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"})

    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, False)


def test_those_who_have_all_rights_are_changed_only_by_their_like(manager: Client, organiser: User) -> None:
    assert manager.post(change_url(organiser), {"email": "taken@over.example"}).status_code == 403
    password = reverse("admin:auth_user_password_change", args=[organiser.pk])
    assert manager.get(password).status_code == 403


def test_accounts_are_not_deleted(organiser_client: Client) -> None:
    user = UserFactory()

    response = organiser_client.post(reverse("admin:accounts_user_delete", args=[user.pk]), {"post": "yes"})

    assert response.status_code == 403


def test_a_lost_second_factor_can_be_deleted_not_made(organiser_client: Client) -> None:
    factor = Authenticator.objects.create(user=UserFactory(), type=Authenticator.Type.TOTP, data={"secret": "JBSWY3DP"})
    address = reverse("admin:mfa_authenticator_change", args=[factor.pk])

    assert "JBSWY3DP" not in organiser_client.get(address).content.decode()
    assert organiser_client.get("/admin/mfa/authenticator/add/").status_code == 403
    organiser_client.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})

    assert not Authenticator.objects.exists()


def test_addresses_have_no_page_of_their_own() -> None:
    with pytest.raises(NoReverseMatch):
        reverse("admin:account_emailaddress_changelist")


@pytest.mark.parametrize("address", ["/admin/accounts/user/", ADD, "/admin/auth/group/", "/admin/auth/group/add/"])
def test_pages_open(organiser_client: Client, address: str) -> None:
    assert organiser_client.get(address).status_code == 200
