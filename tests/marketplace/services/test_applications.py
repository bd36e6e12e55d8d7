"""What delegations do with their application, and what a withdrawal sets free."""

import datetime
import uuid

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from conference import history
from mailings.models import Mail
from marketplace.models import Duty, StandApplication
from marketplace.services import applications, selection
from marketplace.services.applications import ApplicationRefused, CallClosed, Content, EditedMeanwhile
from marketplace.tasks import tidy_pictures
from registrations.services import replies
from tests.factories import InvitationFactory, UserFactory, person
from tests.marketplace.factories import application, call, stand, term

pytestmark = pytest.mark.django_db

COMPLETE = {
    "kind": "city",
    "initiative": "Mentors",
    "challenge": "Recruiting",
    "approach": "Mentors",
    "evidence": "monitored",
    "stage": "running",
    "languages": ["en"],
}


def registered(conference, *people):
    """Confirmed people of an invited city."""
    invitation = InvitationFactory(delegation__conference=conference)
    return replies.accept(invitation, list(people) or [person(1)], by=None)


def closed_call(**fields):
    now = timezone.now()
    return call(opens_at=now - datetime.timedelta(days=3), closes_at=now - datetime.timedelta(minutes=1), **fields)


def save(of, delegation, by, present=None, **fields):
    return applications.save(of, delegation, Content(fields={"kind": "city", **fields}), by=by, application=present)


def kinds_of_mail():
    return list(Mail.objects.filter(kind__startswith="stand_").order_by("pk").values_list("kind", flat=True))


