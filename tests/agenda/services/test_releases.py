"""Publishing: what is frozen, what is said of it, whom it tells, and the way back."""

import datetime

import pytest

from agenda import warnings
from agenda.kinds import Role, SessionKind
from agenda.models import Appearance, Plan, Reader, Release, Session, Speaker
from agenda.queries import newest_release, working_programme
from agenda.rearranging import Followers, move
from agenda.services import planning, releases
from agenda.services.planning import EditedMeanwhile, PlanRefused
from agenda.services.releases import WarningsNotConfirmed
from agenda.states import SpeakerStatus
from conference.models import Conference
from mailings.models import Mail
from tests.factories import AppearanceFactory, PresentationFactory, SessionFactory, SpeakerFactory, UserFactory


def publish(conference: Conference, **options) -> Release:
    confirmed = [warning.key for warning in warnings.find(conference)]
    return releases.publish(conference, **{"note": "", "seen": None, "confirmed": confirmed, "by": None} | options)


def shift(conference: Conference, session: Session, minutes: int) -> None:
    changed = move(
        planning.slots_of(conference),
        session.pk,
        starts_at=session.starts_at + datetime.timedelta(minutes=minutes),
        follow=Followers.ALL,
        zone=conference.zone,
    )
    planning.rearrange(conference, changed, seen=Plan.objects.get(conference=conference).version, what="", by=None)


@pytest.fixture
def panel(conference: Conference) -> Session:
    """A panel at 9.30 that somebody who accepted moderates."""
    session = SessionFactory(conference=conference, title="Panel 1", number=1)
    speaker = SpeakerFactory(conference=conference, family_name="Štěpánková", status=SpeakerStatus.ACCEPTED)
    AppearanceFactory(session=session, speaker=speaker, role=Role.MODERATOR)
    return session


class TestPublishing:
    def test_freezes_the_working_version(self, panel):
        release = publish(panel.conference, note="Final")
        Session.objects.update(title="Something else")

        frozen = newest_release(panel.conference)

        assert frozen == release
        assert (release.number, release.note) == (1, "Final")
        assert [session.title for session in frozen.programme.sessions] == ["Panel 1"]

    def test_names_only_those_who_accepted(self, panel):
        asked = SpeakerFactory(conference=panel.conference, status=SpeakerStatus.ASKED)
        AppearanceFactory(session=panel, speaker=asked)
        PresentationFactory(session=panel, speaker=asked, title="Housing first")

        programme = publish(panel.conference).programme

        assert [person.name for person in programme.people] == ["Guest Štěpánková"]
        assert [talk.speaker for talk in programme.sessions[0].presentations] == [""]

    def test_is_refused_with_a_warning_that_was_not_confirmed(self, panel):
        with pytest.raises(WarningsNotConfirmed):
            publish(panel.conference, confirmed=[])

        assert not Release.objects.exists()

    def test_is_refused_without_sessions(self, conference):
        with pytest.raises(PlanRefused, match="no session yet"):
            publish(conference)

    def test_a_second_click_publishes_nothing(self, panel):
        publish(panel.conference)

        with pytest.raises(PlanRefused, match="Nothing has changed since release 1"):
            publish(panel.conference)

        assert Release.objects.count() == 1

    def test_is_refused_where_somebody_changed_the_programme_meanwhile(self, panel):
        seen = planning.lock(panel.conference).version
        shift(panel.conference, panel, 5)

        with pytest.raises(EditedMeanwhile, match="changed the programme"):
            publish(panel.conference, seen=seen)


