"""Organisers' pages of the outbox and of the mail templates."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from conference import history
from conference.models import Conference
from mailings import kinds, rendering
from mailings.models import Mail, MailTemplate
from mailings.sealing import seal
from mailings.states import MailStatus
from tests.factories import ConferenceFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = "/admin/mailings/mail/"
TEMPLATES = "/admin/mailings/mailtemplate/"
FORM = {"language": "en", "kind": "invitation", "subject": "Come", "text": "Please {{ reply_link }}", "html": ""}


def url(name: str, mail: Mail) -> str:
    return reverse(f"admin:mailings_mail_{name}", args=[mail.pk])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def write(conference: Conference | None, **fields: Any) -> Mail:
    defaults = {
        "key": f"key:{Mail.objects.count()}",
        "kind": "invitation",
        "to": ["mayor@city.example"],
        "subject": "Invitation",
        "text": "Reply: ⟦reply_link⟧",
        "html": '<html><head></head><body><a href="⟦reply_link⟧">Reply</a></body></html>',
        "sealed": seal({"reply_link": "http://localhost:8000/invitation/secret/"}),
    }
    return Mail.objects.create(conference=conference, **{**defaults, **fields})


# The outbox


def test_the_list_does_not_read_bodies_and_does_not_grow_in_queries(
    organiser_client: Client, conference: Conference
) -> None:
    counts = []
    for number in (1, 2):
        for _number in range(number):
            write(conference)
        with CaptureQueriesContext(connection) as queries:
            assert organiser_client.get(LIST).status_code == 200
        counts.append(len(queries))
        assert not any('"mailings_mail"."text"' in query["sql"] for query in queries)

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("filters", "subjects"),
    [
        ({"state": "unsettled"}, {"failed", "uncertain"}),
        ({"state": "failed"}, {"failed"}),
        ({"state": "bounced"}, {"bounced"}),
        ({"kind": "reminder"}, {"bounced"}),
        ({"q": "failed"}, {"failed"}),
        ({"q": "FAILED@city"}, {"failed"}),
    ],
)
def test_filters_and_search(
    organiser_client: Client, conference: Conference, filters: dict[str, str], subjects: set[str]
) -> None:
    write(conference, subject="failed", status=MailStatus.FAILED, to=["failed@city.example"])
    write(conference, subject="uncertain", status=MailStatus.UNCERTAIN)
    at = conference.starts_at
    write(conference, subject="bounced", kind="reminder", status=MailStatus.SENT, sent_at=at, bounced_at=at)

    found = organiser_client.get(LIST, filters).context["cl"].result_list

    assert {mail.subject for mail in found} == subjects


def test_links_can_be_followed_where_the_outbox_is_the_mailbox(
    organiser_client: Client, conference: Conference
) -> None:
    mail = write(conference)

    page = organiser_client.get(url("change", mail)).content.decode()
    frame = organiser_client.get(url("html", mail))

    assert '<a href="http://localhost:8000/invitation/secret/" rel="nofollow">' in page
    assert 'href="http://localhost:8000/invitation/secret/"' in frame.content.decode()
    assert '<base target="_blank">' in frame.content.decode()
    assert "sandbox allow-popups" in frame["Content-Security-Policy"]
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_links_of_others_stay_hidden_where_mail_goes_out(
    organiser_client: Client, conference: Conference, settings: Any
) -> None:
    settings.MAIL_DELIVERY_BACKEND = "mailings.backends.Smtp"
    mail = write(conference)

    for name in ("change", "html"):
        page = organiser_client.get(url(name, mail)).content.decode()
        assert "secret" not in page
        assert "[…]" in page


def test_markup_in_a_mail_is_text_on_the_page(organiser_client: Client, conference: Conference) -> None:
    mail = write(conference, subject="<script>alert(1)</script>", text="<script>alert(2)</script>")

    for address in (LIST, url("change", mail)):
        assert "<script>alert" not in organiser_client.get(address).content.decode()


def test_sign_in_codes_are_not_for_other_organisers(client: Client, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    organiser = UserFactory(is_staff=True)
    organiser.user_permissions.set(Permission.objects.filter(content_type__app_label="mailings"))
    client.force_login(organiser)
    mail = write(None, kind="account", subject="Code")

    assert not client.get(LIST).context["cl"].result_list
    assert client.get(url("change", mail)).status_code == 302
    for name in ("html", "send_again"):
        method = client.get if name == "html" else client.post
        assert method(url(name, mail)).status_code == 404


@pytest.mark.parametrize(
    ("status", "labels"),
    [
        (MailStatus.FAILED, ["Send again"]),
        (MailStatus.UNCERTAIN, ["Send again", "Treat as sent"]),
        (MailStatus.SENT, ["It came back"]),
        (MailStatus.QUEUED, []),
        (MailStatus.CANCELLED, []),
    ],
)
def test_the_buttons_are_those_that_the_status_allows(
    organiser_client: Client, conference: Conference, status: str, labels: list[str]
) -> None:
    mail = write(conference, status=status, sent_at=conference.starts_at if status == MailStatus.SENT else None)

    assert [button.label for button in organiser_client.get(url("change", mail)).context["buttons"]] == labels


def test_sending_again(organiser_client: Client, conference: Conference, organiser: User) -> None:
    mail = write(conference, status=MailStatus.FAILED)

    organiser_client.post(url("send_again", mail))

    mail.refresh_from_db()
    assert mail.status == MailStatus.QUEUED
    assert history.of(mail).get().by == organiser


def test_treating_as_sent(organiser_client: Client, conference: Conference) -> None:
    mail = write(conference, status=MailStatus.UNCERTAIN)

    organiser_client.post(url("treat_as_sent", mail))

    mail.refresh_from_db()
    assert mail.status == MailStatus.SENT


def test_a_mail_that_came_back(organiser_client: Client, conference: Conference) -> None:
    mail = write(conference, status=MailStatus.SENT, sent_at=conference.starts_at)

    organiser_client.post(url("bounced", mail), {"detail": "No such user"})

    mail.refresh_from_db()
    assert mail.bounced_at
    assert mail.error == "No such user"


@pytest.mark.parametrize("name", ["send_again", "treat_as_sent"])
def test_refusals_are_messages_and_buttons_only_post(
    organiser_client: Client, conference: Conference, name: str
) -> None:
    mail = write(conference)

    assert organiser_client.get(url(name, mail)).status_code == 405
    assert said(organiser_client.post(url(name, mail)))[0].startswith("Only ")


def test_mails_are_neither_added_nor_deleted_by_hand(organiser_client: Client, conference: Conference) -> None:
    mail = write(conference)

    assert organiser_client.get(f"{LIST}add/").status_code == 403
    assert organiser_client.post(url("delete", mail), {"post": "yes"}).status_code == 403


# Templates


def test_first_which_mail_then_its_words(organiser_client: Client, conference: Conference) -> None:
    choice = organiser_client.get(f"{TEMPLATES}add/").content.decode()
    form = organiser_client.get(
        f"{TEMPLATES}add/", {"conference": conference.pk, "kind": "invitation", "language": "fr"}
    )

    assert "Which mail do you want to reword?" in choice
    assert form.context["adminform"].form["text"].value() == rendering.builtin("invitation").text
    assert "personal link to the reply form" in form.content.decode()
    assert "{{ reply_link }}" in form.content.decode()


@pytest.mark.parametrize("kind", list(kinds.registered()))
def test_the_built_in_words_of_each_mail_can_be_saved(
    organiser_client: Client, conference: Conference, kind: str
) -> None:
    words = rendering.builtin(kind)
    data = {**FORM, "conference": conference.pk, "kind": kind, "subject": words.subject, "text": words.text}

    response = organiser_client.post(f"{TEMPLATES}add/", data)

    assert response.status_code == 302
    assert history.of(MailTemplate.objects.get()).get().action == "created"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "Please come"}, "text"),
        ({"text": "{{ reply_link }} {{ nonsense }}"}, "text"),
        ({"html": "<p>Please come</p>"}, "html"),
        ({"subject": "{{ reply_link }}"}, "subject"),
        ({"kind": "nonsense"}, "kind"),
    ],
)
def test_errors_stand_at_the_field(
    organiser_client: Client, conference: Conference, changes: dict[str, str], field: str
) -> None:
    response = organiser_client.post(f"{TEMPLATES}add/", {**FORM, "conference": conference.pk, **changes})

    assert list(response.context["adminform"].form.errors) == [field]
    assert not MailTemplate.objects.exists()


def template_of(conference: Conference) -> MailTemplate:
    return MailTemplate.objects.create(
        conference=conference, kind="invitation", language="en", subject="Come", text="{{ reply_link }}"
    )


def test_changing_keeps_what_the_template_is_for(organiser_client: Client, conference: Conference) -> None:
    template = template_of(conference)
    address = reverse("admin:mailings_mailtemplate_change", args=[template.pk])

    organiser_client.post(address, {**FORM, "kind": "reminder", "subject": "Please come", "text": "{{ reply_link }}"})

    template.refresh_from_db()
    assert (template.kind, template.subject) == ("invitation", "Please come")
    assert history.of(template).get().detail == "subject"


def test_errors_of_a_change_stand_at_the_field(organiser_client: Client, conference: Conference) -> None:
    template = template_of(conference)
    address = reverse("admin:mailings_mailtemplate_change", args=[template.pk])

    response = organiser_client.post(address, {**FORM, "text": "No link"})

    assert list(response.context["adminform"].form.errors) == ["text"]


def test_deleting_brings_the_built_in_words_back(organiser_client: Client, conference: Conference) -> None:
    template = template_of(conference)
    address = reverse("admin:mailings_mailtemplate_delete", args=[template.pk])

    organiser_client.post(address, {"post": "yes"})
    organiser_client.post(
        TEMPLATES, {"action": "delete_selected", "_selected_action": [template_of(conference).pk], "post": "yes"}
    )

    assert not MailTemplate.objects.exists()
    assert history.of(conference).count() == 2


def test_the_preview_fills_unsaved_words(organiser_client: Client, conference: Conference) -> None:
    data = {
        **FORM,
        "conference": conference.pk,
        "subject": "{{ conference }}",
        "text": "**{{ delegation }}** <script>alert(1)</script> {{ reply_link }}",
    }

    html = organiser_client.post(f"{TEMPLATES}preview/", {**data, "as": "html"})
    text = organiser_client.post(f"{TEMPLATES}preview/", {**data, "as": "text"})

    assert conference.title in html.content.decode()
    assert "<strong>Aarhus</strong>" in html.content.decode()
    assert "<script>" not in html.content.decode()
    assert "/invitation/example/" in text.content.decode()
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    for frame in (html, text):
        assert "sandbox" in frame["Content-Security-Policy"]
    assert not MailTemplate.objects.exists()


def test_html_of_an_organiser_cannot_run(organiser_client: Client, conference: Conference) -> None:
    """What an organiser types as HTML is theirs; the frame's policy keeps it from running."""
    data = {**FORM, "conference": conference.pk, "html": "<script>alert(1)</script>{{ reply_link }}"}

    frame = organiser_client.post(f"{TEMPLATES}preview/", data)

    assert "default-src 'none'" in frame["Content-Security-Policy"]
    assert "allow-scripts" not in frame["Content-Security-Policy"]


@pytest.mark.parametrize("changes", [{"conference": ""}, {"kind": ""}, {"conference": "x"}])
def test_a_preview_of_nothing_says_so(
    organiser_client: Client, conference: Conference, changes: dict[str, str]
) -> None:
    frame = organiser_client.post(f"{TEMPLATES}preview/", {**FORM, "conference": conference.pk, **changes})

    assert "Choose conference and mail first." in frame.content.decode()


def test_the_preview_only_posts(organiser_client: Client) -> None:
    ConferenceFactory()
    assert organiser_client.get(f"{TEMPLATES}preview/").status_code == 405
