"""Organisers' pages of the market place, from the call to the report."""

import datetime

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conference.models import Page
from mailings.models import Mail
from marketplace.models import (
    Call,
    ContactLeft,
    Criterion,
    HallPlace,
    Mark,
    Remembered,
    SearchMiss,
    Stand,
    StandApplication,
    Term,
)
from marketplace.services import selection
from tests.factories import (
    CityFactory,
    ConferenceFactory,
    DelegationFactory,
    OrganisationDelegationFactory,
    UserFactory,
)
from tests.marketplace.factories import application, call, hall_place, stand, term, visitor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _signed_in(client, organiser, settings):
    settings.STAFF_SECOND_FACTOR_REQUIRED = False
    client.force_login(organiser)


def address(name, of, *more):
    return reverse(f"admin:marketplace_call_{name}", args=[of.pk, *more])


def text_of(response):
    return " ".join(response.content.decode().split())


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


PAGES = ["change", "read", "shortlist", "decide", "hall", "draw", "propose", "rota", "report"]


class TestEveryPage:
    @pytest.mark.parametrize("name", PAGES)
    def test_is_for_organisers_alone(self, client, name):
        page = address(name, call())
        client.force_login(UserFactory())
        assert client.get(page).status_code == 302
        client.force_login(UserFactory(is_staff=True))
        assert client.get(page).status_code == 403

    @pytest.mark.parametrize("name", PAGES)
    def test_says_what_to_do_while_there_is_nothing(self, client, name):
        response = client.get(address(name, call()))

        assert response.status_code == 200

    @pytest.mark.parametrize("name", [*PAGES[1:], "list"])
    def test_more_rows_cost_no_more_queries(self, client, name):
        of = call()
        Criterion.objects.create(call=of, name="Evidence")
        page = reverse("admin:marketplace_standapplication_changelist") if name == "list" else address(name, of)

        def fill(number):
            for _each in range(number):
                open_one, own = application(of), stand(of)
                open_one.topics.add(term(of))
                own.application.topics.add(term(of))
                Mark.objects.create(application=open_one, criterion=of.criteria.get(), reviewer=UserFactory(), points=3)
                Remembered.objects.create(stand=own, participant=visitor(of.conference))
                stand(of, place=None)

        fill(1)
        client.get(page)
        with CaptureQueriesContext(connection) as one:
            assert client.get(page).status_code == 200
        fill(2)
        with CaptureQueriesContext(connection) as three:
            assert client.get(page).status_code == 200

        assert len(three) == len(one)


