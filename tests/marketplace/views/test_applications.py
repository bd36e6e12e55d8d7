"""The delegation's page: save and come back, submit, change, withdraw; what is refused, and that nothing is lost."""

import datetime
from io import BytesIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from marketplace.models import StandApplication
from marketplace.services import applications, selection
from registrations.services import replies
from tests.agenda.upload_data import picture, upload
from tests.factories import InvitationFactory, UserFactory, person
from tests.marketplace.factories import application, call, stand, term

pytestmark = pytest.mark.django_db

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
WORDS = {
    "initiative": "Mentors for Λευκωσία",
    "challenge": "Recruiting",
    "approach": "Mentors meet young people.",
    "stage": "running",
    "evidence": "monitored",
    "languages": ["en", "el"],
}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


@pytest.fixture
def of(db):
    return call()


@pytest.fixture
def delegation(client, of):
    """Aarhus, whose invited address is signed in."""
    invitation = InvitationFactory(delegation__conference=of.conference, delegation__city__name="Aarhus")
    people = replies.accept(invitation, [person(1), person(2, role="companion")], by=None)
    client.force_login(people[0].invitation.contact)
    return invitation.delegation


def address(delegation, name="apply"):
    return reverse(f"marketplace:{name}", args=[delegation.pk])


def send(client, delegation, button="save", **fields):
    return client.post(address(delegation), {"seen": "new", "kind": "city", button: "1", **fields})


def text_of(response):
    return " ".join(response.content.decode().split())


def own():
    return StandApplication.objects.get()


class TestWhoSeesWhat:
    def test_only_who_manages_the_delegation(self, client, of, delegation):
        stranger = InvitationFactory(delegation__conference=of.conference).delegation

        assert client.get(address(delegation)).status_code == 200
        assert client.get(address(stranger)).status_code == 404
        client.force_login(UserFactory())
        assert client.get(address(delegation)).status_code == 404

    def test_without_a_call_there_is_no_page(self, client, delegation, of):
        of.delete()

        assert client.get(address(delegation)).status_code == 404

    def test_looking_changes_nothing(self, client, delegation):
        client.get(address(delegation))

        assert not StandApplication.objects.exists()

    def test_the_way_there_is_on_the_pages_of_the_registration(self, client, of, delegation):
        participant = delegation.participants.first()

        for page in (reverse("registrations:mine"), participant.get_absolute_url()):
            text = text_of(client.get(page))
            assert "Apply for a stand at the market place" in text
            assert address(delegation) in text
        application(of, delegation=delegation, status="draft")
        assert "Go on with the application" in text_of(client.get(reverse("registrations:mine")))

    def test_after_the_end_only_who_applied_is_led_there(self, client, of, delegation):
        of.closes_at = timezone.now() - datetime.timedelta(minutes=1)
        of.save()

        assert "stand at the market place" not in text_of(client.get(reverse("registrations:mine")))
        application(of, delegation=delegation)
        assert "Your stand at the market place" in text_of(client.get(reverse("registrations:mine")))

    def test_more_delegations_cost_no_more_queries(self, client, of, delegation):
        client.get(reverse("registrations:mine"))
        with CaptureQueriesContext(
            connection,
        ) as one:
            client.get(reverse("registrations:mine"))
        contact = delegation.invitations.get().contact
        for number in (3, 4):
            more = InvitationFactory(delegation__conference=of.conference, email=contact.email)
            replies.accept(more, [person(number)], by=None)
            application(of, delegation=more.delegation)
        with CaptureQueriesContext(connection) as three:
            assert client.get(reverse("registrations:mine")).content.count(b"/stand/") == 3

        assert len(three) == len(one)


class TestSavingAndComingBack:
    def test_a_draft_needs_nothing(self, client, delegation):
        response = send(client, delegation, initiative="Mentors")

        assert response.status_code == 302
        assert (own().status, own().initiative) == ("draft", "Mentors")
        page = text_of(client.get(address(delegation)))
        assert 'value="Mentors"' in page
        assert "Submit the application" in page

    def test_words_of_the_lists_and_links_come_back(self, client, of, delegation):
        topic, group, exchange = term(of), term(of, "group"), term(of, "exchange")

        send(
            client,
            delegation,
            topics=[topic.pk],
            target_groups=[group.pk],
            sought=[exchange.pk],
            link_title_1="Report",
            link_url_1="city.example/report",
        )

        assert list(own().topics.all()) == [topic]
        assert list(own().sought.all()) == [exchange]
        assert own().links.get().url == "https://city.example/report"
        page = text_of(client.get(address(delegation)))
        assert 'value="https://city.example/report"' in page

    def test_what_a_colleague_saved_is_not_overwritten_unseen(self, client, of, delegation):
        send(client, delegation, initiative="Mentors")
        seen = own().changed_at.isoformat()
        client.post(address(delegation), {"seen": seen, "kind": "city", "initiative": "Of a colleague"})

        response = client.post(address(delegation), {"seen": seen, "kind": "city", "initiative": "Mine"})

        assert response.status_code == 409
        page = text_of(response)
        assert "Somebody else saved this application" in page
        assert 'value="Mine"' in page
        assert own().initiative == "Of a colleague"
        # Once more, knowingly
        again = own().changed_at.isoformat()
        assert again in page
        client.post(address(delegation), {"seen": again, "kind": "city", "initiative": "Mine"})
        assert own().initiative == "Mine"

    def test_a_second_click_changes_nothing(self, client, delegation):
        send(client, delegation, "submit", **WORDS)

        response = send(client, delegation, "submit", **WORDS)

        assert response.status_code == 302
        assert own().status == "submitted"


