"""Signs, cards and schedules: what stands on them, and that another state has another mark."""

import io
import zipfile

import pytest

from conference.models import Conference
from meetings.models import Meeting, Profile, Table
from meetings.papers import content
from meetings.papers.content import Content, write
from meetings.papers.schedules import schedules
from meetings.papers.tables import table_cards, table_signs
from meetings.services import board
from registrations.models import Delegation, Participant
from tests.agenda.papers.reading import needs_pango, pages, solid
from tests.meetings import factories
from tests.meetings.services.test_placements import agreed, place

pytestmark = [pytest.mark.django_db, needs_pango]


@pytest.fixture
def block(conference):
    factories.rules(conference)
    return factories.block(conference, slots=2, tables=3)


def printed(what: Content) -> list[str]:
    ending, document = write(what, tell=lambda _done: None)
    assert ending == "pdf"
    return pages(document)


def of(person: Participant, found: list[str]) -> str:
    (text,) = [text for text in found if person.full_name in text.split("Mayor", maxsplit=1)[0]]
    return text


def test_a_sign_for_each_table(conference, block):
    found = printed(table_signs(conference))

    assert [number for number, text in enumerate(found, start=1) if str(number) in text] == [1, 2, 3]


def test_a_card_names_only_those_who_let_their_name_be_shown(conference, block):
    meeting = agreed(conference, **place(block, slot=1, table=2))
    shown, hidden = meeting.people
    Profile.objects.filter(participant=shown).update(names_shown=True)

    card = printed(table_cards(conference))[1]

    assert shown.full_name in card
    assert hidden.full_name not in card
    assert f"{hidden.function}, {hidden.delegation.name}" in card
    assert "free" in card


def test_everybody_has_a_page_of_their_own(conference, block):
    meeting = agreed(conference, **place(block, slot=2, table=3))
    alone = factories.guest(conference)
    board.place(agreed(conference), **place(block, slot=1, table=1), seen=1, by=None)

    found = printed(schedules(conference))

    partner = meeting.request.asked
    of_asker = of(meeting.request.asker, found)
    assert solid("10.45–10.57 3 Coffee break") in solid(of_asker)
    assert f"{partner.full_name} {partner.function}, {partner.delegation.name}" in of_asker
    assert "No meeting is fixed so far." in of(alone, found)
    assert len(found) == 5


def test_twelve_meetings_stand_on_one_page(conference):
    long = factories.block(conference, slots=12, tables=1)
    one = factories.guest(conference)
    for slot in range(1, 13):
        request = factories.request(one, factories.guest(conference))
        factories.meeting(request, **place(long, slot=slot, table=1))

    assert len(printed(schedules(conference))) == 13


def test_a_provisional_meeting_is_on_no_paper(conference, block):
    meeting = agreed(conference)
    board.place(meeting, **place(block), seen=1, by=None)

    assert meeting.request.asker.delegation.name not in "".join(printed(table_cards(conference)))


def test_of_nobody_a_page_that_says_so(conference):
    (schedule,), (card,) = printed(schedules(conference)), printed(table_cards(conference))

    assert "Nobody has said yet that they want meetings." in schedule
    assert "No table is set yet." in card


def test_what_is_laid_out_in_pieces_is_one_document_in_order(conference, monkeypatch):
    monkeypatch.setattr(content, "SHEETS_AT_ONCE", 2)
    factories.block(conference, tables=5)
    told: list[int] = []

    _ending, document = write(table_signs(conference), tell=told.append)

    assert [str(number) in text for number, text in enumerate(pages(document), start=1)] == [True] * 5
    assert told == [0, 2, 4, 5]


def test_a_very_large_one_is_several_files(conference, monkeypatch):
    monkeypatch.setattr(content, "SHEETS_A_FILE", 2)
    factories.block(conference, tables=5)

    ending, document = write(table_signs(conference), tell=lambda _done: None)

    assert ending == "zip"
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        names = archive.namelist()
        assert names == ["0001-0002.pdf", "0003-0004.pdf", "0005-0005.pdf"]
        assert [len(pages(archive.read(name))) for name in names] == [2, 2, 1]


def test_the_number_of_queries_does_not_grow(conference, block, django_assert_num_queries):
    for number in (1, 2):
        agreed(conference, **place(block, slot=number, table=number))

        with django_assert_num_queries(2):
            schedules(conference)
        with django_assert_num_queries(5):
            table_cards(conference)


class TestTheMark:
    @pytest.fixture
    def meeting(self, conference, block) -> Meeting:
        return agreed(conference, **place(block, slot=1, table=2))

    def marks(self, conference: Conference) -> dict[str, str]:
        fresh = Conference.objects.select_related("venue").get(pk=conference.pk)
        return {make.__name__: make(fresh).fingerprint for make in (table_signs, table_cards, schedules)}

    def changed(self, conference: Conference, change) -> set[str]:
        before = self.marks(conference)
        change()
        after = self.marks(conference)
        return {name for name, mark in after.items() if mark != before[name]}

    def test_stays_while_nothing_changes(self, conference, meeting):
        assert self.changed(conference, lambda: agreed(conference)) == {"schedules"}
        assert self.changed(conference, lambda: None) == set()

    def test_is_another_when_what_is_shown_is(self, conference, meeting):
        asker = meeting.request.asker

        def of_asker(**fields):
            return lambda: Participant.objects.filter(pk=asker.pk).update(**fields)

        assert self.changed(conference, of_asker(family_name="Nováková")) == {"schedules"}
        assert self.changed(conference, of_asker(function="Deputy")) == {"schedules", "table_cards"}
        renamed = Delegation.objects.filter(pk=asker.delegation_id)
        assert self.changed(conference, lambda: renamed.update(name="Brno")) == {"schedules", "table_cards"}
        seen = Profile.objects.filter(participant=asker)
        assert self.changed(conference, lambda: seen.update(names_shown=True)) == {"table_cards"}
        third = Table.objects.get(conference=conference, number=3)
        moved = Meeting.objects.filter(pk=meeting.pk)
        assert self.changed(conference, lambda: moved.update(table=third)) == {"schedules", "table_cards"}
        title = Conference.objects.filter(pk=conference.pk)
        assert len(self.changed(conference, lambda: title.update(title="Another"))) == 3
