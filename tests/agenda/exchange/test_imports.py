"""Taking programmes in: what goes out of one conference comes into another unchanged, and nothing is lost by it."""

import datetime
import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given

from agenda.demonstration import load_day
from agenda.exchange import schedule_json
from agenda.exchange.tables import xlsx_bytes
from agenda.exchange.takein import fitted, split_name
from agenda.kinds import Role, SessionKind
from agenda.models import Appearance, Plan, Presentation, ProgrammeImport, Session, Speaker
from agenda.programme import Programme
from agenda.queries import working_programme
from agenda.services import imports, planning
from agenda.states import SpeakerStatus
from conference.models import Conference, HistoryEntry, Room
from registrations.services import replies
from tests import uploads
from tests.agenda.exchange.programmes import programmes, without_files
from tests.agenda.large_programme import large_programme
from tests.factories import (
    AppearanceFactory,
    ConferenceFactory,
    DelegationFactory,
    InvitationFactory,
    PresentationFactory,
    SessionFactory,
    SpeakerFactory,
    person,
)

pytestmark = pytest.mark.django_db

FORMATS = {"json": schedule_json.render, "xlsx": xlsx_bytes}
FACTS = ("slug", "title", "held_on", "time_zone", "venue", "address", "city", "url", "organiser")


@pytest.fixture
def planned(conference: Conference) -> Conference:
    """The concept note's day, with delegations that present and speakers in three scripts."""
    Room.objects.create(venue=conference.venue, name="Atrium", capacity=200)
    Room.objects.create(venue=conference.venue, name="Plenary room", capacity=350)
    load_day(conference)
    panel = Session.objects.filter(conference=conference, kind=SessionKind.PANEL).first()
    panel.abstract = "First line\r\nsecond line"
    panel.save()
    for number, (given_name, family_name) in enumerate(
        [("Ελένη", "Παπαδοπούλου"), ("Владимир", "Стоянов"), ("Ġużeppi", "Ħaż Żebbuġi")]
    ):
        speaker = SpeakerFactory(
            conference=conference,
            title="Dr" if number else "",
            given_name=given_name,
            family_name=family_name,
            status=SpeakerStatus.ACCEPTED,
        )
        Appearance.objects.create(
            session=panel, speaker=speaker, role=Role.PANELLIST if number else Role.MODERATOR, position=number
        )
    talk = panel.presentations.first()
    talk.delegation = DelegationFactory(conference=conference, name="Ħaż-Żebbuġ")
    talk.speaker = speaker
    talk.save()
    return conference


def dry_run(conference: Conference, data: bytes, **facts: Any) -> ProgrammeImport:
    return uploads.programme(conference, data, **facts)


def take_in(conference: Conference, data: bytes, **facts: Any) -> Any:
    return imports.apply_import(dry_run(conference, data, **facts), seen=None, by=None)


def programme_of(conference: Conference, *, like: Programme) -> Programme:
    """Its working version, with the facts of the conference that the programme came from."""
    found = without_files(working_programme(conference))
    return replace(found, **{name: getattr(like, name) for name in FACTS})


def titles(items: list[Any]) -> list[str]:
    return [item.title for item in items]


# There and back ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_the_programme_of_one_conference_comes_into_another_unchanged(planned, form):
    exported = working_programme(planned)
    other = ConferenceFactory(held_on=planned.held_on)
    DelegationFactory(conference=other, name="Ħaż-Żebbuġ")

    report = take_in(other, FORMATS[form](exported))

    assert (len(report.added), report.changed, report.removed, report.errors) == (13, [], [], [])
    taken_in = programme_of(other, like=exported)
    assert taken_in == without_files(exported)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("remove_missing", [False, True])
def test_what_came_from_here_changes_nothing_here(planned, form, remove_missing):
    before = working_programme(planned)
    version = planning.lock(planned).version

    report = take_in(planned, FORMATS[form](before), remove_missing=remove_missing)

    assert (len(report.same), report.changes_something, report.left) == (13, False, [])
    assert working_programme(planned) == before
    assert Plan.objects.get(conference=planned).version == version