class TestSubmitting:
    def test_what_is_missing_is_told_at_its_place_and_the_rest_is_kept(self, client, delegation):
        response = send(client, delegation, "submit", initiative="Mentors", approach="Long and well thought of")

        page = text_of(response)
        assert response.status_code == 422
        assert "Say which challenge you address." in page
        assert "Choose how it is known that it works." in page
        assert (own().status, own().approach) == ("draft", "Long and well thought of")

    def test_a_complete_one_is_submitted(self, client, delegation):
        response = client.post(
            address(delegation), {"seen": "new", "kind": "city", "submit": "1", **WORDS}, follow=True
        )

        assert own().status == "submitted"
        assert "Your application is submitted" in text_of(response)

    def test_it_can_be_changed_until_the_deadline(self, client, delegation):
        send(client, delegation, "submit", **WORDS)

        client.post(
            address(delegation),
            {"seen": own().changed_at.isoformat(), "kind": "city", **WORDS, "initiative": "Better mentors"},
        )

        assert (own().status, own().initiative) == ("submitted", "Better mentors")

    def test_what_was_submitted_cannot_be_emptied(self, client, delegation):
        send(client, delegation, "submit", **WORDS)

        response = client.post(
            address(delegation), {"seen": own().changed_at.isoformat(), "kind": "city", **WORDS, "challenge": ""}
        )

        assert response.status_code == 422
        assert own().challenge == "Recruiting"


class TestDeadline:
    """The call ends while the form is open."""

    @pytest.fixture
    def later(self, of):
        with time_machine.travel(of.closes_at + datetime.timedelta(seconds=5), tick=False):
            yield

    def test_what_was_typed_is_kept_as_a_draft_with_a_clear_word(self, client, of, delegation, later):
        response = client.post(
            address(delegation), {"seen": "new", "kind": "city", "submit": "1", **WORDS}, follow=True
        )

        page = text_of(response)
        assert own().status == "draft"
        assert own().initiative == WORDS["initiative"]
        assert "was not submitted; it is kept as a draft" in page
        assert of.conference.mailbox in page
        assert "Submit the application" not in page

    def test_a_draft_can_still_be_saved(self, client, of, delegation, later):
        draft = application(of, delegation=delegation, status="draft")

        client.post(address(delegation), {"seen": draft.changed_at.isoformat(), "kind": "city", "initiative": "Later"})

        assert own().initiative == "Later"

    def test_a_change_that_comes_late_stays_on_the_page(self, client, of, delegation, later):
        present = application(of, delegation=delegation, **WORDS)

        response = client.post(
            address(delegation),
            {"seen": present.changed_at.isoformat(), "kind": "city", **WORDS, "approach": "What I typed for an hour"},
        )

        page = text_of(response)
        assert response.status_code == 409
        assert "your application stays as you submitted it" in page
        assert "What I typed for an hour" in page
        assert own().approach == "Mentors meet young people."

    def test_who_never_began_reads_that_it_is_over(self, client, of, delegation, later):
        page = text_of(client.get(address(delegation)))

        assert "The call closed on" in page
        assert "<form" not in page.split("<main")[1]

    def test_before_it_opens_it_says_when(self, client, of, delegation):
        with time_machine.travel(of.opens_at - datetime.timedelta(hours=1), tick=False):
            page = text_of(client.get(address(delegation)))

        assert "Applications can be submitted from" in page


