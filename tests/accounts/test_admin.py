"""Organisers' accounts."""

from typing import Any

import pytest
from allauth.account import signals as account_signals
from allauth.account.models import EmailAddress
from allauth.mfa import signals as factor_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from conference.models import HistoryEntry
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


@pytest.fixture
def assistant(client: Client, settings: Any) -> Client:
    """Signed in as an organiser who may change accounts, roles and second factors, and see mails: nothing else."""
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    user = UserFactory(email="assistant@organiser.example", is_staff=True)
    own = Permission.objects.filter(content_type__app_label__in=["accounts", "auth", "mfa"]) | permission("view_mail")
    user.user_permissions.set(own)
    client.force_login(user)
    return client


def permission(name: str) -> Any:
    return Permission.objects.filter(codename=name)


def with_right(name: str, *, by_role: bool = False, **fields: Any) -> User:
    user = UserFactory(is_staff=True, **fields)
    if by_role:
        role = Group.objects.create(name=f"role for {name}")
        role.permissions.set(permission(name))
        user.groups.add(role)
    else:
        user.user_permissions.set(permission(name))
    return user


class TestNobodyTouchesAStrongerAccount:
    @pytest.fixture(
        params=[
            {"is_superuser": True},
            {"name": "change_conference"},
            {"name": "change_conference", "by_role": True},
            # A closed account can be opened again, with all its rights.
            {"name": "change_conference", "is_active": False},
            {"is_superuser": True, "is_active": False},
        ]
    )
    def stronger(self, request: pytest.FixtureRequest) -> User:
        how = dict(request.param)
        if how.get("is_superuser"):
            return UserFactory(is_staff=True, **how)
        return with_right(how.pop("name"), **how)

    def test_neither_fields_nor_password(self, assistant: Client, stronger: User) -> None:
        before = User.objects.filter(pk=stronger.pk).values().get()

        change = assistant.post(change_url(stronger), {"email": "taken@over.example", "is_active": "on"})
        password = reverse("admin:auth_user_password_change", args=[stronger.pk])
        given = {"password1": "a long enough passphrase", "password2": "a long enough passphrase"}
        passwords = [assistant.get(password), assistant.post(password, {**given, "usable_password": "true"})]

        assert [response.status_code for response in (change, *passwords)] == [403] * 3
        assert User.objects.filter(pk=stronger.pk).values().get() == before
        assert not HistoryEntry.objects.filter(subject_type__model="user").exists()

    def test_nor_the_second_factor(self, assistant: Client, stronger: User) -> None:
        factor = Authenticator.objects.create(user=stronger, type=Authenticator.Type.TOTP, data={})
        own = Authenticator.objects.create(user=UserFactory(), type=Authenticator.Type.TOTP, data={})

        alone = assistant.post(reverse("admin:mfa_authenticator_delete", args=[factor.pk]), {"post": "yes"})
        many = assistant.post(
            reverse("admin:mfa_authenticator_changelist"),
            {"action": "delete_selected", "_selected_action": [own.pk, factor.pk], "post": "yes"},
        )

        assert (alone.status_code, many.status_code) == (403, 403)
        assert Authenticator.objects.count() == 2

    def test_nor_a_role_of_theirs(self, assistant: Client, stronger: User) -> None:
        role = Group.objects.create(name="Mail")
        role.permissions.set(permission("view_mail"))
        stronger.groups.add(role)

        change = assistant.post(reverse("admin:auth_group_change", args=[role.pk]), {"name": "Other"})
        delete = assistant.post(reverse("admin:auth_group_delete", args=[role.pk]), {"post": "yes"})
        many = assistant.post(
            reverse("admin:auth_group_changelist"),
            {"action": "delete_selected", "_selected_action": [role.pk], "post": "yes"},
        )

        assert [response.status_code for response in (change, delete, many)] == [403] * 3
        assert Group.objects.get(pk=role.pk).name == "Mail"


def test_somebody_with_the_same_rights_or_fewer_is_changed(assistant: Client) -> None:
    equal = with_right("view_mail", by_role=True)

    response = assistant.post(change_url(equal), {"email": equal.email, "name": "Nora", "is_active": "on"})

    assert response.status_code == 302
    equal.refresh_from_db()
    assert (equal.name, equal.is_staff) == ("Nora", False)