def test_300_sessions_come_in_with_a_number_of_queries_that_does_not_grow(django_assert_max_num_queries):
    other = ConferenceFactory()
    exported = large_programme()
    with django_assert_max_num_queries(60 + 3 * len(exported.people)):
        report = take_in(other, schedule_json.render(exported))

    assert (len(report.added), report.errors) == (300, [])
    taken_in = working_programme(other)
    assert [(one.guid, one.code, one.number, one.title, one.starts_at, one.room) for one in taken_in.sessions] == [
        (one.guid, one.code, one.number, one.title, one.starts_at, one.room) for one in exported.sessions
    ]
    assert take_in(other, schedule_json.render(exported)).changes_something is False


# What a dry run says ----------------------------------------------------------------------------


def test_the_dry_run_tells_what_would_happen_and_does_none_of_it(planned):
    exported = working_programme(planned)
    first, second, *rest = exported.sessions
    moved = replace(
        second, starts_at=second.starts_at + datetime.timedelta(minutes=5), title="Warm welcome", room="Hall"
    )
    added = replace(first, guid=uuid4(), title="Yoga", code="YOGA00", number=99_999)
    edited = replace(exported, sessions=(first, moved, added, *rest[:-1]))

    report = imports.report_of(dry_run(planned, schedule_json.render(edited)))

    assert titles(report.added) == ["Yoga"]
    assert [(one.title, one.changes) for one in report.changed] == [("Warm welcome", ("title", "begins", "room"))]
    assert titles(report.left) == ["Closing words"]
    assert (len(report.same), report.removed, report.new_rooms, report.new_people) == (11, [], ["Hall"], [])
    assert working_programme(planned) == exported


def test_sessions_that_are_not_in_the_file_go_only_where_that_was_asked_for(planned):
    exported = working_programme(planned)
    shorter = schedule_json.render(replace(exported, sessions=exported.sessions[:12]))

    assert titles(take_in(planned, shorter).left) == ["Closing words"]
    assert Session.objects.filter(conference=planned).count() == 13
    assert titles(take_in(planned, shorter, remove_missing=True).removed) == ["Closing words"]
    assert Session.objects.filter(conference=planned).count() == 12


def test_nothing_is_removed_while_parts_of_the_file_could_not_be_read(planned):
    document = json.loads(schedule_json.render(working_programme(planned)))
    first_room = next(iter(document["schedule"]["conference"]["days"][0]["rooms"].values()))
    first_room[0].update(date="soon", start="soon")
    upload = dry_run(planned, json.dumps(document).encode(), remove_missing=True)

    with pytest.raises(imports.ImportRefused, match="Parts of the file could not be read"):
        imports.apply_import(upload, seen=None, by=None)

    upload.refresh_from_db()
    assert (upload.status, Session.objects.filter(conference=planned).count()) == ("pending", 13)


# Matching ---------------------------------------------------------------------------------------


def without_identities(session: Any) -> dict[str, Any]:
    return {"title": session.title, "date": session.starts_at.isoformat(), "duration": "01:00", "type": "panel"}


def foreign(*events: dict[str, Any]) -> bytes:
    days = [{"date": "2030-01-01", "rooms": {"Hall": list(events)}}]
    return json.dumps({"schedule": {"conference": {"acronym": "other", "days": days}}}).encode()


def test_a_session_of_the_same_time_and_title_is_the_same(conference):
    present = SessionFactory(conference=conference, title="Panel  1")

    report = take_in(conference, foreign(without_identities(present) | {"title": "panel 1"}))

    assert [(one.title, one.changes) for one in report.changed] == [("panel 1", ("title", "room"))]
    assert list(Session.objects.filter(conference=conference).values_list("pk", "guid", "code")) == [
        (present.pk, present.guid, present.code)
    ]


def test_what_the_file_leaves_empty_stays(conference):
    present = SessionFactory(conference=conference, abstract="Kept", question="Kept?", languages=["en"])
    PresentationFactory(session=present, title="Kept as well")
    AppearanceFactory(session=present, speaker__status=SpeakerStatus.ACCEPTED)

    take_in(conference, foreign(without_identities(present)))

    present.refresh_from_db()
    assert (present.abstract, present.question, present.languages) == ("Kept", "Kept?", ["en"])
    assert (present.presentations.count(), present.appearances.count()) == (1, 1)