class TestCalendars:
    def test_a_number_rises_with_each_release_that_changes_the_session(self, panel):
        debate = SessionFactory(
            conference=panel.conference, number=2, kind=SessionKind.DEBATE, title="Debate", at="16:30"
        )
        publish(panel.conference)
        shift(panel.conference, debate, 10)
        publish(panel.conference)
        debate.refresh_from_db()
        shift(panel.conference, debate, 10)

        programme = publish(panel.conference).programme

        assert [(session.title, session.sequence) for session in programme.sessions] == [("Panel 1", 0), ("Debate", 2)]

    def test_dropped_sessions_stay_known_and_continue_their_number(self, panel):
        debate = SessionFactory(
            conference=panel.conference, number=2, kind=SessionKind.DEBATE, title="Debate", at="16:30"
        )
        publish(panel.conference)
        planning.delete_session(debate, by=None)
        without = publish(panel.conference).programme
        Session.objects.create(
            conference=panel.conference,
            guid=debate.guid,
            code=debate.code,
            number=2,
            kind=debate.kind,
            title="Debate",
            starts_at=debate.starts_at,
            minutes=60,
        )
        again = publish(panel.conference).programme

        assert [(session.guid, session.sequence) for session in without.dropped] == [(debate.guid, 1)]
        assert again.dropped == ()
        assert again.sessions[-1].sequence == 2


class TestTelling:
    def kinds(self) -> list[tuple[str, str]]:
        return list(Mail.objects.order_by("pk").values_list("kind", "calendar_method"))

    def test_the_first_release_gives_each_speaker_an_entry(self, panel):
        publish(panel.conference)

        assert self.kinds() == [("session_announced", "REQUEST")]

    def test_a_session_that_moves_tells_its_speakers_with_the_same_uid_and_a_higher_sequence(self, panel):
        publish(panel.conference)
        shift(panel.conference, panel, 15)
        publish(panel.conference)

        mail = Mail.objects.latest("pk")
        assert self.kinds()[1:] == [("session_changed", "REQUEST")]
        assert "Panel 1 moves from 9.30 to 9.45." in mail.text
        assert f"UID:{panel.guid}@convoke" in mail.calendar
        assert "SEQUENCE:1" in mail.calendar

    def test_another_order_of_presentations_tells_those_whose_turn_it_is(self, panel):
        presenting = SpeakerFactory(conference=panel.conference, status=SpeakerStatus.ACCEPTED)
        first, _second = (PresentationFactory(session=panel, position=at, speaker=presenting) for at in (1, 2))
        publish(panel.conference)
        before = len(self.kinds())
        type(first).objects.filter(pk=first.pk).update(position=3)
        publish(panel.conference)

        told = {mail.to[0] for mail in Mail.objects.order_by("pk")[before:]}
        assert presenting.email in told
        assert self.kinds()[before:] == [("session_changed", "REQUEST")] * 2
        assert "Panel 1: the presentations come in another order." in Mail.objects.latest("pk").text

    def test_a_dropped_session_is_cancelled_in_calendars(self, panel):
        SessionFactory(conference=panel.conference, number=2, kind=SessionKind.LUNCH, at="12:00")
        publish(panel.conference)
        planning.delete_session(panel, by=None)
        publish(panel.conference)

        assert self.kinds()[1:] == [("session_dropped", "CANCEL")]
        assert "STATUS:CANCELLED" in Mail.objects.latest("pk").calendar

    def test_who_leaves_a_session_is_told_and_who_joins(self, panel):
        publish(panel.conference)
        Appearance.objects.all().delete()
        joining = SpeakerFactory(conference=panel.conference, status=SpeakerStatus.ACCEPTED, email="new@city.example")
        AppearanceFactory(session=panel, speaker=joining, role=Role.MODERATOR)
        publish(panel.conference)

        assert sorted(self.kinds()[1:]) == [("session_announced", "REQUEST"), ("session_dropped", "CANCEL")]

    def test_other_words_tell_nobody(self, panel):
        publish(panel.conference)
        Session.objects.update(abstract="More about it.")
        publish(panel.conference)

        assert len(self.kinds()) == 1

    def test_readers_who_asked_get_the_list_of_changes_once(self, panel):
        for address, wants in [("asked@city.example", True), ("other@city.example", False)]:
            Reader.objects.create(user=UserFactory(email=address), conference=panel.conference, wants_changes=wants)
        publish(panel.conference)
        shift(panel.conference, panel, 15)
        publish(panel.conference)

        mails = Mail.objects.filter(kind="programme_changed")
        assert [mail.to for mail in mails] == [["asked@city.example"]]
        assert "Panel 1 moves from 9.30 to 9.45." in mails[0].text

    def test_the_preview_says_how_many_would_be_told(self, panel):
        assert releases.preview(panel.conference).speakers_told == 1