class TestPictures:
    @pytest.mark.parametrize(
        ("content", "name", "reason"),
        [
            (SVG, "plan.svg", "it is no picture that can be read."),
            (SVG, "plan.jpg", "it is no picture that can be read."),
            (b"MZ\x90\x00 no picture", "run.png", "it is no picture that can be read."),
            (b"", "empty.jpg", "it is empty."),
            (picture()[:-400], "half.jpg", "it is no picture that can be read."),
        ],
    )
    def test_what_is_none_is_refused_with_the_reason_and_the_text_is_kept(
        self, client, delegation, content, name, reason
    ):
        response = send(client, delegation, initiative="Mentors", picture=upload(content, name))

        page = text_of(response)
        assert response.status_code == 422
        assert f"“{name}” was not kept: {reason}" in page
        assert "Please send a JPEG, PNG or WebP picture of at most 10 MB." in page
        assert (own().initiative, own().picture.name) == ("Mentors", "")

    def test_80_megabytes_are_refused(self, client, delegation):
        large = SimpleUploadedFile("large.jpg", b"\xff\xd8" + b"0" * (80 * 1024 * 1024), "image/jpeg")

        response = send(client, delegation, initiative="Mentors", picture=large)

        assert "“large.jpg” was not kept: it has 81 MB." in text_of(response)
        assert own().initiative == "Mentors"

    def test_a_good_one_is_drawn_anew_and_served_so_that_nothing_in_it_runs(self, client, of, delegation):
        sent = picture((3000, 2000), "PNG")
        send(client, delegation, picture=upload(sent, "photo.png"), picture_says="Young people and their mentors")

        response = client.get(reverse("marketplace:picture", args=[of.conference.slug, own().picture_key]))
        content = b"".join(response.streaming_content)
        shown = Image.open(BytesIO(content))
        assert (shown.format, shown.size) == ("JPEG", (1200, 800))
        assert response["Content-Type"] == "image/jpeg"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"

    def test_another_takes_its_place_and_the_first_is_gone(
        self, client, delegation, django_capture_on_commit_callbacks
    ):
        send(client, delegation, picture=upload(picture(), "one.jpg"), picture_says="One")
        first = own()
        with django_capture_on_commit_callbacks(execute=True):
            client.post(
                address(delegation),
                {
                    "seen": first.changed_at.isoformat(),
                    "kind": "city",
                    "picture": upload(picture(), "two.jpg"),
                    "picture_says": "Two",
                },
            )

        assert own().picture_key != first.picture_key
        assert not first.picture.storage.exists(first.picture.name)
        assert own().picture.storage.exists(own().picture.name)

    def test_it_is_taken_away(self, client, delegation, django_capture_on_commit_callbacks):
        send(client, delegation, picture=upload(picture(), "one.jpg"), picture_says="One")
        first = own()
        with django_capture_on_commit_callbacks(execute=True):
            client.post(
                address(delegation), {"seen": first.changed_at.isoformat(), "kind": "city", "without_picture": "on"}
            )

        assert not own().picture
        assert not first.picture.storage.exists(first.picture.name)

    def test_to_submit_it_is_said_what_it_shows(self, client, delegation):
        response = send(client, delegation, "submit", **WORDS, picture=upload(picture(), "one.jpg"))

        assert "Say in a sentence what the picture shows." in text_of(response)
        assert own().status == "draft"
        assert own().picture

    def test_a_failed_transaction_leaves_no_file(self, client, of, delegation, tmp_path, monkeypatch):
        def fail(*_arguments, **_more):
            raise RuntimeError

        monkeypatch.setattr(applications, "_set_words", fail)
        with pytest.raises(RuntimeError):
            send(client, delegation, picture=upload(picture(), "one.jpg"))

        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_before_a_stand_is_given_only_its_people_see_it(self, client, of, delegation):
        of.audience = "public"
        of.save()
        send(client, delegation, "submit", **WORDS, picture=upload(picture(), "one.jpg"), picture_says="One")
        shown = reverse("marketplace:picture", args=[of.conference.slug, own().picture_key])

        assert status_of(client, shown) == 200
        client.logout()
        assert status_of(client, shown) == 404
        stand_of(own())
        assert status_of(client, shown) == 200
        of.audience = "participants"
        of.save()
        assert status_of(client, shown) == 404


def status_of(client, page):
    response = client.get(page)
    if response.streaming:
        # Read to its end, the file is closed.
        b"".join(response.streaming_content)
    return response.status_code


def stand_of(present):
    return selection.accept(present, by=UserFactory())


class TestLinks:
    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " javascript:alert(1)",
            "data:text/html,<script>alert(1)</script>",
            "ftp://city.example/a",
            "file:///etc/passwd",
            "https://",
            "not an address",
        ],
    )
    def test_only_pages_of_the_web(self, client, delegation, url):
        response = send(client, delegation, initiative="Mentors", link_title_1="Report", link_url_1=url)

        page = text_of(response)
        assert response.status_code == 422
        assert "Enter the address of a page, such as https://city.eu/project." in page
        assert 'value="Mentors"' in page
        assert not StandApplication.objects.exists()

    def test_half_a_link_is_told(self, client, delegation):
        assert "Say what is found there." in text_of(send(client, delegation, link_url_1="https://city.example/"))
        assert "Add the address of this link" in text_of(send(client, delegation, link_title_2="Report"))

    def test_with_all_rows_filled_there_is_one_more_up_to_five(self, client, delegation):
        fields = {f"link_title_{number}": "Report" for number in range(1, 4)}
        fields |= {f"link_url_{number}": f"https://city.example/{number}" for number in range(1, 4)}

        send(client, delegation, **fields)

        page = text_of(client.get(address(delegation)))
        assert "link_url_4" in page
        assert "link_url_5" not in page