class TestRoles:
    @pytest.fixture
    def role(self) -> Group:
        role = Group.objects.create(name="Mail")
        role.permissions.set(permission("view_mail"))
        return role

    def save(self, client: Client, address: str, *names: str) -> Any:
        rights = Permission.objects.filter(codename__in=names).values_list("pk", flat=True)
        return client.post(address, {"name": "Mail", "permissions": list(rights)})

    def test_nobody_gives_a_role_a_right_that_they_lack(self, assistant: Client, role: Group) -> None:
        for address in (reverse("admin:auth_group_change", args=[role.pk]), reverse("admin:auth_group_add")):
            response = self.save(assistant, address, "view_mail", "change_conference")
            assert "permissions" in response.context["adminform"].form.errors

        assert [right.codename for right in role.permissions.all()] == ["view_mail"]

    def test_rights_of_ones_own_are_given(self, assistant: Client, role: Group) -> None:
        self.save(assistant, reverse("admin:auth_group_change", args=[role.pk]), "view_mail", "view_user")

        assert {right.codename for right in role.permissions.all()} == {"view_mail", "view_user"}

    def test_a_role_with_more_rights_than_ones_own_stays(self, assistant: Client, role: Group) -> None:
        role.permissions.set(permission("change_conference"))

        response = self.save(assistant, reverse("admin:auth_group_change", args=[role.pk]), "view_mail")

        assert response.status_code == 403

    def test_those_with_all_rights_do_all_of_it(self, organiser_client: Client, role: Group) -> None:
        address = reverse("admin:auth_group_change", args=[role.pk])

        assert self.save(organiser_client, address, "change_conference").status_code == 302
        assert [right.codename for right in role.permissions.all()] == ["change_conference"]


class TestHistory:
    """What happens to accounts: names of fields, never values."""

    @pytest.fixture
    def user(self) -> User:
        return UserFactory(email="nora@organiser.example")

    def entries(self) -> list[tuple[Any, ...]]:
        found = HistoryEntry.objects.order_by("pk")
        return [(entry.subject_type.model, entry.subject_id, entry.action, entry.detail) for entry in found]

    def test_of_an_account(self, organiser_client: Client, organiser: User) -> None:
        organiser_client.post(ADD, {"email": "new@organiser.example", "usable_password": "false"})
        user = User.objects.get(email="new@organiser.example")
        role = Group.objects.create(name="Mail")
        organiser_client.post(
            change_url(user), {"email": "new@city.example", "is_active": "on", "is_staff": "on", "groups": [role.pk]}
        )

        assert self.entries() == [
            ("user", user.pk, "created", ""),
            ("user", user.pk, "changed", "e-mail address, organiser, groups"),
        ]
        assert {(entry.by, entry.conference) for entry in HistoryEntry.objects.all()} == {(organiser, None)}

    def test_of_a_password(self, organiser_client: Client, user: User) -> None:
        password = "a long enough passphrase"

        address = reverse("admin:auth_user_password_change", args=[user.pk])
        organiser_client.post(address, {"password1": password, "password2": "another", "usable_password": "true"})
        organiser_client.post(address, {"password1": password, "password2": password, "usable_password": "true"})

        assert self.entries() == [("user", user.pk, "password set", "password")]

    def test_of_a_role(self, organiser_client: Client) -> None:
        organiser_client.post(reverse("admin:auth_group_add"), {"name": "Mail"})
        role = Group.objects.get()
        rights = [right.pk for right in permission("view_mail")]
        address = reverse("admin:auth_group_change", args=[role.pk])
        organiser_client.post(address, {"name": "Mail", "permissions": rights})
        organiser_client.post(reverse("admin:auth_group_delete", args=[role.pk]), {"post": "yes"})

        assert self.entries() == [
            ("group", role.pk, "created", ""),
            ("group", role.pk, "changed", "permissions"),
            ("group", role.pk, "deleted", ""),
        ]

    def test_of_second_factors(self, organiser_client: Client, user: User) -> None:
        for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
            Authenticator.objects.create(user=user, type=kind, data={})
        organiser_client.post(
            reverse("admin:mfa_authenticator_changelist"),
            {
                "action": "delete_selected",
                "_selected_action": list(Authenticator.objects.values_list("pk", flat=True)),
                "post": "yes",
            },
        )

        assert self.entries() == [("user", user.pk, "second factor removed", "")] * 2

    def test_of_what_owners_do_themselves(self, user: User, rf: Any) -> None:
        for signal, words in {
            account_signals.password_changed: "password changed",
            factor_signals.authenticator_added: "second factor added",
            factor_signals.authenticator_removed: "second factor removed",
        }.items():
            signal.send(sender=User, request=rf.get("/"), user=user, authenticator=None)
            entry = HistoryEntry.objects.latest("pk")
            assert (entry.subject, entry.action, entry.by) == (user, words, user)

    def test_is_read_by_those_who_may_see_accounts(self, organiser_client: Client, user: User, client: Client) -> None:
        organiser_client.post(change_url(user), {"email": user.email, "name": "Nora", "is_active": "on"})
        entry = HistoryEntry.objects.get()
        pages = [
            reverse("admin:conference_historyentry_changelist"),
            reverse("admin:conference_historyentry_change", args=[entry.pk]),
        ]
        reader = with_right("view_historyentry")
        client.force_login(reader)

        hidden = [client.get(page, follow=True).content.decode() for page in pages]
        reader.user_permissions.add(*permission("view_user"))
        shown = [client.get(page, follow=True).content.decode() for page in pages]

        assert [str(entry.subject) in page for page in hidden] == [False, False]
        assert [str(entry.subject) in page for page in shown] == [True, True]


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