class TestCall:
    FIELDS = {
        "opens_at": "2027-01-10T09:00",
        "closes_at": "2027-01-20T18:00",
        "stands": "24",
        "limit_city": "8",
        "audience": "public",
        "equipment": "A table",
    }

    def test_is_opened_with_lists_to_edit_and_times_of_the_venue(self, client):
        conference = ConferenceFactory(time_zone="Europe/Athens")

        client.post(reverse("admin:marketplace_call_add"), {"conference": conference.pk, **self.FIELDS})

        of = Call.objects.get()
        assert of.closes_at == datetime.datetime(2027, 1, 20, 16, 0, tzinfo=datetime.UTC)
        assert dict(of.limits.values_list("kind", "stands")) == {"city": 8}
        assert of.criteria.count() == 3
        assert of.terms.exists()
        assert "2027-01-20T18:00" in text_of(client.get(address("change", of)))

    def test_does_not_close_at_midnight_where_nobody_knows_which_day_is_meant(self, client):
        conference = ConferenceFactory(time_zone="Europe/Athens")
        fields = {"conference": conference.pk, **self.FIELDS, "closes_at": "2027-01-21T00:00"}

        page = text_of(client.post(reverse("admin:marketplace_call_add"), fields))

        assert "Write 23.59 of the day that you mean." in page
        assert not Call.objects.exists()

    def _inlines(self, of, **changes):
        data = {**self.FIELDS}
        for prefix, rows, names in (
            ("criteria", of.criteria.all(), ("name", "weight", "position")),
            ("terms", of.terms.all(), ("use", "name", "position")),
        ):
            data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
            for number, row in enumerate(rows):
                data[f"{prefix}-{number}-id"] = row.pk
                data[f"{prefix}-{number}-call"] = of.pk
                data |= {f"{prefix}-{number}-{name}": getattr(row, name) for name in names}
        return {**data, **changes}

    def test_more_stands_go_to_who_waits(self, client):
        of = call(stands=1)
        selection.accept(application(of), by=UserFactory())
        waiting = application(of)
        selection.put_on_waiting_list(waiting, by=UserFactory())

        client.post(address("change", of), self._inlines(of, stands="2", limit_city=""))

        waiting.refresh_from_db()
        assert waiting.status == "accepted"

    def test_a_word_in_use_is_renamed_but_not_deleted(self, client):
        of = call()
        used = term(of, name="Prisons")
        application(of).topics.add(used)

        response = client.post(address("change", of), self._inlines(of, **{"terms-0-DELETE": "on"}))
        assert "“Prisons” is used by 1 applications: rename it, or leave it." in text_of(response)
        client.post(address("change", of), self._inlines(of, **{"terms-0-name": "Prisons and probation"}))

        assert Term.objects.get().name == "Prisons and probation"

    def test_a_word_that_somebody_else_deleted_is_offered_as_a_new_one(self, client):
        of = call()
        gone = term(of, name="Prisons")
        typed = self._inlines(of, **{"terms-0-name": "Prisons and probation"})
        gone.delete()

        response = client.post(address("change", of), typed)

        page = text_of(response)
        assert "Somebody else has deleted 1 of these rows. It is a new row below" in page
        assert 'name="terms-0-name" value="Prisons and probation"' in page
        assert 'name="terms-INITIAL_FORMS" value="0"' in page
        assert not Term.objects.exists()

    def test_a_word_that_somebody_else_deleted_is_added_again_by_saving_once_more(self, client):
        of = call()
        gone = term(of, name="Prisons")
        typed = self._inlines(of)
        gone.delete()

        client.post(address("change", of), {**typed, "terms-0-id": "", "terms-INITIAL_FORMS": 0})

        assert Term.objects.get().name == "Prisons"

    def test_a_limit_above_the_number_in_all_is_told(self, client):
        of = call()

        response = client.post(address("change", of), self._inlines(of, stands="5", limit_city="6"))

        assert "There are only 5 stands in all." in text_of(response)

    def test_is_found_from_the_start_page(self, client):
        conference = ConferenceFactory()
        way = reverse("admin:marketplace_call_of", args=[conference.pk])

        assert way in text_of(client.get(reverse("admin:index")))
        assert client.get(way)["Location"].endswith(f"/call/add/?conference={conference.pk}")
        of = call(conference)
        assert client.get(way)["Location"] == address("change", of)


