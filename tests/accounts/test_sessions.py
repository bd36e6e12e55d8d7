"""What a session of the database is worth, and for how long."""

import datetime
import re
from pathlib import Path

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tasks import clear_sessions
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


class TestOrganisers:
    """Their sessions end after twelve hours without use."""

    START = datetime.datetime(2027, 2, 1, 8, 0, tzinfo=datetime.UTC)

    @pytest.fixture(autouse=True)
    def clock(self, settings):
        settings.STAFF_SECOND_FACTOR_REQUIRED = False
        with time_machine.travel(self.START, tick=False) as travelling:
            yield travelling

    @pytest.fixture
    def organiser(self, clock, client) -> User:
        made = UserFactory(is_staff=True)
        client.force_login(made)
        return made

    def test_it_ends_twelve_hours_after_the_last_page(self, client, organiser, clock):
        clock.shift(datetime.timedelta(hours=11, minutes=59))
        assert is_signed_in(client)
        clock.shift(datetime.timedelta(hours=11, minutes=59))
        assert is_signed_in(client)
        clock.shift(datetime.timedelta(hours=12))
        assert not is_signed_in(client)

    def test_it_is_written_every_five_minutes_not_with_every_page(self, client, organiser, clock):
        is_signed_in(client)
        first = Session.objects.get().expire_date
        clock.shift(datetime.timedelta(minutes=4, seconds=59))
        is_signed_in(client)
        same = Session.objects.get().expire_date
        clock.shift(datetime.timedelta(seconds=1))
        is_signed_in(client)

        assert first == same == self.START + datetime.timedelta(hours=12)
        assert Session.objects.get().expire_date == self.START + datetime.timedelta(hours=12, minutes=5)

    def test_a_page_that_asks_by_itself_does_not_keep_it_alive(self, client, organiser, clock):
        for _quarter in range(4 * 12):
            client.get(reverse("registrations:mine"), headers={"X-Poll": "1"})
            clock.shift(datetime.timedelta(minutes=15))

        assert not is_signed_in(client)

    def test_afterwards_the_way_leads_to_the_sign_in_page_and_back(self, client, clock):
        made = User.objects.create_superuser("organiser@convoke.example", "a long enough passphrase")
        EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
        client.force_login(made)
        clock.shift(datetime.timedelta(hours=12))
        address = reverse("admin:conference_historyentry_changelist")

        sign_in = client.get(address, follow=True).redirect_chain[-1][0]
        response = client.post(sign_in, {"login": made.email, "password": "a long enough passphrase"})

        assert sign_in.startswith(reverse("account_login"))
        assert response["Location"] == address

    def test_remember_me_does_not_make_it_longer(self, client, clock):
        made = User.objects.create_superuser("organiser@convoke.example", "a long enough passphrase")
        EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
        client.post(
            reverse("account_login"), {"login": made.email, "password": "a long enough passphrase", "remember": "on"}
        )

        assert client.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 12 * 3600
        assert Session.objects.get().expire_date == self.START + datetime.timedelta(hours=12)

    def test_whoever_becomes_an_organiser_has_twelve_hours_from_the_next_page_on(self, client, user, clock):
        User.objects.update(is_staff=True)
        is_signed_in(client)

        assert Session.objects.get().expire_date == self.START + datetime.timedelta(hours=12)

    def test_sessions_of_participants_last_as_long_as_ever(self, client, user, clock):
        clock.shift(datetime.timedelta(days=13))

        assert is_signed_in(client)


def test_every_page_that_asks_by_itself_says_so():
    """Of templates; those answered without a session (meetings:live) need not."""
    asking = re.compile(r"<[^<>]*hx-trigger=\"every [^<>]*>")
    texts = [path.read_text(encoding="utf-8") for path in Path(settings.BASE_DIR, "templates").rglob("*.html")]
    # Tags of the template language hold signs that look like the end of an element.
    elements = [found for text in texts for found in asking.findall(re.sub(r"{%.*?%}", "", text))]

    assert len(elements) >= 5
    assert [element for element in elements if "X-Poll" not in element and "If-None-Match" not in element] == []


def test_sessions_that_have_ended_are_deleted_by_night(client, user):
    ended = UserFactory()
    client.force_login(ended)
    Session.objects.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    lasting = client.__class__()
    lasting.force_login(user)

    clear_sessions()

    assert [session.session_key for session in Session.objects.all()] == [lasting.session.session_key]
    assert settings.CELERY_BEAT_SCHEDULE["clear-sessions"]["task"] == clear_sessions.name
