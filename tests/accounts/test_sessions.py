"""What a session of the database is worth, and for how long."""

import datetime

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client):
    made = UserFactory()
    client.force_login(made)
    return made


def is_signed_in(client) -> bool:
    return client.get(reverse("registrations:mine")).status_code == 200


def test_it_lasts_until_its_end(client, user):
    end = Session.objects.get().expire_date

    with time_machine.travel(end - datetime.timedelta(seconds=1), tick=False):
        before = is_signed_in(client)
    with time_machine.travel(end, tick=False):
        after = is_signed_in(client)

    assert (before, after) == (True, False)


def test_whose_session_is_deleted_is_signed_out(client, user):
    Session.objects.all().delete()

    assert not is_signed_in(client)


def test_what_was_changed_by_hand_signs_nobody_in(client, user):
    Session.objects.update(session_data="e30:forged:signature")

    assert not is_signed_in(client)


def test_a_session_that_has_ended_is_not_taken_up_again(client, user):
    ended = client.session.session_key
    Session.objects.update(expire_date=timezone.now() - datetime.timedelta(days=1))

    client.force_login(user)

    assert client.session.session_key != ended
    assert is_signed_in(client)
