"""Every kind of page while Redis is gone: it slows things down and breaks none of them.

Redis is the real one of the tests, behind a cable that is pulled; cache and broker are set up as in production.
"""

import re
from urllib.parse import urlsplit

import pytest
import redis
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from agenda.models import Document, Release
from agenda.services import speakers
from config import environment
from config.celery import app
from mailings import services as outbox
from mailings.models import Mail
from mailings.tasks import drain_outbox
from meetings.models import MeetingRequest
from tests.agenda.upload_data import picture, upload
from tests.factories import AppearanceFactory, PlanFactory, SessionFactory
from tests.meetings import factories
from tests.processes import wait_until
from tests.servers import Cable, cable_to

pytestmark = [pytest.mark.databases, pytest.mark.django_db(transaction=True)]

ORGANISER, PASSWORD = "organiser@convoke.example", "a long enough passphrase"


@pytest.fixture(autouse=True)
def cable(settings, tmp_path, monkeypatch) -> Cable:
    """Cache and broker behind a cable that was pulled after both had been used."""
    if not site.REDIS_URL:
        pytest.skip("needs Redis: runs in the second part of the tests, with TEST_REDIS_URL")
    server = urlsplit(site.REDIS_URL)
    settings.MEDIA_ROOT = tmp_path
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    with cable_to(server.hostname, server.port or 6379) as cable:
        address = server._replace(netloc=f"127.0.0.1:{cable.port}").geturl()
        settings.CACHES = {"default": environment.cache(address, tmp_path)}
        before = {name: app.conf[name] for name in ("broker_url", "task_always_eager", "broker_transport_options")}
        app.conf.update(
            broker_url=address,
            task_always_eager=False,
            broker_transport_options=site.CELERY_BROKER_TRANSPORT_OPTIONS,
        )
        # Connections are pooled by address; without these two lines the earlier pool would go on.
        monkeypatch.setattr(app, "_pool", None)
        monkeypatch.setattr(app.amqp, "_producer_pool", None)
        outbox.publish(drain_outbox)
        cache.set("used", True, 60)
        cable.pull()
        yield cable
        app.pool.force_close_all()
        app.conf.update(before)


@pytest.fixture
def organiser() -> User:
    user = User.objects.create_superuser(ORGANISER, PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def organisers_client(organiser) -> Client:
    client = Client()
    client.force_login(organiser)
    return client


def test_a_code_is_sent_and_signs_in(client, organiser):
    client.post(reverse("account_request_login_code"), {"email": ORGANISER})
    code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", Mail.objects.get().opened_text().split("\n\n", 1)[1])

    client.post(reverse("account_confirm_login_code"), {"code": code[0]})

    assert client.session["_auth_user_id"] == str(organiser.pk)


def test_limits_hold(organiser):
    asked = [Client().post(reverse("account_request_login_code"), {"email": ORGANISER}) for _number in range(4)]
    tried = [
        Client().post(reverse("account_login"), {"login": ORGANISER, "password": "wrong"}).content.decode()
        for _number in range(6)
    ]

    assert [answer.status_code for answer in asked] == [302, 302, 302, 200]
    assert ["Too many failed" in page for page in tried] == [False] * 5 + [True]


def test_a_password_signs_in(client, organiser):
    client.post(reverse("account_login"), {"login": ORGANISER, "password": PASSWORD})

    assert client.session["_auth_user_id"] == str(organiser.pk)


@pytest.mark.parametrize("address", ["/invitation/wrong/", "/speaker/wrong/"])
def test_a_wrong_link_is_unknown_and_after_many_refused(client, address):
    answers = [client.get(address).status_code for _number in range(102)]

    assert set(answers[:100]) == {404}
    assert answers[101] == 429


def test_the_site_is_healthy(client):
    assert client.get("/healthz").status_code == 200


def test_a_speaker_uploads(client, conference, organiser):
    speaker = AppearanceFactory(session__conference=conference, speaker__biography="Mayor.").speaker
    token = speakers.show_link(speaker, by=organiser).rstrip("/").rsplit("/", 1)[1]
    speakers.accept(speaker, by=None)

    answer = client.post(
        reverse("agenda:speaker_profile", args=[token]),
        {"biography": "Mayor of Aarhus.", "language": "en", "photo": upload(picture(), "me.jpg")},
    )

    assert answer.status_code == 302
    assert Document.objects.get().kind == Document.Kind.PHOTO


def test_a_programme_is_published(organisers_client):
    conference = PlanFactory().conference
    SessionFactory(conference=conference)
    address = reverse("admin:agenda_plan_publish", args=[conference.pk])
    preview = organisers_client.get(address).context["preview"]

    answer = organisers_client.post(
        address,
        {
            "version": preview.version,
            "confirmed": [warning.key for warning in preview.warnings],
            "anyway": "on",
            "note": "Final",
        },
    )

    assert (answer.status_code, Release.objects.count()) == (302, 1)


def test_a_meeting_is_asked_for(client, conference):
    factories.rules(conference)
    factories.block(conference, slots=2, tables=1)
    one, other = factories.guest(conference), factories.guest(conference)
    client.force_login(one.user)

    pages = [
        client.get(reverse("meetings:mine", args=[one.pk])),
        client.get(reverse("meetings:directory", args=[one.pk])),
        client.get(reverse("meetings:ask", args=[one.pk, other.pk])),
        client.post(reverse("meetings:ask", args=[one.pk, other.pk]), {"message": "Schools?", "slot": "later"}),
    ]

    assert [page.status_code for page in pages] == [200, 200, 200, 302]
    assert MeetingRequest.objects.count() == 1


def test_organisers_pages_open(organisers_client, conference):
    for address in (
        reverse("admin:index"),
        reverse("admin:registrations_balancesettings_what_if", args=[conference.pk]),
        reverse("admin:mailings_mail_changelist"),
    ):
        assert organisers_client.get(address, follow=True).status_code == 200


def test_once_redis_is_back_jobs_reach_it_again(cable, client, organiser):
    with redis.Redis.from_url(site.REDIS_URL) as server:
        before = server.llen("celery")
        client.post(reverse("account_request_login_code"), {"email": ORGANISER})
        cable.plug_in()

        def arrives() -> bool:
            outbox.publish(drain_outbox)
            return server.llen("celery") > before

        wait_until(arrives, what="a job arrives in Redis")
