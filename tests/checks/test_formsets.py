"""No form has as many rows as the request says: every formset has a limit of its own."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from conference.formsets import MOST_ROWS
from tests.factories import ConferenceFactory, InvitationFactory, SessionFactory

ROOT = Path(settings.BASE_DIR)
FACTORIES = {"formset_factory", "modelformset_factory", "inlineformset_factory"}
ENORMOUS = 10**6
NUMBERS = ["1000000", "9" * 5000, "-1", "ten", "1e9", "\0", ""]


def code() -> list[Path]:
    apps = [path.parent for path in ROOT.glob("*/apps.py")]
    return [path for app in apps for path in app.rglob("*.py") if "migrations" not in path.parts]


def test_every_formset_of_our_own_has_a_limit() -> None:
    calls = [
        (path.name, node)
        for path in code()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in FACTORIES
    ]

    assert len(calls) >= 2
    assert [name for name, call in calls if "absolute_max" not in {word.arg for word in call.keywords}] == []


@pytest.mark.django_db
def test_every_inline_of_the_admin_has_a_limit(organiser: User) -> None:
    request = RequestFactory().get("/")
    request.user = organiser
    formsets = [
        inline(model, admin.site).get_formset(request)
        for model, model_admin in admin.site._registry.items()
        for inline in {*model_admin.get_inlines(request, None), *model_admin.get_inlines(request, model())}
    ]

    assert len(formsets) >= 5
    assert [one.__name__ for one in formsets if one.absolute_max > MOST_ROWS or not one.validate_max] == []


@pytest.mark.django_db
@pytest.mark.parametrize("number", NUMBERS)
def test_a_venue_with_an_enormous_number_of_rooms_is_refused(organiser_client: Client, number: str) -> None:
    venue = ConferenceFactory().venue
    address = reverse("admin:conference_venue_change", args=[venue.pk])
    data = {"name": "Hall", "address": "Street 1", "city": "Brussels"}
    management = {"rooms-TOTAL_FORMS": number, "rooms-INITIAL_FORMS": "0"}

    response = organiser_client.post(address, data | management)

    if number == "-1":
        # No row at all, which a venue may have.
        assert response.status_code == 302
        return
    assert response.status_code in {200, 422}
    (formset,) = [one.formset for one in response.context["inline_admin_formsets"]]
    assert formset.total_form_count() <= 200
    if number == str(ENORMOUS):
        assert formset.non_form_errors() == ["Please submit at most 200 forms."]


@pytest.mark.django_db
@pytest.mark.parametrize("number", NUMBERS)
def test_a_session_with_an_enormous_number_of_people_is_refused(organiser_client: Client, number: str) -> None:
    session = SessionFactory()
    address = reverse("admin:agenda_session_change", args=[session.pk])
    counts = [f"{prefix}-{name}_FORMS" for prefix in ("appearances", "presentations") for name in ("TOTAL", "INITIAL")]
    management = dict.fromkeys(counts, number)

    response = organiser_client.post(address, {"title": "Talk", **management})

    assert response.status_code in {200, 422}
    for one in response.context["inline_admin_formsets"]:
        assert one.formset.total_form_count() <= 200


@pytest.mark.django_db
@pytest.mark.parametrize("number", NUMBERS)
def test_a_reply_with_an_enormous_number_of_people_is_refused(number: str) -> None:
    from registrations.forms import people_formset

    data: dict[str, Any] = {"people-TOTAL_FORMS": number, "people-INITIAL_FORMS": "0"}
    people = people_formset(InvitationFactory(seats=2), data)

    assert not people.is_valid()
    assert people.total_form_count() <= 2
    assert people.non_form_errors()
