"""Speakers: asking, their word, withdrawal with the registration, and who takes over."""

import datetime

import pytest
import time_machine

from agenda.kinds import Role, SessionKind
from agenda.models import Plan, Speaker, SpeakerLink
from agenda.parts import parts_of
from agenda.services import speakers
from agenda.services.speakers import AlreadyReplied, SpeakerRefused
from agenda.states import SPEAKER_TRANSITIONS, SpeakerStatus
from conference import history
from mailings.models import Mail
from mailings.states import MailStatus
from registrations.models import Participant
from registrations.services import replies
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


@pytest.fixture
def speaker(conference) -> Speaker:
    """A guest from outside who moderates a panel and was not asked yet."""
    return AppearanceFactory(
        session__conference=conference, session__title="Panel 1", role=Role.MODERATOR, speaker__title="Ms"
    ).speaker


@pytest.fixture
def participant(conference) -> Participant:
    delegation = DelegationFactory(conference=conference)
    return replies.accept(InvitationFactory(delegation=delegation), [person(1)], by=None)[0]


def kinds_of_mails() -> list[str]:
    return list(
        Mail.objects.exclude(kind__in=["confirmation", "address_notice"]).order_by("pk").values_list("kind", flat=True)
    )


def link_in(mail: Mail) -> str:
    return mail.secrets()["speaker_link"]


def token_of(mail: Mail) -> str:
    return link_in(mail).rstrip("/").rsplit("/", 1)[1]


def status_of(speaker: Speaker) -> str:
    return Speaker.objects.get(pk=speaker.pk).status


def actions_of(speaker: Speaker) -> list[tuple[str, str]]:
    """What the history tells, oldest first: what, and who."""
    return [(entry.action, entry.by_label) for entry in reversed(history.of(speaker))]


class TestAsking:
    def test_the_request_carries_a_personal_link_of_which_only_the_hash_is_kept(self, speaker, organiser):
        speakers.ask(speaker, by=organiser)

        mail = Mail.objects.get()
        assert (mail.kind, mail.to, status_of(speaker)) == ("speaker_request", [speaker.email], SpeakerStatus.ASKED)
        assert speakers.find_link(token_of(mail)).speaker == speaker
        assert token_of(mail) not in mail.text + mail.html + SpeakerLink.objects.get().token_sha256
        assert actions_of(speaker) == [("asked", organiser.email)]

    def test_the_request_says_what_is_asked_and_until_when(self, speaker, conference, organiser):
        Plan.objects.create(conference=conference, speakers_reply_by=conference.held_on - datetime.timedelta(days=30))
        session = speaker.appearances.get().session
        PresentationFactory(session=session, speaker=speaker, title="Λευκωσία", minutes=5)

        speakers.ask(speaker, by=organiser)

        mail = Mail.objects.get()
        assert "9.30–10.30, Panel 1, room to be announced: moderator, presents “Λευκωσία” (5 minutes)" in mail.text
        reply_by = conference.held_on - datetime.timedelta(days=30)
        assert f"<strong>by {reply_by:%A} {reply_by.day} {reply_by:%B %Y}</strong>" in mail.html

    def test_without_an_address(self, speaker, organiser):
        speakers.save_speaker(speaker, changed=[], by=organiser)
        Speaker.objects.update(email="")

        with pytest.raises(SpeakerRefused, match="no e-mail address"):
            speakers.ask(speaker, by=organiser)

    def test_without_a_session(self, conference, organiser):
        with pytest.raises(SpeakerRefused, match="in no session yet"):
            speakers.ask(SpeakerFactory(conference=conference), by=organiser)

    def test_once_more_brings_a_second_link_and_the_first_stays_good(self, speaker, organiser):
        speakers.ask(speaker, by=organiser)
        speakers.ask(speaker, by=organiser)

        first, second = Mail.objects.order_by("pk")
        assert first.key != second.key
        assert [speakers.find_link(token_of(mail)).is_good for mail in (first, second)] == [True, True]

    def test_who_has_accepted_is_not_asked(self, speaker, organiser):
        speakers.accept(speaker, by=organiser)

        with pytest.raises(SpeakerRefused, match="has accepted already"):
            speakers.ask(speaker, by=organiser)

    def test_many_at_once_says_who_could_not_be_asked(self, speaker, conference, organiser):
        idle = SpeakerFactory(conference=conference, given_name="Владимир", family_name="Петров")

        asked, refusals = speakers.ask_many([speaker, idle], by=organiser)

        assert (asked, refusals) == (1, ["Владимир Петров is in no session yet."])

    def test_a_corrected_address_ends_the_links_that_went_to_the_wrong_one(self, speaker, organiser):
        speakers.ask(speaker, by=organiser)
        speaker.refresh_from_db()
        speaker.email = "right@institution.example"
        token = token_of(Mail.objects.get())

        speakers.save_speaker(speaker, changed=["email"], by=organiser)

        mail = Mail.objects.get()
        assert (speakers.find_link(token).is_good, mail.status, mail.sealed) == (False, MailStatus.CANCELLED, "")

    def test_links_are_good_for_thirty_days_after_the_last_session(self, speaker, conference, organiser):
        SessionFactory(
            conference=conference, starts_at=conference.starts_at + datetime.timedelta(days=4), kind=SessionKind.CLOSING
        )

        speakers.ask(speaker, by=organiser)

        last = conference.starts_at + datetime.timedelta(days=4, minutes=60)
        assert SpeakerLink.objects.get().expires_at == last + datetime.timedelta(days=30)

    def test_a_link_to_pass_on_asks_without_a_mail(self, speaker, organiser):
        address = speakers.show_link(speaker, by=organiser)

        assert speakers.find_link(address.rstrip("/").rsplit("/", 1)[1]).speaker == speaker
        assert (status_of(speaker), Mail.objects.count()) == (SpeakerStatus.ASKED, 0)
        assert actions_of(speaker) == [
            ("asked", organiser.email),
            ("link shown to the organiser", organiser.email),
        ]

    def test_revoked_links_are_good_no_more_and_their_mails_do_not_leave(self, speaker, organiser):
        speakers.ask(speaker, by=organiser)
        token = token_of(Mail.objects.get())

        assert speakers.revoke_links(speaker, by=organiser) == 1

        mail = Mail.objects.get()
        assert (speakers.find_link(token).is_good, mail.status, mail.sealed) == (False, MailStatus.CANCELLED, "")