def test_where_it_was_asked_for_empty_means_empty_but_unconfirmed_speakers_stay(conference):
    present = SessionFactory(conference=conference, abstract="Old", note="Never in a file")
    PresentationFactory(session=present)
    AppearanceFactory(session=present, speaker__status=SpeakerStatus.ACCEPTED)
    asked = AppearanceFactory(session=present, speaker__status=SpeakerStatus.ASKED)

    take_in(conference, foreign(without_identities(present)), remove_missing=True)

    present.refresh_from_db()
    assert (present.abstract, present.note, present.presentations.count()) == ("", "Never in a file", 0)
    assert [one.speaker for one in present.appearances.all()] == [asked.speaker]


def test_a_presentation_that_changes_keeps_its_identity_and_others_follow_it(conference):
    session = SessionFactory(conference=conference)
    first = PresentationFactory(session=session, title="First", position=0)
    second = PresentationFactory(session=session, title="Second", position=1)
    exported = working_programme(conference)
    talk = replace(exported.sessions[0].presentations[1], minutes=9)
    edited = replace(exported, sessions=(replace(exported.sessions[0], presentations=(talk,)),))

    take_in(conference, schedule_json.render(edited))

    found = Presentation.objects.filter(session=session).order_by("position").values_list("pk", "title", "minutes")
    assert list(found) == [(second.pk, "Second", 9), (first.pk, "First", 5)]


def test_people_are_found_by_name_among_speakers_and_participants_and_else_planned(conference):
    speaker = SpeakerFactory(conference=conference, title="Dr", given_name="Jana", family_name="Nováková")
    invitation = InvitationFactory(delegation__conference=conference)
    (participant,) = replies.accept(invitation, [person(given_name="Ελένη", family_name="Παπαδοπούλου")], by=None)
    event = {
        "title": "Talk",
        "date": "2030-01-01T09:00:00Z",
        "duration": "01:00",
        "persons": [{"name": "dr Jana  Nováková"}, {"name": "Ελένη Παπαδοπούλου"}, {"name": "Sir Julian King"}],
    }

    report = take_in(conference, foreign(event))
    take_in(conference, foreign(event))

    assert report.new_people == ["Ελένη Παπαδοπούλου", "Sir Julian King"]
    assert [
        (one.pk == speaker.pk, one.participant, one.title, one.given_name, one.family_name, one.status)
        for one in Speaker.objects.filter(conference=conference).order_by("pk")
    ] == [
        (True, None, "Dr", "Jana", "Nováková", "planned"),
        (False, participant, "", "", "", "planned"),
        (False, None, "Sir", "Julian", "King", "planned"),
    ]


def test_namesakes_in_a_file_are_two_people(conference):
    persons = [{"name": "Jana Nováková", "guid": str(uuid4())} for _one in range(2)]
    event = {"title": "Talk", "date": "2030-01-01T09:00:00Z", "duration": "01:00", "persons": persons}

    take_in(conference, foreign(event))
    again = take_in(conference, foreign(event))

    assert Speaker.objects.filter(conference=conference).count() == 2
    assert again.changes_something is False


def test_rooms_are_found_by_name_at_the_venue_and_else_made(conference):
    hall = Room.objects.create(venue=conference.venue, name="hall")

    take_in(conference, foreign(without_identities(SessionFactory.build(conference=conference, title="New"))))

    assert Session.objects.get(conference=conference).room == hall
    assert list(Room.objects.filter(venue=conference.venue)) == [hall]


def test_a_delegation_that_is_not_there_is_told_and_left_open(planned):
    other = ConferenceFactory()

    report = take_in(other, schedule_json.render(working_programme(planned)))

    assert [(one.what, one.is_error) for one in report.problems] == [
        ("“Ħaż-Żebbuġ” is no delegation of this conference: who presents is left open.", False)
    ]