class TestReading:
    @pytest.fixture
    def of(self):
        of = call()
        Criterion.objects.create(call=of, name="Evidence", weight=2, position=1)
        Criterion.objects.create(call=of, name="Relevance", weight=1, position=2)
        return of

    def _points(self, of, present, *points):
        return {
            "application": present.pk,
            **{
                f"marks-{present.pk}-{criterion.pk}": value
                for criterion, value in zip(of.criteria.all(), points, strict=True)
            },
        }

    def test_marks_are_ones_own(self, client, of, organiser):
        present = application(of)
        other = UserFactory()
        selection.give_marks(present, {of.criteria.first(): 1}, by=other)

        client.post(address("read", of), self._points(of, present, "4", "5"))

        marks = Mark.objects.values_list("reviewer", "points")
        assert sorted(marks) == sorted([(other.pk, 1), (organiser.pk, 4), (organiser.pk, 5)])

    def test_others_marks_are_shown_once_one_has_marked(self, client, of):
        present = application(of)
        selection.give_marks(present, dict.fromkeys(of.criteria.all(), 1), by=UserFactory())

        assert "shown once you have marked it" in text_of(client.get(address("read", of)))
        client.post(address("read", of), self._points(of, present, "5", "2"))

        page = text_of(client.get(address("read", of)))
        assert "<strong>2.5</strong> by 2 reviewers" in page

    def test_marks_for_what_was_withdrawn_meanwhile_are_not_saved_and_it_is_said(self, client, of):
        withdrawn, present = application(of, initiative="Withdrawn"), application(of)
        typed = {**self._points(of, withdrawn, "4", "5"), **self._points(of, present, "3", "2")}
        StandApplication.objects.filter(pk=withdrawn.pk).update(status="withdrawn")

        response = client.post(address("read", of), {**typed, "application": [withdrawn.pk, present.pk]}, follow=True)

        assert "“Withdrawn” is not judged any more: your marks for it are not saved." in text_of(response)
        assert set(Mark.objects.values_list("application", flat=True)) == {present.pk}

    def test_marks_for_what_was_deleted_meanwhile_are_not_saved_and_it_is_said(self, client, of):
        deleted = application(of)
        typed = self._points(of, deleted, "4", "5")
        deleted.delete()

        response = client.post(address("read", of), typed)

        assert "An application of this page no longer exists" in text_of(client.get(response["Location"]))

    @pytest.mark.parametrize("odd", ["", "x", "²", "-1", "9" * 20, "9" * 5000, "\x00"])
    def test_odd_numbers_of_applications_are_no_applications(self, client, of, odd):
        assert client.post(address("read", of), {"application": odd}).status_code == 302

    def test_what_one_has_marked_can_be_left_out(self, client, of):
        done, todo = application(of, initiative="Done already"), application(of, initiative="Not yet read")
        client.post(address("read", of), self._points(of, done, "5", "2"))

        page = text_of(client.get(address("read", of) + "?todo=1"))

        assert todo.initiative in page
        assert done.initiative not in page

    def test_three_are_side_by_side(self, client, of):
        for number in range(4):
            application(of, initiative=f"Initiative {number}")

        assert client.get(address("read", of)).content.count(b'name="application"') == 3
        assert client.get(address("read", of) + "?p=2").content.count(b'name="application"') == 1

    def test_points_are_between_0_and_5(self, client, of):
        present = application(of)

        response = client.post(address("read", of), self._points(of, present, "6", "2"))

        assert "6 is not one of the available choices" in text_of(response)
        assert not Mark.objects.exists()

    def test_what_was_decided_meanwhile_is_told(self, client, of):
        present = application(of)
        page = client.get(address("read", of))
        assert page.status_code == 200
        StandApplication.objects.filter(pk=present.pk).update(status="declined")

        client.post(address("read", of), self._points(of, present, "4", "2"))

        assert not Mark.objects.exists()


class TestShortlist:
    def test_is_proposed_with_reasons_and_saved_as_ticked(self, client):
        of = call(stands=3)
        of.limits.create(kind="city", stands=2)
        criterion = Criterion.objects.create(call=of, name="Evidence")
        cities = []
        for code, points in (("DE", 5), ("DE", 4), ("PT", 4)):
            city = CityFactory(member_state_id=code, population=300_000)
            cities.append(application(of, delegation=DelegationFactory(conference=of.conference, city=city)))
            selection.give_marks(cities[-1], {criterion: points}, by=UserFactory())

        page = text_of(client.get(address("shortlist", of)))

        assert "2 are proposed" in page
        assert "Mark 5.0, number 1 of its kind (city); the first of Germany; the first of its size." in page
        assert "Mark 4.0, number 2 of its kind (city); the first of Portugal." in page
        assert "Germany has 1 stand in this proposal; all stands of the kind “city” are given." in page

        client.post(address("shortlist", of), {"chosen": [cities[0].pk, cities[1].pk]})
        assert set(StandApplication.objects.filter(status="shortlisted")) == {cities[0], cities[1]}


class TestDeciding:
    def test_asks_then_decides_and_writes_to_each(self, client):
        of = call(stands=1)
        first, second, third = application(of, status="shortlisted"), application(of), application(of)
        assert f'name="decision-{first.pk}"' in text_of(client.get(address("decide", of)))
        chosen = {
            f"decision-{first.pk}": "accept",
            f"decision-{second.pk}": "wait",
            f"decision-{third.pk}": "decline",
        }

        asked = client.post(address("decide", of), chosen)
        assert "Decide, and send 3 mails?" in text_of(asked)
        assert not Mail.objects.exists()
        client.post(address("decide", of), {**chosen, "confirm": "1"})

        assert dict(StandApplication.objects.values_list("pk", "status")) == {
            first.pk: "accepted",
            second.pk: "waiting",
            third.pk: "declined",
        }
        assert sorted(Mail.objects.values_list("kind", flat=True)) == [
            "stand_accepted",
            "stand_declined",
            "stand_waiting",
        ]

    def test_what_has_no_stand_left_is_told(self, client):
        of = call(stands=1)
        first, second = application(of), application(of)

        response = client.post(
            address("decide", of),
            {f"decision-{first.pk}": "accept", f"decision-{second.pk}": "accept", "confirm": "1"},
        )

        assert messages_of(response) == [
            "1 decision is made; its mail is queued.",
            "Street work: All 1 stands are given.",
        ]

    def test_the_better_marked_come_first_on_the_waiting_list(self, client):
        of = call()
        criterion = Criterion.objects.create(call=of, name="Evidence")
        weak, strong = application(of), application(of)
        selection.give_marks(weak, {criterion: 1}, by=UserFactory())
        selection.give_marks(strong, {criterion: 5}, by=UserFactory())

        client.post(
            address("decide", of), {f"decision-{weak.pk}": "wait", f"decision-{strong.pk}": "wait", "confirm": "1"}
        )

        waiting = StandApplication.objects.filter(status="waiting").order_by("waiting_since")
        assert list(waiting) == [strong, weak]

    def test_nothing_chosen_is_told(self, client):
        of = call()
        application(of)

        assert "Nothing is chosen yet" in text_of(client.post(address("decide", of), {"confirm": "1"}))