class TestTheirWord:
    def test_accepting_by_the_link(self, speaker, organiser):
        speakers.ask(speaker, by=organiser)
        speakers.accept(speaker, by=None, message="With pleasure.")

        speaker.refresh_from_db()
        assert (speaker.status, speaker.message) == (SpeakerStatus.ACCEPTED, "With pleasure.")
        assert kinds_of_mails() == ["speaker_request", "speaker_confirmed"]
        assert actions_of(speaker)[-1] == ("accepted", f"{speaker.full_name}, by personal link")

    def test_accepting_twice_changes_nothing(self, speaker):
        speakers.accept(speaker, by=None)

        with pytest.raises(AlreadyReplied):
            speakers.accept(speaker, by=None)
        assert kinds_of_mails() == ["speaker_confirmed"]

    def test_declining_after_all(self, speaker):
        speakers.accept(speaker, by=None)
        speakers.decline(speaker, by=None, message="Council meeting")

        speaker.refresh_from_db()
        assert (speaker.status, speaker.message, speaker.is_gone) == (SpeakerStatus.DECLINED, "Council meeting", True)

    def test_a_change_of_mind(self, speaker):
        speakers.decline(speaker, by=None)
        speakers.accept(speaker, by=None)

        assert status_of(speaker) == SpeakerStatus.ACCEPTED

    def test_who_was_taken_out_cannot_come_back_by_the_link(self, speaker, organiser):
        speakers.accept(speaker, by=None)
        speakers.withdraw(speaker, by=organiser)

        with pytest.raises(SpeakerRefused, match="no longer in the programme"):
            speakers.accept(speaker, by=None)
        with pytest.raises(SpeakerRefused, match="no longer in the programme"):
            speakers.decline(speaker, by=None)

    def test_after_the_conference_nobody_replies_any_more(self, speaker, conference):
        with time_machine.travel(conference.ends_at + datetime.timedelta(minutes=1), tick=False):
            with pytest.raises(SpeakerRefused, match="The conference is over"):
                speakers.accept(speaker, by=None)
            with pytest.raises(SpeakerRefused, match="The conference is over"):
                speakers.decline(speaker, by=None)

    def test_an_organiser_records_the_word_of_a_speaker_without_an_address(self, speaker, organiser):
        Speaker.objects.update(email="")

        speakers.accept(speaker, by=organiser)

        assert (status_of(speaker), kinds_of_mails()) == (SpeakerStatus.ACCEPTED, [])
        assert actions_of(speaker) == [("accepted", organiser.email)]

    @pytest.mark.parametrize("to", [SpeakerStatus.ACCEPTED, SpeakerStatus.DECLINED, SpeakerStatus.WITHDRAWN])
    @pytest.mark.parametrize("present", list(SpeakerStatus))
    def test_every_status_leads_where_its_table_says(self, speaker, organiser, present, to):
        change = {"accepted": speakers.accept, "declined": speakers.decline, "withdrawn": speakers.withdraw}[to]
        Speaker.objects.update(status=present)

        if to in SPEAKER_TRANSITIONS[present]:
            change(speaker, by=organiser)
            assert status_of(speaker) == to
        else:
            with pytest.raises(SpeakerRefused):
                change(speaker, by=organiser)
            assert status_of(speaker) == present


