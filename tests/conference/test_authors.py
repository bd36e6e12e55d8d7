"""Who did something can still be read when their account is gone."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import models
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from agenda.models import Plan
from conference import authors, history
from conference.models import Conference, HistoryEntry, Venue
from marketplace.models import Criterion, Mark
from meetings.models import Paper, Placement
from registrations.models import AddressChange
from registrations.services import replies
from tests.factories import DelegationFactory, InvitationFactory, UserFactory, person
from tests.marketplace import factories as marketplace

pytestmark = pytest.mark.django_db

# What is deleted with an account because it is nothing but the account's own.
OWN = {
    "accounts.User_groups.user",
    "accounts.User_user_permissions.user",
    "account.EmailAddress.user",
    "agenda.Reader.user",
    "mfa.Authenticator.user",
    # Its lines move to the history first.
    "admin.LogEntry.user",
}
# Of people rather than by them: these rows hold name and address of their own.
PEOPLE = {"registrations.Invitation.contact", "registrations.Invitation.assistant", "registrations.Participant.user"}
# The account cannot be deleted as long as these are there.
PROTECTED = {"marketplace.Mark.reviewer"}


def _relations_to_accounts() -> dict[str, models.ForeignKey]:
    return {
        f"{model._meta.label}.{field.name}": field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.remote_field.model is User
    }


def _row(label: str, conference: Conference, user: User) -> models.Model:
    """A row of this model that `user` made."""
    model, _dot, field = label.rpartition(".")
    made: dict[str, dict[str, Any]] = {
        "meetings.Paper": {"kind": Paper.Kind.values[0]},
        "meetings.Placement": {"mode": Placement.Mode.values[0], "limit_seconds": 1},
        "agenda.ProgrammeImport": {"name": "a.csv"},
        "agenda.Plan": {},
        "agenda.DismissedWarning": {"key": "k", "text": "t", "reason": "r"},
        "agenda.Release": {"number": 1, "content": {}, "working_copy": {}},
        "registrations.Proposal": {"seats": 1, "seed": 1},
        "registrations.GuestListImport": {"file_name": "a.csv", "content": b"", "report": {}},
    }
    if model == "registrations.AddressNotice":
        delegation = DelegationFactory(conference=conference)
        made[model] = {"email": "a@city.example", "reason": "registered", "delegation": delegation, "token_sha256": "a"}
    if model == "registrations.AddressChange":
        registered = replies.accept(InvitationFactory(delegation__conference=conference), [person()], by=None)[0]
        return AddressChange.objects.create(
            participant=registered,
            email="new@city.example",
            old_email=registered.email,
            token_sha256="a",
            keep_sha256="b",
            asked_by=user,
            expires_at=timezone.now(),
        )
    if model == "marketplace.StandApplication":
        return marketplace.application(marketplace.call(conference), applicant=user)
    return apps.get_model(model).objects.create(conference=conference, **{field: user}, **made[model])


def test_every_relation_to_accounts_is_of_a_kind_that_is_thought_of() -> None:
    authored = {f"{field.model._meta.label}.{field.name}" for field in authors.author_fields()}

    assert set(_relations_to_accounts()) == authored | OWN | PEOPLE | PROTECTED | {"conference.HistoryEntry.by"}


@pytest.mark.parametrize(
    "field", list(authors.author_fields()), ids=lambda field: f"{field.model.__name__}.{field.name}"
)
def test_what_somebody_made_names_them_when_their_account_is_gone(field: models.ForeignKey, conference: Conference):
    author = UserFactory(email="olga@organiser.example", name="Olga Organiser")
    row = _row(f"{field.model._meta.label}.{field.name}", conference, author)
    before = authors.author_of(row, field.name)

    author.delete()

    row.refresh_from_db()
    assert (before, getattr(row, field.name)) == ("Olga Organiser", None)
    assert authors.author_of(row, field.name) == "Olga Organiser (olga@organiser.example)"


def test_nobody_is_named_where_nobody_is_known(conference: Conference) -> None:
    assert authors.author_of(Plan.objects.create(conference=conference), "changed_by") == ""


def test_the_history_keeps_name_and_address_as_they_were(conference: Conference, organiser_client: Client) -> None:
    author = UserFactory(email="anna@organiser.example", name="Anna Author")
    history.record(conference, "changed", by=author)
    author.name, author.email = "Anna Married", "anna@other.example"
    author.save()
    author.delete()

    entry = HistoryEntry.objects.get(action="changed")
    page = organiser_client.get(reverse("admin:conference_historyentry_changelist")).content.decode()

    assert (entry.by, entry.who) == (None, "Anna Author (anna@organiser.example)")
    assert "Anna Author (anna@organiser.example)" in page


def test_a_reviewer_with_marks_cannot_be_deleted() -> None:
    of = marketplace.call()
    criterion = Criterion.objects.create(call=of, name="Evidence")
    application = marketplace.application(of)
    mark = Mark.objects.create(application=application, criterion=criterion, reviewer=UserFactory(), points=3)

    with pytest.raises(ProtectedError):
        mark.reviewer.delete()


def test_lines_of_djangos_own_log_move_to_the_history(organiser: User, organiser_client: Client) -> None:
    venue = Venue.objects.create(name="Hall", city="Brussels")
    author = UserFactory(email="anna@organiser.example", name="Anna Author")
    LogEntry.objects.log_actions(author.pk, [venue], CHANGE, "Changed the name.", single_object=True)
    at = LogEntry.objects.get().action_time

    author.delete()

    entry = history.of(venue).get()
    assert (entry.action, entry.who, entry.at) == ("changed", "Anna Author (anna@organiser.example)", at)
    assert entry.detail == "Hall: Changed the name."
    assert organiser_client.get(reverse("admin:conference_historyentry_changelist")).status_code == 200