class TestOneApplication:
    def _address(self, name, present):
        return reverse(f"admin:marketplace_standapplication_{name}", args=[present.pk])

    @pytest.mark.parametrize(
        ("name", "status"),
        [("accept", "accepted"), ("wait", "waiting"), ("decline", "declined"), ("withdraw", "withdrawn")],
    )
    def test_each_decision_asks_first(self, client, name, status):
        present = application()

        assert client.get(self._address(name, present)).status_code == 200
        present.refresh_from_db()
        assert present.status == "submitted"
        client.post(self._address(name, present))
        present.refresh_from_db()
        assert present.status == status

    def test_organisers_write_and_submit_for_a_delegation_after_the_end(self, client):
        of = call(closes_at=timezone.now() - datetime.timedelta(minutes=1))
        delegation = OrganisationDelegationFactory(conference=of.conference)

        response = client.post(
            reverse("admin:marketplace_standapplication_write", args=[of.pk]), {"delegation": delegation.pk}
        )
        begun = StandApplication.objects.get()
        assert response["Location"] == self._address("edit", begun)
        client.post(
            self._address("edit", begun),
            {
                "seen": begun.changed_at.isoformat(),
                "kind": "network",
                "initiative": "A network",
                "challenge": "Alone",
                "approach": "Together",
                "stage": "running",
                "evidence": "experience",
                "languages": ["en"],
            },
        )
        client.post(self._address("submit", begun))

        begun.refresh_from_db()
        assert (begun.status, begun.kind, begun.applicant) == ("submitted", "network", None)
        # An organiser is nobody whom the mails are for.
        assert Mail.objects.get(kind="stand_submitted").to == [delegation.email]

    def test_its_page_shows_marks_and_history(self, client):
        present = application()
        criterion = Criterion.objects.create(call=present.call, name="Evidence")
        selection.give_marks(present, {criterion: 4}, by=UserFactory(email="reviewer@convoke.example"))

        page = text_of(client.get(self._address("change", present)))

        assert "reviewer@convoke.example" in page
        assert "Weighed average: <strong>4.0</strong> of 5" in page

    def test_an_edit_over_anothers_change_is_told(self, client):
        present = application(challenge="A", approach="B")
        seen = (present.changed_at - datetime.timedelta(minutes=1)).isoformat()

        response = client.post(
            self._address("edit", present),
            {
                "seen": seen,
                "kind": "city",
                "initiative": "Mine",
                "challenge": "A",
                "approach": "B",
                "stage": "running",
                "evidence": "monitored",
                "languages": ["en"],
            },
        )

        assert "Somebody else saved this application" in text_of(response)
        assert 'value="Mine"' in text_of(response)


