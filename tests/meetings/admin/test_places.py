"""Organisers' pages of rules, tables and blocks, and the page from which all starts."""

import datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agenda.kinds import SessionKind
from conference.models import Conference
from meetings.models import Block, MeetingRules, Table
from meetings.services import places
from tests.factories import ConferenceFactory, SessionFactory, UserFactory
from tests.meetings import factories
from tests.meetings.services.test_placements import absent, agreed, place

pytestmark = pytest.mark.django_db


def url(name: str, conference: Conference, *more: object) -> str:
    return reverse(f"admin:meetings_meetingrules_{name}", args=[conference.pk, *more])


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def block_data(block: Block, **changes: object) -> dict[str, object]:
    local = block.starts_at.astimezone(block.conference.zone)
    return {
        "title": block.title,
        "place": block.place,
        "starts_at": f"{local:%Y-%m-%dT%H:%M}",
        "minutes": block.minutes,
        "slot_minutes": block.slot_minutes,
        "changeover_minutes": block.changeover_minutes,
        "table_count": block.table_count,
        **changes,
    }


class TestTheStart:
    def test_offers_the_breaks_of_the_programme(self, conference, organiser_client):
        coffee = SessionFactory(
            conference=conference, kind=SessionKind.COFFEE_BREAK, title="Coffee break", at="10:30", minutes=30
        )
        SessionFactory(conference=conference, title="Panel 1", at="09:30")

        page = organiser_client.get(url("home", conference)).content.decode()

        assert f"{url('block_add', conference)}?break={coffee.guid}" in page
        assert "Panel 1" not in page

    def test_without_a_break_says_what_to_do(self, conference, organiser_client):
        page = organiser_client.get(url("home", conference)).content.decode()

        assert "the programme has none yet" in page

    def test_tells_of_conflicts_with_a_button_to_repair(self, conference, organiser_client):
        meeting = agreed(conference, **place(factories.block(conference)))
        absent(meeting.request.asker, meeting.slot)

        page = organiser_client.get(url("home", conference)).content.decode()

        assert "One meeting lies where somebody now has to be elsewhere" in page
        assert url("repair", conference) in page

    def test_takes_as_many_queries_for_three_meetings_as_for_one(self, conference, organiser_client):
        block = factories.block(conference, tables=3)
        agreed(conference, **place(block, table=1))
        organiser_client.get(url("home", conference))
        with CaptureQueriesContext(connection) as one:
            organiser_client.get(url("home", conference))
        for number in (2, 3):
            agreed(conference, **place(block, table=number))
        factories.block(conference, tables=3, hour=15)
        with CaptureQueriesContext(connection) as three:
            organiser_client.get(url("home", conference))

        assert len(three) == len(one)

    def test_is_for_organisers_of_meetings_only(self, conference, settings):
        settings.STAFF_SECOND_FACTOR_REQUIRED = False
        client = Client()
        client.force_login(UserFactory(is_staff=True))

        assert client.get(url("home", conference)).status_code == 403
        assert client.get(url("board", conference)).status_code == 403

    def test_the_list_has_all_conferences(self, conference, organiser_client):
        other = ConferenceFactory(title="Another conference")

        page = organiser_client.get("/admin/meetings/meetingrules/").content.decode()

        assert url("home", conference) in page
        assert url("home", other) in page


class TestRules:
    def data(self, **changes: object) -> dict[str, object]:
        known = {"pending_factor": 2, "expiry_days": 3, "spare_percent": 15}
        return {**known, **changes}

    def test_times_are_those_of_the_venue(self, conference, organiser_client):
        response = organiser_client.post(
            url("rules", conference), self.data(opens_at="2027-02-01T09:00", closes_at="2027-02-25T18:00")
        )

        assert response.status_code == 302
        rules = MeetingRules.objects.get()
        assert rules.opens_at == datetime.datetime(2027, 2, 1, 8, 0, tzinfo=datetime.UTC)
        page = organiser_client.get(url("rules", conference)).content.decode()
        assert 'value="2027-02-01T09:00"' in page

    def test_the_matrix_says_who_may_ask_whom(self, conference, organiser_client):
        organiser_client.post(
            url("rules", conference), self.data(city_asks_organisation="on", organisation_asks_city="on")
        )

        rules = MeetingRules.objects.get()
        assert rules.may_ask == {
            "city": ["organisation"],
            "organisation": ["city"],
            "institution": [],
            "member_state": [],
        }

    def test_each_box_has_a_name_that_says_both(self, conference, organiser_client):
        page = organiser_client.get(url("rules", conference)).content.decode()

        assert "Cities may ask Member States" in page

    def test_a_closing_before_the_opening_is_told_at_its_field(self, conference, organiser_client):
        response = organiser_client.post(
            url("rules", conference), self.data(opens_at="2027-02-02T09:00", closes_at="2027-02-01T09:00")
        )

        assert response.status_code == 422
        assert "Booking closes before it opens." in response.content.decode()
        assert 'value="2027-02-02T09:00"' in response.content.decode()
        assert not MeetingRules.objects.exists()

    def test_a_closing_at_midnight_is_not_taken_for_either_end_of_the_day(self, conference, organiser_client):
        response = organiser_client.post(
            url("rules", conference), self.data(opens_at="2027-02-02T09:00", closes_at="2027-02-25T00:00")
        )

        assert response.status_code == 422
        assert "Write 23.59 of the day that you mean." in response.content.decode()