class TestTheWayBack:
    def test_brings_sessions_people_and_presentations_back_as_they_were(self, panel):
        talk = PresentationFactory(session=panel, title="Housing first", minutes=7)
        publish(panel.conference)
        before = working_programme(panel.conference)
        talk.delete()
        Appearance.objects.all().delete()
        Session.objects.update(title="Nonsense", note="kept apart")
        SessionFactory(conference=panel.conference, number=9)

        planning.undo_to_release(panel.conference, seen=planning.lock(panel.conference).version, by=None)

        assert working_programme(panel.conference) == before

    def test_a_deleted_session_comes_back_under_its_guid(self, panel):
        publish(panel.conference)
        before = working_programme(panel.conference)
        planning.delete_session(panel, by=None)

        planning.undo_to_release(panel.conference, seen=planning.lock(panel.conference).version, by=None)

        assert working_programme(panel.conference) == before

    def test_what_it_replaces_can_be_brought_back(self, panel):
        publish(panel.conference)
        Session.objects.update(title="A better title")
        planning.undo_to_release(panel.conference, seen=planning.lock(panel.conference).version, by=None)

        planning.bring_back(panel.conference, seen=planning.lock(panel.conference).version, by=None)

        assert Session.objects.get().title == "A better title"

    def test_those_who_have_not_replied_come_back_too(self, panel):
        asked = SpeakerFactory(conference=panel.conference, status=SpeakerStatus.ASKED)
        AppearanceFactory(session=panel, speaker=asked)
        publish(panel.conference)
        Appearance.objects.all().delete()

        planning.undo_to_release(panel.conference, seen=planning.lock(panel.conference).version, by=None)

        assert set(Speaker.objects.filter(appearances__session=panel)) == set(Speaker.objects.all())

    def test_is_refused_before_the_first_release(self, panel):
        with pytest.raises(PlanRefused, match="no release yet"):
            planning.undo_to_release(panel.conference, seen=planning.lock(panel.conference).version, by=None)


class TestTwoOrganisers:
    def test_the_second_to_save_a_session_is_told_and_nothing_is_overwritten(self, panel, organiser):
        first, second = Session.objects.get(pk=panel.pk), Session.objects.get(pk=panel.pk)
        first.title = "The first one's title"
        planning.save_session(first, seen=panel.version, changed=["title"], by=organiser)

        second.title = "The second one's title"
        with pytest.raises(EditedMeanwhile, match="Olga Organiser saved this session"):
            planning.save_session(second, seen=panel.version, changed=["title"], by=None)

        assert Session.objects.get().title == "The first one's title"

    def test_saving_what_was_deleted_meanwhile_says_so(self, panel):
        mine = Session.objects.get(pk=panel.pk)
        planning.delete_session(panel, by=None)

        with pytest.raises(EditedMeanwhile, match="deleted this session"):
            planning.save_session(mine, seen=1, changed=[], by=None)

    def test_a_preview_of_an_older_version_moves_nothing(self, panel):
        seen = planning.lock(panel.conference).version
        shift(panel.conference, panel, 5)

        with pytest.raises(EditedMeanwhile):
            planning.rearrange(panel.conference, {}, seen=seen, what="", by=None)


class TestDuplicatingADay:
    def test_copies_people_and_presentations_by_the_clock(self, panel):
        PresentationFactory(session=panel, title="Housing first")
        day = panel.conference.held_on
        to = day + datetime.timedelta(days=1)

        (copy,) = planning.duplicate_day(
            panel.conference, day, to=to, seen=planning.lock(panel.conference).version, by=None
        )

        assert copy.starts_at.astimezone(panel.conference.zone).date() == to
        assert copy.starts_at.astimezone(panel.conference.zone).hour == 9
        assert (copy.guid == panel.guid, copy.number) == (False, 2)
        assert [talk.title for talk in copy.presentations.all()] == ["Housing first"]
        assert copy.appearances.count() == 1

    def test_only_to_an_empty_day(self, panel):
        day = panel.conference.held_on

        with pytest.raises(PlanRefused, match="already"):
            planning.duplicate_day(panel.conference, day, to=day, seen=planning.lock(panel.conference).version, by=None)