class TestWithTheRegistration:
    def test_who_withdraws_from_the_conference_speaks_no_more(self, participant, conference, organiser):
        speaker = speakers.add_speaker(conference, participant=participant, by=organiser)
        speakers.accept(speaker, by=organiser)

        replies.withdraw(participant, by=organiser)

        assert status_of(speaker) == SpeakerStatus.WITHDRAWN
        assert actions_of(speaker)[-1] == ("withdrawn", organiser.email)

    def test_who_declined_stays_so(self, participant, conference, organiser):
        speaker = speakers.add_speaker(conference, participant=participant, by=organiser)
        speakers.decline(speaker, by=organiser)

        replies.withdraw(participant, by=organiser)

        assert status_of(speaker) == SpeakerStatus.DECLINED

    def test_whoever_left_the_conference_cannot_be_asked(self, participant, conference, organiser):
        speaker = speakers.add_speaker(conference, participant=participant, by=organiser)
        AppearanceFactory(session__conference=conference, speaker=speaker)
        replies.withdraw(participant, by=organiser)

        with pytest.raises(SpeakerRefused, match="no longer takes part"):
            speakers.ask(speaker, by=organiser)

    def test_a_participant_is_a_speaker_once(self, participant, conference, organiser):
        speakers.add_speaker(conference, participant=participant, by=organiser)

        with pytest.raises(SpeakerRefused, match="is a speaker already"):
            speakers.add_speaker(conference, participant=participant, by=organiser)

    def test_a_participant_of_another_conference(self, participant, organiser):
        with pytest.raises(SpeakerRefused, match="another conference"):
            speakers.add_speaker(ConferenceFactory(), participant=participant, by=organiser)


class TestReplacing:
    def test_the_person_who_took_the_seat_takes_the_part(self, participant, conference, organiser):
        speaker = speakers.add_speaker(conference, participant=participant, by=organiser)
        session = AppearanceFactory(session__conference=conference, speaker=speaker).session
        talk = PresentationFactory(session=session, speaker=speaker)
        speakers.accept(speaker, by=organiser)
        deputy = replies.replace(participant, person(2), by=organiser)

        heir = speakers.replace_speaker(speaker, successor=deputy, by=organiser)

        talk.refresh_from_db()
        session.refresh_from_db()
        assert (heir.participant, heir.status) == (deputy, SpeakerStatus.PLANNED)
        assert (talk.speaker, [appearance.speaker for appearance in session.appearances.all()]) == (heir, [heir])
        assert (status_of(speaker), parts_of(speaker)) == (SpeakerStatus.WITHDRAWN, [])
        assert (session.version, Plan.objects.get().version) == (2, 2)

    def test_the_links_of_who_leaves_end(self, speaker, conference, organiser):
        speakers.ask(speaker, by=organiser)
        token = token_of(Mail.objects.get())

        speakers.replace_speaker(speaker, successor=SpeakerFactory(conference=conference), by=organiser)

        assert speakers.find_link(token).is_good is False

    def test_who_is_in_the_session_already_is_in_it_once(self, speaker, organiser):
        session = speaker.appearances.get().session
        colleague = AppearanceFactory(session=session).speaker

        speakers.replace_speaker(speaker, successor=colleague, by=organiser)

        assert [appearance.speaker for appearance in session.appearances.all()] == [colleague]

    def test_somebody_who_is_gone_takes_nothing(self, speaker, conference, organiser):
        gone = SpeakerFactory(conference=conference, status=SpeakerStatus.DECLINED)

        with pytest.raises(SpeakerRefused, match="no longer takes part"):
            speakers.replace_speaker(speaker, successor=gone, by=organiser)

    def test_oneself_and_strangers(self, speaker, organiser):
        with pytest.raises(SpeakerRefused, match="another person"):
            speakers.replace_speaker(speaker, successor=speaker, by=organiser)
        with pytest.raises(SpeakerRefused, match="another conference"):
            speakers.replace_speaker(speaker, successor=SpeakerFactory(), by=organiser)

    def test_who_stands_in_the_programme_is_not_deleted(self, speaker, organiser):
        with pytest.raises(SpeakerRefused, match="stands in the programme"):
            speakers.remove_speaker(speaker, by=organiser)


class TestParts:
    def test_others_are_named_only_once_they_accepted(self, speaker):
        session = speaker.appearances.get().session
        certain = AppearanceFactory(session=session, speaker__status=SpeakerStatus.ACCEPTED).speaker
        AppearanceFactory(session=session, speaker__status=SpeakerStatus.ASKED)

        (part,) = parts_of(speaker)

        assert (part.role, part.others) == ("moderator", ((certain, "panellist"),))

    def test_the_number_of_queries_does_not_grow(self, speaker, conference, django_assert_num_queries):
        def parts_with_queries(number: int) -> int:
            with django_assert_num_queries(number):
                return len(parts_of(speaker))

        assert parts_with_queries(4) == 1
        for _number in range(3):
            session = AppearanceFactory(session__conference=conference, speaker=speaker).session
            AppearanceFactory(session=session)
            PresentationFactory(session=session, speaker=speaker)
        assert parts_with_queries(6) == 4