def test_numbers_and_codes_that_are_taken_are_replaced(conference):
    present = SessionFactory(conference=conference)
    exported = working_programme(conference)
    other = replace(exported.sessions[0], guid=uuid4(), title="Another")

    take_in(conference, schedule_json.render(replace(exported, sessions=(*exported.sessions, other))))

    added = Session.objects.get(conference=conference, title="Another")
    assert added.number == present.number + 1
    assert added.code != present.code


# Deciding ---------------------------------------------------------------------------------------


def test_a_second_click_applies_nothing_again(conference, organiser):
    upload = dry_run(conference, foreign(without_identities(SessionFactory.build(conference=conference))))
    imports.apply_import(upload, seen=None, by=organiser)

    with pytest.raises(imports.AlreadyApplied):
        imports.apply_import(upload, seen=None, by=organiser)

    assert Session.objects.filter(conference=conference).count() == 1
    upload.refresh_from_db()
    assert (upload.status, upload.content) == ("applied", {})


def test_who_changed_the_programme_meanwhile_is_named_and_the_upload_waits(conference, organiser):
    upload = dry_run(conference, foreign(without_identities(SessionFactory.build(conference=conference))))
    seen = imports.report_of(upload).version
    planning.save_session(SessionFactory.build(conference=conference), seen=None, changed=[], by=organiser)

    with pytest.raises(planning.EditedMeanwhile, match="Olga Organiser changed the programme"):
        imports.apply_import(upload, seen=seen, by=organiser)

    upload.refresh_from_db()
    assert upload.status == "pending"


def test_a_discarded_upload_is_gone(conference):
    upload = dry_run(conference, foreign(without_identities(SessionFactory.build(conference=conference))))
    imports.discard_import(upload)

    with pytest.raises(imports.ImportRefused, match="discarded"):
        imports.apply_import(upload, seen=None, by=None)


def test_an_upload_that_nobody_decided_on_goes_with_the_next_one_after_a_day(conference):
    stale = dry_run(conference, foreign())
    ProgrammeImport.objects.filter(pk=stale.pk).update(uploaded_at=stale.uploaded_at - datetime.timedelta(days=2))

    fresh = dry_run(conference, foreign())

    assert list(ProgrammeImport.objects.all()) == [fresh]


def test_the_history_tells_what_was_imported_and_by_whom(conference, organiser):
    upload = dry_run(
        conference, foreign(without_identities(SessionFactory.build(conference=conference))), name="day.json"
    )
    imports.apply_import(upload, seen=None, by=organiser)

    told = HistoryEntry.objects.filter(by=organiser).order_by("pk").values_list("action", "detail")
    assert list(told) == [("created", "imported from day.json"), ("imported", "day.json")]


@pytest.mark.parametrize("data", [b"", b"<html>", b"%PDF-1.7", b"PK\x03\x04", b"{", b"Day,Begins"])
def test_a_file_of_another_kind_is_refused_whatever_its_name(conference, data):
    with pytest.raises(imports.FileRefused):
        dry_run(conference, data, name="programme.xlsx")

    assert not ProgrammeImport.objects.exists()


# Fitting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Jana", "Jana Nováková", "Dr Jana Štěpánková", "Prof. Dr Anna Maria Weiß", "Dr", "Sir Julian King"]
)
def test_the_parts_of_a_name_give_the_name_again(name):
    parts = split_name(name)

    assert (
        Speaker(**{key: getattr(parts, key) for key in ("title", "given_name", "family_name")}).addressed_name == name
    )
    assert parts.family_name


def test_what_is_too_long_is_cut_and_told():
    programme = large_programme(1, 1)
    programme = replace(programme, sessions=(replace(programme.sessions[0], title="x" * 201, room="y" * 101),))

    made, problems = fitted(programme)

    assert (len(made.sessions[0].title), len(made.sessions[0].room)) == (200, 100)
    assert [problem.is_error for problem in problems] == [False, False]


@given(programme=programmes())
def test_any_programme_can_be_made_to_fit(programme):
    made, _problems = fitted(programme)

    assert fitted(made) == (made, [])
    assert "\\u0000" not in json.dumps(made.to_data())