class TestTables:
    def test_the_plan_and_the_list_say_the_same(self, conference, organiser_client):
        places.set_tables(conference, count=7, in_a_row=4, by=None)

        page = organiser_client.get(url("tables", conference)).content.decode()

        assert page.count('class="spot') == 7
        assert "7 (spare)" in page

    def test_tables_are_laid_out_anew(self, conference, organiser_client):
        organiser_client.post(url("hall", conference), {"count": 12, "in_a_row": 6})

        assert Table.objects.filter(row=2).count() == 6

    def test_two_on_one_spot_are_told_and_what_was_typed_stays(self, conference, organiser_client):
        places.set_tables(conference, count=2, in_a_row=2, by=None)
        one, other = Table.objects.all()

        response = organiser_client.post(
            url("tables", conference),
            {
                "form-TOTAL_FORMS": 2,
                "form-INITIAL_FORMS": 2,
                "form-0-id": one.pk,
                "form-0-row": 5,
                "form-0-place": 1,
                "form-1-id": other.pk,
                "form-1-row": 5,
                "form-1-place": 1,
            },
        )

        assert response.status_code == 422
        assert "Tables 1 and 2 would both stand in row 5, place 1." in response.content.decode()
        assert response.content.decode().count('value="5"') == 2

    def _typed(self, *tables: Table, **changes: object) -> dict[str, object]:
        """The page of these tables as a browser sends it, each one row further back."""
        data: dict[str, object] = {"form-TOTAL_FORMS": len(tables), "form-INITIAL_FORMS": len(tables)}
        for number, table in enumerate(tables):
            data |= {
                f"form-{number}-id": table.pk,
                f"form-{number}-row": table.row + 10,
                f"form-{number}-place": table.place,
            }
        return {**data, **changes}

    def test_tables_that_somebody_else_removed_are_named_and_the_rest_stays_as_typed(
        self, conference, organiser_client
    ):
        places.set_tables(conference, count=4, in_a_row=4, by=None)
        typed = self._typed(*Table.objects.order_by("number"))
        places.set_tables(conference, count=2, in_a_row=4, by=None)

        response = organiser_client.post(url("tables", conference), typed)

        page = response.content.decode()
        assert response.status_code == 422
        assert (
            "Somebody else has removed 2 tables meanwhile. You had typed: table 3: row 11, place 3; table 4: row 11, "
            "place 4."
        ) in page
        assert page.count('value="11"') == 2
        assert list(Table.objects.values_list("row", flat=True)) == [1, 1]

    def test_what_is_left_can_be_saved_once_the_organiser_has_seen_it(self, conference, organiser_client):
        places.set_tables(conference, count=4, in_a_row=4, by=None)
        places.set_tables(conference, count=2, in_a_row=4, by=None)

        response = organiser_client.post(url("tables", conference), self._typed(*Table.objects.order_by("number")))

        assert response.status_code == 302
        assert list(Table.objects.values_list("row", flat=True)) == [11, 11]

    def test_tables_that_somebody_else_added_stay_where_they_are(self, conference, organiser_client):
        places.set_tables(conference, count=2, in_a_row=4, by=None)
        typed = self._typed(*Table.objects.order_by("number"))
        places.set_tables(conference, count=4, in_a_row=4, by=None)

        response = organiser_client.post(url("tables", conference), typed)

        assert response.status_code == 302
        assert list(Table.objects.order_by("number").values_list("row", "place")) == [(11, 1), (11, 2), (1, 3), (1, 4)]

    def test_an_error_beside_tables_that_were_added_keeps_what_was_typed(self, conference, organiser_client):
        places.set_tables(conference, count=2, in_a_row=4, by=None)
        typed = self._typed(*Table.objects.order_by("number"), **{"form-1-row": "x"})
        places.set_tables(conference, count=3, in_a_row=4, by=None)

        response = organiser_client.post(url("tables", conference), typed)

        page = response.content.decode()
        assert response.status_code == 422
        assert 'name="form-1-row" value="x"' in page
        assert 'name="form-2-row" value="1"' in page

    @pytest.mark.parametrize("odd", ["", "x", "-1", "1000000000", "9" * 5000, "\x00"])
    def test_odd_ids_and_odd_numbers_of_rows_change_nothing(self, conference, organiser_client, odd):
        places.set_tables(conference, count=2, in_a_row=4, by=None)
        typed = self._typed(*Table.objects.order_by("number"), **{"form-0-id": odd, "form-TOTAL_FORMS": odd})

        response = organiser_client.post(url("tables", conference), typed)

        assert response.status_code == 422
        assert list(Table.objects.values_list("row", flat=True)) == [1, 1]