class TestTyping:
    def test_what_is_too_long_is_told_and_stays(self, client, delegation):
        response = send(client, delegation, challenge="x" * 2001)

        assert "At most 2000 characters; these are 2001." in text_of(response)
        assert "x" * 2001 in text_of(response)

    def test_markup_is_shown_as_typed(self, client, delegation):
        send(client, delegation, initiative="<script>alert(1)</script>")

        assert "<script>alert(1)" not in client.get(address(delegation)).content.decode()

    def test_a_contact_is_one_of_the_delegation(self, client, of, delegation):
        other = InvitationFactory(delegation__conference=of.conference)
        stranger = replies.accept(other, [person(9)], by=None)[0]

        response = send(client, delegation, contact=stranger.pk)
        assert response.status_code == 422
        send(client, delegation, contact=delegation.participants.first().pk)

        assert own().contact == delegation.participants.first()


class TestWithdrawing:
    def test_asks_first(self, client, of, delegation):
        application(of, delegation=delegation)

        assert "Withdraw the application for a stand?" in text_of(client.get(address(delegation, "withdraw")))
        assert own().status == "submitted"
        client.post(address(delegation, "withdraw"))
        assert own().status == "withdrawn"

    def test_while_the_call_is_open_one_can_begin_anew(self, client, of, delegation):
        application(of, delegation=delegation, status="withdrawn")

        assert "Apply again" in text_of(client.get(address(delegation)))
        send(client, delegation, initiative="A new one")

        assert StandApplication.objects.exclude(status="withdrawn").get().initiative == "A new one"

    def test_twice_says_so(self, client, of, delegation):
        application(of, delegation=delegation)
        client.post(address(delegation, "withdraw"))

        response = client.post(address(delegation, "withdraw"), follow=True)

        assert "is withdrawn already" in text_of(response)


class TestDecided:
    @pytest.mark.parametrize(
        ("status", "words"),
        [
            ("submitted", "Your application is submitted"),
            ("waiting", "You are on the waiting list"),
            ("declined", "There was no stand for you"),
        ],
    )
    def test_the_page_says_how_it_stands(self, client, of, delegation, status, words):
        application(of, delegation=delegation, status=status, waiting_since=timezone.now())

        assert words in text_of(client.get(address(delegation)))

    def test_with_a_stand_there_are_its_number_and_its_duties(self, client, of, delegation):
        own_stand = stand(of)
        own_stand.application.delegation = delegation
        own_stand.application.save()

        page = text_of(client.get(address(delegation)))

        assert f"Stand <strong>{own_stand.place.number}</strong>" in page
        assert address(delegation, "duties") in page


class TestDuties:
    @pytest.fixture
    def own_stand(self, of, delegation):
        conference = of.conference
        of.stands_from = datetime.datetime.combine(conference.held_on, datetime.time(12, 30), conference.zone)
        of.stands_until = of.stands_from + datetime.timedelta(minutes=75)
        of.save()
        own_stand = stand(of)
        own_stand.application.delegation = delegation
        own_stand.application.save()
        return own_stand

    def test_one_is_added_and_removed(self, client, delegation, own_stand):
        who = delegation.participants.first()
        page = address(delegation, "duties")
        assert "Nobody is on the rota yet" in text_of(client.get(page))

        client.post(page, {"participant": who.pk, "starts": "12:30", "ends": "13:00"})

        text = text_of(client.get(page))
        assert "12.30–13.00" in text
        assert "Nobody is there: 13.00–13.45" in text
        duty = own_stand.duties.get()
        client.post(reverse("marketplace:remove_duty", args=[delegation.pk, duty.pk]))
        assert not own_stand.duties.exists()

    def test_a_refusal_keeps_what_was_typed(self, client, delegation, own_stand):
        who = delegation.participants.first()

        response = client.post(
            address(delegation, "duties"), {"participant": who.pk, "starts": "11:00", "ends": "13:00"}
        )

        assert response.status_code == 422
        assert "The stands are open from 12.30 to 13.45" in text_of(response)
        assert 'value="11:00"' in text_of(response)

    def test_without_a_stand_there_is_no_rota(self, client, of, delegation):
        application(of, delegation=delegation)

        assert client.get(address(delegation, "duties")).status_code == 404
