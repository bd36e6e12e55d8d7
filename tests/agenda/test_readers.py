"""What readers want of a programme, and what their own day is made of."""

import datetime
import hashlib
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction

from agenda import entries, personal
from agenda.entries import Entry
from agenda.models import Reader, Release, Star
from agenda.programme import Programme
from agenda.queries import speaker_codes, starred_guids
from agenda.services import readers
from agenda.states import SpeakerStatus
from conference.models import Conference
from registrations.services import replies
from tests.agenda.full_day import full_day
from tests.agenda.large_programme import large_programme
from tests.factories import ConferenceFactory, InvitationFactory, SpeakerFactory, UserFactory, person

PROGRAMME = full_day()
BY_TITLE = {session.title.partition(":")[0]: session for session in PROGRAMME.sessions}
PANEL_1, PANEL_2 = BY_TITLE["Panel 1"], BY_TITLE["Panel 2"]
NOON = datetime.datetime(2019, 2, 26, 11, 30, tzinfo=datetime.UTC)


def publish(conference: Conference, programme: Programme = PROGRAMME, number: int = 1) -> Release:
    return Release.objects.create(
        conference=conference, number=number, content=programme.to_data(), working_copy={}, published_at=NOON
    )


@pytest.fixture
def user(db):
    return UserFactory()


@pytest.mark.django_db
class TestStars:
    def test_twice_is_once(self, conference, user):
        publish(conference)

        readers.star(conference, PANEL_1.guid, by=user)
        readers.star(conference, PANEL_1.guid, by=user)

        assert starred_guids(conference, user) == {PANEL_1.guid}
        assert Star.objects.count() == 1

    def test_only_what_the_newest_release_holds(self, conference, user):
        publish(conference)
        publish(conference, replace(PROGRAMME, sessions=(PANEL_2,), dropped=(PANEL_1,)), number=2)

        with pytest.raises(readers.NotInTheProgramme):
            readers.star(conference, PANEL_1.guid, by=user)

        assert not Star.objects.exists()

    def test_nothing_before_the_first_release(self, conference, user):
        with pytest.raises(readers.NotInTheProgramme):
            readers.star(conference, PANEL_1.guid, by=user)

    def test_are_taken_away_from_dropped_sessions_too(self, conference, user):
        publish(conference)
        readers.star(conference, PANEL_1.guid, by=user)
        publish(conference, replace(PROGRAMME, sessions=(PANEL_2,), dropped=(PANEL_1,)), number=2)

        readers.unstar(conference, PANEL_1.guid, by=user)
        readers.unstar(conference, PANEL_1.guid, by=user)

        assert starred_guids(conference, user) == set()

    def test_are_each_reader_s_own(self, conference, user):
        publish(conference)
        readers.star(conference, PANEL_1.guid, by=user)

        readers.unstar(conference, PANEL_1.guid, by=UserFactory())

        assert starred_guids(conference, user) == {PANEL_1.guid}

    def test_constraint_once_a_session(self, conference, user):
        reader = Reader.objects.create(conference=conference, user=user)
        Star.objects.create(reader=reader, session_guid=PANEL_1.guid)

        with pytest.raises(IntegrityError), transaction.atomic():
            Star.objects.create(reader=reader, session_guid=PANEL_1.guid)


@pytest.mark.django_db
class TestReader:
    def test_constraint_once_a_conference(self, conference, user):
        Reader.objects.create(conference=conference, user=user)

        with pytest.raises(IntegrityError), transaction.atomic():
            Reader.objects.create(conference=conference, user=user)

    @pytest.mark.parametrize("half", [{"feed_sha256": "a" * 64}, {"feed_made_at": NOON}])
    def test_constraint_feed_and_its_time(self, conference, user, half):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reader.objects.create(conference=conference, user=user, **half)

    def test_mails_about_changes_on_and_off(self, conference, user):
        readers.tell_of_changes(conference, wanted=True, by=user)
        wanted = Reader.objects.get().wants_changes
        readers.tell_of_changes(conference, wanted=False, by=user)

        assert (wanted, Reader.objects.get().wants_changes) == (True, False)


@pytest.mark.django_db
class TestFeed:
    def test_only_the_hash_is_kept(self, conference, user):
        with time_machine.travel(NOON, tick=False):
            token = readers.make_feed(conference, by=user)

        reader = Reader.objects.get()
        assert reader.feed_sha256 == hashlib.sha256(token.encode()).hexdigest()
        assert reader.feed_made_at == NOON
        assert readers.find_by_feed(token) == reader

    def test_a_new_one_ends_the_old_one(self, conference, user):
        old = readers.make_feed(conference, by=user)
        new = readers.make_feed(conference, by=user)

        assert readers.find_by_feed(old) is None
        assert readers.find_by_feed(new).user == user

    def test_revoked(self, conference, user):
        token = readers.make_feed(conference, by=user)

        readers.revoke_feed(conference, by=user)
        readers.revoke_feed(conference, by=user)

        assert readers.find_by_feed(token) is None
        assert Reader.objects.get().feed_made_at is None

    def test_of_a_closed_account_or_a_hidden_conference(self, conference, user):
        token = readers.make_feed(conference, by=user)
        Conference.objects.update(is_published=False)
        hidden = readers.find_by_feed(token)
        Conference.objects.update(is_published=True)
        user.is_active = False
        user.save()

        assert (hidden, readers.find_by_feed(token)) == (None, None)