class TestBlocks:
    def test_opens_on_a_break_with_what_the_break_says(self, conference, organiser_client):
        coffee = SessionFactory(
            conference=conference, kind=SessionKind.COFFEE_BREAK, title="Coffee break", at="10:30", minutes=30
        )
        address = f"{url('block_add', conference)}?break={coffee.guid}"
        page = organiser_client.get(address).content.decode()
        assert 'value="Coffee break"' in page
        assert "10.30–10.42, 10.45–10.57" in page

        block = Block(conference=conference, title="Coffee break", starts_at=coffee.starts_at, minutes=30)
        response = organiser_client.post(address, block_data(block, table_count=10))
        organiser_client.post(url("block_open", conference, Block.objects.get().pk))

        assert response.status_code == 302
        made = Block.objects.get()
        assert (made.session_guid, made.status, made.slots.count()) == (coffee.guid, "open", 2)
        assert Table.objects.count() == 10

    def test_a_change_that_touches_nobody_is_saved_at_once(self, conference, organiser_client):
        block = factories.block(conference)

        response = organiser_client.post(
            url("block", conference, block.pk), block_data(block, place="Atrium", minutes=45)
        )

        assert response.status_code == 302
        block.refresh_from_db()
        assert (block.place, block.slots.count()) == ("Atrium", 3)

    def test_one_that_costs_a_time_is_shown_first_and_then_saved(self, conference, organiser_client):
        block = factories.block(conference)
        meeting = agreed(conference, **place(block, slot=2))
        data = block_data(block, minutes=15)

        shown = organiser_client.post(url("block", conference, block.pk), data)
        page = shown.content.decode()
        digest = page.split('name="shown" value="')[1].split('"')[0]
        before = Block.objects.get().minutes
        saved = organiser_client.post(url("block", conference, block.pk), {**data, "shown": digest})

        assert shown.status_code == 422
        assert "One meeting loses its time and waits for another" in page
        assert str(meeting) in page
        assert before == 30
        assert saved.status_code == 302
        meeting.refresh_from_db()
        assert meeting.status == "unplaced"

    def test_a_slot_longer_than_the_block_is_told_at_its_field(self, conference, organiser_client):
        block = factories.block(conference)

        response = organiser_client.post(url("block", conference, block.pk), block_data(block, slot_minutes=40))

        assert response.status_code == 422
        assert "The block is shorter than one meeting." in response.content.decode()

    @pytest.mark.parametrize(
        ("action", "before", "after"),
        [
            ("open", "draft", "open"),
            ("close", "open", "closed"),
            ("open", "closed", "open"),
            ("prepare", "open", "draft"),
        ],
    )
    def test_states_are_changed_by_buttons(self, conference, organiser_client, action, before, after):
        block = factories.block(conference, status=before)

        organiser_client.post(url(f"block_{action}", conference, block.pk))

        block.refresh_from_db()
        assert block.status == after

    def test_a_refusal_says_why(self, conference, organiser_client):
        block = factories.block(conference)
        agreed(conference, **place(block))

        response = organiser_client.post(url("block_delete", conference, block.pk))

        assert said(response) == ["People meet in this block or were asked for one of its times. Close it instead."]
        assert Block.objects.exists()

    def test_a_get_changes_nothing(self, conference, organiser_client):
        block = factories.block(conference, status="draft")

        assert organiser_client.get(url("block_open", conference, block.pk)).status_code == 405

    def test_is_only_found_below_its_own_conference(self, conference, organiser_client):
        block = factories.block(conference)

        assert organiser_client.get(url("block", ConferenceFactory(), block.pk)).status_code == 404