class TestHall:
    def test_is_drawn_and_shown(self, client):
        of = call()

        client.post(address("draw", of), {"drawing": "op\n.o"})

        page = text_of(client.get(address("hall", of)))
        assert HallPlace.objects.count() == 3
        assert page.count("<rect") == 3
        assert "Free: 1, 2 (power), 3" in page

    def test_a_drawing_that_cannot_be_read_is_told_at_its_place(self, client):
        of = call()

        response = client.post(address("draw", of), {"drawing": "o?o"})

        assert response.status_code == 422
        assert "Row 1, character 2: “?” means nothing here." in text_of(response)
        assert "o?o" in text_of(response)

    def test_the_picture_and_the_list_say_the_same(self, client):
        own = stand()

        page = text_of(client.get(address("hall", own.call)))

        assert f"<title>{own.place.number}: Street work</title>" in page
        assert f'value="{own.place.number}"' in page

    def test_a_place_is_given_by_its_number(self, client):
        of = call()
        own, wanted = stand(of, place=None), hall_place(of.conference)

        client.post(address("place", of), {"stand": own.pk, "number": wanted.number, "seen": "0"})
        own.refresh_from_db()
        assert own.place == wanted
        client.post(address("place", of), {"stand": own.pk, "number": "", "seen": wanted.pk})
        own.refresh_from_db()
        assert own.place is None

    @pytest.mark.parametrize("typed", ["999", "x", "-1", "9" * 30])
    def test_a_place_that_is_not_there_is_told(self, client, typed):
        own = stand()

        response = client.post(address("place", own.call), {"stand": own.pk, "number": typed})

        assert messages_of(response) == [f"There is no place “{typed[:20]}” in the hall."]

    def test_of_two_organisers_the_second_is_told_whose_it_is(self, client):
        of = call()
        first, second = stand(of), stand(of, place=None)

        response = client.post(address("place", of), {"stand": second.pk, "number": first.place.number, "seen": "0"})

        assert messages_of(response) == [f"Place {first.place.number} is taken: “Street work” stands there."]

    def test_a_proposal_is_carried_out(self, client):
        of = call()
        for number in range(3):
            stand(of, place=None)
            hall_place(of.conference, row=1, spot=100 + number)
        page = client.get(address("propose", of)).content.decode()
        chosen = [part.split('"')[0] for part in page.split('name="place" value="')[1:]]

        client.post(address("propose", of), {"place": chosen})

        assert Stand.objects.filter(place=None).count() == 0
        assert len(chosen) == 3

    def test_nonsense_in_a_proposal_does_nothing(self, client):
        own = stand(place=None)

        client.post(address("propose", own.call), {"place": ["x", "1:", f"{own.pk}:999999", "9" * 40]})

        own.refresh_from_db()
        assert own.place is None


class TestReport:
    def test_counts_stands_interest_and_what_nobody_found(self, client):
        of = call()
        city = CityFactory(member_state_id="FR", population=120_000)
        own = stand(of)
        own.application.delegation = DelegationFactory(conference=of.conference, city=city)
        own.application.save()
        released = stand(of)
        released.released_at = timezone.now()
        released.save()
        for _number in range(3):
            Remembered.objects.create(stand=own, participant=visitor(of.conference))
        notice = of.conference.pages.get(kind=Page.Kind.PRIVACY)
        ContactLeft.objects.create(stand=own, participant=visitor(of.conference), notice=notice)
        revoked = timezone.now() + datetime.timedelta(minutes=1)
        ContactLeft.objects.create(stand=own, participant=visitor(of.conference), notice=notice, revoked_at=revoked)
        day = timezone.localdate()
        SearchMiss.objects.create(conference=of.conference, day=day, words="θέατρο", times=4)
        SearchMiss.objects.create(
            conference=of.conference, day=day - datetime.timedelta(days=1), words="θέατρο", times=2
        )

        page = text_of(client.get(address("report", of)))

        assert "1 stand at the market place." in page
        assert '<th scope="row">City</th> <td class="number">1</td>' in page
        assert '<th scope="row">France</th> <td class="number">1</td>' in page
        assert '<th scope="row">100,000 to 250,000</th> <td class="number">1</td>' in page
        assert '<td class="number">3</td>' in page
        assert '<th scope="row">θέατρο</th> <td class="number">6</td>' in page


class TestRota:
    def test_says_who_stands_where_and_what_nobody_covers(self, client):
        conference = ConferenceFactory()
        begins = datetime.datetime.combine(conference.held_on, datetime.time(12, 30), conference.zone)
        own = stand(call(conference, stands_from=begins, stands_until=begins + datetime.timedelta(minutes=75)))
        guest = visitor(conference)
        own.duties.create(participant=guest, starts_at=begins, ends_at=begins + datetime.timedelta(minutes=30))

        page = text_of(client.get(address("rota", own.call)))

        assert guest.full_name in page
        assert "12.30–13.00" in page
        assert "13.00–13.45" in page