def test_pictures_that_no_application_names_go_after_a_day(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    of, by = call(), UserFactory()
    mentor = registered(of.conference)[0]
    content = Content(fields={"kind": "city"}, picture=ContentFile(b"a picture"))
    kept = applications.save(of, mentor.delegation, content, by=by, application=None)
    left = default_storage.save(f"stands/{of.conference_id}/{uuid.uuid4()}.jpg", ContentFile(b"left behind"))

    tidy_pictures()
    assert default_storage.exists(left)
    with time_machine.travel(timezone.now() + datetime.timedelta(days=2), tick=False):
        tidy_pictures()

    assert default_storage.exists(kept.picture.name)
    assert not default_storage.exists(left)


class TestWriting:
    def test_a_draft_is_begun_and_changed(self):
        of, by = call(), UserFactory()
        mentor = registered(of.conference)[0]

        begun = save(of, mentor.delegation, by, initiative="Mentors")
        changed = save(of, mentor.delegation, by, begun, initiative="More mentors")

        assert (changed.pk, changed.initiative, changed.status) == (begun.pk, "More mentors", "draft")
        assert changed.applicant == by
        assert [entry.action for entry in history.of(changed)] == ["changed", "begun"]

    def test_words_and_links_come_with_it(self):
        of, by = call(), UserFactory()
        topics = [term(of), term(of)]
        delegation = registered(of.conference)[0].delegation
        links = [("Report", "https://city.example/report"), ("Film", "https://city.example/film")]

        begun = applications.save(
            of, delegation, Content(fields={"kind": "city"}, words={"topics": topics}, links=links), by=by
        )

        assert list(begun.topics.order_by("pk")) == topics
        assert list(begun.links.values_list("title", "url")) == links

    def test_who_writes_over_anothers_change_is_told(self):
        of, by = call(), UserFactory()
        delegation = registered(of.conference)[0].delegation
        begun = save(of, delegation, by, initiative="Mentors")
        seen = begun.changed_at.isoformat()
        save(of, delegation, UserFactory(), begun, initiative="Mentors for all")

        content = Content(fields={"kind": "city", "initiative": "Only mentors"})
        with pytest.raises(EditedMeanwhile, match="Somebody else saved this application"):
            applications.save(of, delegation, content, by=by, application=begun, seen=seen)

        assert StandApplication.objects.get().initiative == "Mentors for all"

    def test_the_same_sent_twice_is_no_quarrel(self):
        of, by = call(), UserFactory()
        delegation = registered(of.conference)[0].delegation
        begun = save(of, delegation, by, initiative="Mentors")
        content = Content(fields={"kind": "city", "initiative": "Mentors"})

        applications.save(of, delegation, content, by=by, application=begun, seen="new")

        assert StandApplication.objects.count() == 1

    def test_two_cannot_begin_at_once(self):
        of, by = call(), UserFactory()
        delegation = registered(of.conference)[0].delegation
        save(of, delegation, by)

        with pytest.raises(EditedMeanwhile, match="was begun meanwhile"):
            save(of, delegation, UserFactory())

    def test_what_was_submitted_stays_after_the_deadline(self):
        present = application(closed_call())

        with pytest.raises(CallClosed, match="stays as you submitted it"):
            save(present.call, present.delegation, UserFactory(), present, initiative="Something else")

    def test_an_accepted_entry_can_be_corrected_but_keeps_its_kind(self):
        own = stand(closed_call()).application
        application_of = own.call

        content = Content(fields={"kind": "network", "initiative": "Street workers"})
        changed = applications.save(application_of, own.delegation, content, by=UserFactory(), application=own)

        assert (changed.initiative, changed.kind) == ("Street workers", "city")

    def test_a_declined_one_stays(self):
        present = application(status="declined")

        with pytest.raises(ApplicationRefused, match="its status is “declined”"):
            save(present.call, present.delegation, UserFactory(), present, initiative="Something else")


class TestSubmitting:
    def test_a_receipt_goes_to_who_wrote_it(self):
        of, by = call(), UserFactory(email="clerk@city.example")
        delegation = registered(of.conference)[0].delegation
        begun = save(of, delegation, by, **COMPLETE)

        applications.submit(begun, by=by)

        begun.refresh_from_db()
        mail = Mail.objects.get(kind="stand_submitted")
        assert begun.status == "submitted"
        assert mail.to == ["clerk@city.example"]
        assert "Mentors" in mail.subject
        assert f"/my/delegations/{delegation.pk}/stand/" in mail.text

    def test_after_the_deadline_it_stays_a_draft_and_says_whom_to_ask(self):
        of = closed_call()
        begun = save(of, registered(of.conference)[0].delegation, UserFactory(), **COMPLETE)

        with pytest.raises(CallClosed) as refused:
            applications.submit(begun, by=UserFactory())

        begun.refresh_from_db()
        assert begun.status == "draft"
        assert "kept as a draft" in str(refused.value)
        assert of.conference.mailbox in str(refused.value)

    def test_organisers_can_submit_what_came_late(self):
        of = closed_call()
        begun = save(of, registered(of.conference)[0].delegation, UserFactory(), **COMPLETE)

        applications.submit(begun, by=UserFactory(is_staff=True), as_organiser=True)

        begun.refresh_from_db()
        assert begun.status == "submitted"

    def test_what_is_missing_is_named(self):
        of = call()
        begun = save(of, registered(of.conference)[0].delegation, UserFactory(), **{**COMPLETE, "evidence": ""})

        with pytest.raises(ApplicationRefused, match="Still missing: evidence"):
            applications.submit(begun, by=UserFactory())


class TestWithdrawing:
    def test_the_stand_goes_to_the_next_who_is_told(self):
        of = call(stands=1)
        first, second, third = application(of), application(of), application(of)
        selection.accept(first, by=UserFactory())
        for waiting in (second, third):
            selection.put_on_waiting_list(waiting, by=UserFactory())

        applications.withdraw(first, by=UserFactory())

        statuses = dict(StandApplication.objects.values_list("pk", "status"))
        assert statuses == {first.pk: "withdrawn", second.pk: "accepted", third.pk: "waiting"}
        assert of.all_stands.filter(released_at=None).get().application == second
        assert kinds_of_mail() == [
            "stand_accepted",
            "stand_waiting",
            "stand_waiting",
            "stand_withdrawn",
            "stand_moved_up",
        ]

    def test_who_waits_for_a_full_kind_does_not_block_the_next(self):
        of = call(stands=2)
        of.limits.create(kind="network", stands=1)
        network, city = application(of, kind="network"), application(of)
        other_network, other_city = application(of, kind="network"), application(of)
        for accepted in (network, city):
            selection.accept(accepted, by=UserFactory())
        for waiting in (other_network, other_city):
            selection.put_on_waiting_list(waiting, by=UserFactory())

        applications.withdraw(city, by=UserFactory())

        statuses = dict(StandApplication.objects.values_list("pk", "status"))
        assert statuses[other_network.pk] == "waiting"
        assert statuses[other_city.pk] == "accepted"

    def test_twice_is_refused(self):
        present = application()
        applications.withdraw(present, by=UserFactory())

        with pytest.raises(ApplicationRefused):
            applications.withdraw(present, by=UserFactory())

    def test_a_draft_goes_without_a_mail(self):
        applications.withdraw(application(status="draft"), by=UserFactory())

        assert kinds_of_mail() == []


class TestWithdrawnRegistrations:
    def _own(self, *people):
        of = call()
        present = registered(of.conference, *people)
        own = application(of, delegation=present[0].delegation, contact=present[0])
        given = selection.accept(own, by=UserFactory())
        return own, given, present

    def test_with_the_last_person_the_stand_is_freed(self, organiser):
        own, given, (only,) = self._own(person(1))

        replies.withdraw(only, by=organiser)

        own.refresh_from_db()
        given.refresh_from_db()
        assert own.status == "withdrawn"
        assert own.contact is None
        assert given.released_at is not None

    def test_while_somebody_is_left_it_stays(self, organiser):
        own, given, (first, second) = self._own(person(1), person(2, role="companion"))
        begins = timezone.now() + datetime.timedelta(days=60)
        for number, guest in enumerate((first, second)):
            starts_at = begins + datetime.timedelta(hours=number)
            Duty.objects.create(
                stand=given, participant=guest, starts_at=starts_at, ends_at=starts_at + datetime.timedelta(hours=1)
            )

        replies.withdraw(first, by=organiser)

        own.refresh_from_db()
        assert (own.status, own.contact) == ("accepted", None)
        assert [duty.participant for duty in given.duties.all()] == [second]

    def test_a_failing_release_keeps_the_registration(self, organiser, monkeypatch):
        _own, _given, (only,) = self._own(person(1))

        def fail(*_arguments, **_more):
            raise RuntimeError

        monkeypatch.setattr(applications, "withdraw_with", fail)
        with pytest.raises(RuntimeError):
            replies.withdraw(only, by=organiser)

        only.refresh_from_db()
        assert only.status == "confirmed"