@pytest.mark.django_db
class TestOwnCodes:
    @pytest.fixture
    def participant(self, conference):
        invitation = InvitationFactory(delegation__conference=conference)
        return replies.accept(invitation, [person()], by=None)[0]

    def linked(self, conference, participant, status=SpeakerStatus.ACCEPTED):
        names = {"given_name": "", "family_name": "", "email": ""}
        return SpeakerFactory(conference=conference, participant=participant, status=status, **names)

    def test_are_those_of_the_linked_account(self, conference, participant):
        speaker = self.linked(conference, participant)
        SpeakerFactory(conference=conference, status=SpeakerStatus.ACCEPTED)

        assert speaker_codes(conference, participant.user) == {speaker.code}
        assert speaker_codes(conference, UserFactory()) == set()
        assert speaker_codes(ConferenceFactory(), participant.user) == set()

    @pytest.mark.parametrize("status", sorted(set(SpeakerStatus) - {SpeakerStatus.ACCEPTED}))
    def test_not_of_who_has_not_accepted(self, conference, participant, status):
        self.linked(conference, participant, status)

        assert speaker_codes(conference, participant.user) == set()

    def test_not_of_who_no_longer_takes_part(self, conference, participant):
        self.linked(conference, participant)
        replies.withdraw(participant, by=participant.user)

        assert speaker_codes(conference, participant.user) == set()


class TestItems:
    def items(self, programme=PROGRAMME, codes=(), stars=(), entries=(), now=NOON):
        return personal.items_of(programme, codes=codes, stars=stars, entries=entries, now=now)

    def test_roles_and_talks_with_the_clock_of_each(self):
        panel = replace(PANEL_1, presentations=PANEL_1.presentations[:3])
        code = panel.presentations[2].speaker

        (item,) = self.items(replace(PROGRAMME, sessions=(panel,)), codes={code})

        assert item.is_own
        assert [(talk.presentation, talk.starts_at) for talk in item.talks] == [
            (panel.presentations[2], panel.starts_at + datetime.timedelta(minutes=10))
        ]
        assert item.roles == [appearance.role for appearance in panel.appearances if appearance.person == code]

    def test_what_overlaps_is_said_at_both(self):
        beside = replace(PANEL_1, guid=uuid4(), code="BESIDE", number=90, title="Beside")
        programme = replace(PROGRAMME, sessions=(PANEL_1, beside, PANEL_2))

        first, second, third = self.items(programme, stars={PANEL_1.guid, beside.guid, PANEL_2.guid})

        assert ([c.title for c in first.clashes], [c.title for c in second.clashes]) == (
            ["Beside"],
            [PANEL_1.title],
        )
        assert third.clashes == []

    def test_what_is_not_wanted_does_not_collide(self):
        beside = replace(PANEL_1, guid=uuid4(), code="BESIDE", number=90)

        items = self.items(replace(PROGRAMME, sessions=(PANEL_1, beside)), stars={PANEL_1.guid})

        assert [item.clashes for item in items] == [[], []]

    def test_what_follows_at_once_does_not_collide(self):
        after = replace(PANEL_1, guid=uuid4(), code="AFTERX", number=90, starts_at=PANEL_1.ends_at)

        items = self.items(replace(PROGRAMME, sessions=(PANEL_1, after)), stars={PANEL_1.guid, after.guid})

        assert [item.clashes for item in items] == [[], []]

    def test_entries_of_other_apps_stand_among_the_sessions(self):
        meeting = Entry(PANEL_1.starts_at, PANEL_1.ends_at, "Meeting", "Table 7", "/meeting/")

        items = self.items(replace(PROGRAMME, sessions=(PANEL_1, PANEL_2)), stars={PANEL_1.guid}, entries=[meeting])

        assert [(item.title, item.url) for item in items] == [
            (PANEL_1.title, ""),
            ("Meeting", "/meeting/"),
            (PANEL_2.title, ""),
        ]
        assert [c.title for c in items[0].clashes] == ["Meeting"]

    def test_now_ends_with_the_session(self):
        programme = replace(PROGRAMME, sessions=(PANEL_1,))
        instants = [PANEL_1.starts_at, PANEL_1.ends_at - datetime.timedelta(seconds=1), PANEL_1.ends_at]

        assert [self.items(programme, now=instant)[0].is_now for instant in instants] == [True, True, False]

    def test_days_are_those_at_the_venue(self):
        programme = large_programme(sessions=300, days=5)

        days = list(personal.by_day(programme, self.items(programme)))

        assert [(day, len(items)) for day, items in days] == [(day, len(sessions)) for day, sessions in programme.days]

    def test_the_calendar_holds_own_and_starred_dropped_ones_too(self):
        code = PANEL_1.presentations[0].speaker
        foreign = replace(PANEL_2, appearances=(), presentations=())
        programme = replace(PROGRAMME, sessions=(foreign,), dropped=(PANEL_1,))

        assert personal.guids_of(programme, codes={code}, stars={UUID(int=5)}) == {PANEL_1.guid, UUID(int=5)}
        assert personal.guids_of(programme, codes=set(), stars=set()) == set()


@pytest.mark.django_db
def test_sources_of_entries_are_asked_once_each(conference, user, monkeypatch):
    monkeypatch.setattr(entries, "_sources", [])
    hour = datetime.timedelta(hours=1)
    asked = []

    def source(of, at):
        asked.append((of, at))
        return [Entry(NOON + hour, NOON + 2 * hour, "Later"), Entry(NOON, NOON + hour, "Sooner")]

    entries.register(source)
    entries.register(source)

    assert [entry.title for entry in entries.entries_of(user, conference)] == ["Sooner", "Later"]
    assert asked == [(user, conference)]
