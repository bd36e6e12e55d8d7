"""The pages of a profile, and the question in the reply: what is typed, what is refused, and what is never lost."""

import re

import pytest
from django.urls import reverse

from meetings.models import Absence, Assistant, Profile, Term
from meetings.services import profiles
from meetings.services.profiles import Said
from registrations.models import Invitation, Participant
from registrations.services import invitations
from tests.factories import InvitationFactory, UserFactory
from tests.meetings import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(client, conference):
    factories.rules(conference)
    made = factories.guest(conference)
    client.force_login(made.user)
    return made


@pytest.fixture
def topic(conference):
    return Term.objects.create(conference=conference, kind="topic", name="Schools")


def address(name, me, *arguments):
    return reverse(f"meetings:{name}", args=[me.pk, *arguments])


# The question in the reply ---------------------------------------------------------------------------


@pytest.fixture
def link(conference):
    factories.rules(conference)
    return invitations.show_link(InvitationFactory(delegation__conference=conference), by=UserFactory(is_staff=True))


def reply(number, **fields):
    known = {"given_name": "Zoë", "family_name": f"No{number}", "function": "Mayor", "email": "z@c.example"}
    return {f"people-{number}-{name}": value for name, value in {**known, "language": "en", **fields}.items()}


def posted(*people, **more):
    forms = {"people-TOTAL_FORMS": 2, "people-INITIAL_FORMS": 0, "people-MIN_NUM_FORMS": 1, "people-MAX_NUM_FORMS": 2}
    return {**forms, "people-0-role": "principal", **more, **{k: v for person in people for k, v in person.items()}}


def test_each_person_of_a_reply_is_asked_and_the_registration_leads_on(client, link):
    asked = client.get(link).content.decode()
    # Whoever registers themselves, with the invited address, says whether their name may be shown.
    wants = reply(0, meetings_wanted="on", meetings_named="on", email=Invitation.objects.get().email)
    client.post(link, posted(wants, reply(1)))
    person = Participant.objects.get(family_name="No0")
    client.force_login(person.user)
    page = client.get(person.get_absolute_url()).content.decode()

    assert asked.count("Would like one-to-one meetings") == 2
    assert asked.count("The name may be shown") == 1
    assert [(profile.participant.family_name, profile.names_shown) for profile in Profile.objects.all()] == [
        ("No0", True)
    ]
    assert address("profile", person) in page
    assert "Fill in the profile" in page


def test_what_was_ticked_is_saved_with_the_draft(client, link):
    client.post(link, posted(reply(0, meetings_wanted="on"), save="1"))
    page = client.get(link).content.decode()
    boxes = {number: re.search(rf"<input[^>]*people-{number}-meetings_wanted[^>]*>", page) for number in (0, 1)}

    assert {number: "checked" in box[0] for number, box in boxes.items() if box} == {0: True, 1: False}


def test_a_conference_without_meetings_asks_nobody(client, conference):
    link = invitations.show_link(InvitationFactory(delegation__conference=conference), by=UserFactory(is_staff=True))

    assert "one-to-one" not in client.get(link).content.decode()


def test_the_page_of_the_registration_offers_what_comes_next(client, me, conference):
    registration = me.get_absolute_url()
    described = "Fill in the profile" in client.get(registration).content.decode()
    profiles.keep_free(me, no_meetings=True, by=UserFactory())
    free = client.get(registration).content.decode()
    Profile.objects.all().delete()
    never_asked = client.get(registration).content.decode()

    assert described
    assert "keeps Given" in free
    assert "Answer this question" in never_asked


# Opting in and out ------------------------------------------------------------------------------------


def test_the_question_comes_before_the_profile_and_looking_answers_nothing(client, me):
    Profile.objects.all().delete()
    page = client.get(address("profile", me)).content.decode()

    assert "Would you like one-to-one meetings?" in page
    assert Profile.objects.count() == 0
    client.post(address("profile", me), {"names_shown": "on"})
    assert [(profile.opted_in, profile.names_shown) for profile in Profile.objects.all()] == [(True, True)]


def test_without_a_privacy_statement_the_name_is_not_asked_for(client, me, conference):
    Profile.objects.all().delete()
    conference.pages.all().delete()

    assert "names_shown" not in client.get(address("profile", me)).content.decode()


def test_who_is_kept_free_is_told_so_and_cannot_opt_in(client, me):
    profiles.keep_free(me, no_meetings=True, by=UserFactory())
    Profile.objects.update(opted_in=False, opted_in_at=None)
    page = client.post(address("profile", me), {}).content.decode()

    assert "keeps you free" in page
    assert Profile.objects.get().opted_in is False


def test_opting_out_asks_first(client, me):
    page = client.get(address("opt_out", me)).content.decode()
    before = Profile.objects.get().opted_in
    client.post(address("opt_out", me))

    assert "No meetings any more?" in page
    assert (before, Profile.objects.get().opted_in) == (True, False)


# What a profile says --------------------------------------------------------------------------------------


def filled(topic, **fields):
    known = {"version": 1, "languages": ["en", "fr"], "text": "Schools", f"seeks_{topic.pk}": "on"}
    return {**known, f"level_{topic.pk}": "2", **fields}


def test_a_profile_is_saved_and_leads_to_the_suggestions(client, me, topic):
    response = client.post(address("profile", me), filled(topic))

    assert response.url == address("suggestions", me)
    tick = Profile.objects.get().ticks.get()
    assert (tick.term, tick.sense, tick.level) == (topic, "seeks", 2)


def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(client, me, topic):
    page = client.post(address("profile", me), filled(topic, languages=[], text="x" * 2001)).content.decode()

    assert "Tick at least one language." in page
    assert "At most 2000 characters; these are 2001." in page
    assert f'name="seeks_{topic.pk}" id="id_seeks_{topic.pk}" checked' in page


def test_who_saves_after_somebody_else_is_told_and_the_next_click_counts(client, me, topic):
    profiles.describe(me, Said(languages=["de"]), version=1, by=me.user)
    page = client.post(address("profile", me), filled(topic)).content.decode()

    assert "Somebody else has saved this profile meanwhile" in page
    assert 'name="version" value="2"' in page
    assert "Schools" in page
    client.post(address("profile", me), filled(topic, version=2))
    assert Profile.objects.get().languages == ["en", "fr"]


# Times and assistants ---------------------------------------------------------------------------------------


def test_one_click_says_that_one_cannot_and_another_that_one_can(client, me, conference):
    slot = factories.block(conference).slots.first()
    client.post(address("absent", me), {"slot": slot.pk})
    absence = Absence.objects.get()
    page = client.get(address("times", me)).content.decode()
    client.post(address("absent", me), {"absence": absence.pk})

    assert (absence.starts_at, absence.ends_at) == (slot.starts_at, slot.ends_at)
    assert "you cannot" in page
    assert Absence.objects.count() == 0


@pytest.mark.parametrize("posted", [{}, {"slot": "x"}, {"slot": "99999"}])
def test_a_time_that_there_is_not_is_not_found(client, me, posted):
    assert client.post(address("absent", me), posted).status_code == 404


def test_a_stretch_of_the_day_is_at_the_venue(client, me, conference):
    client.post(address("times", me), {"begins": "15:00", "ends": "15:20", "reason": "Radio"})
    absence = Absence.objects.get()

    assert str(absence).endswith("15.00–15.20")
    assert "Radio" in client.get(address("times", me)).content.decode()


@pytest.mark.parametrize(
    ("begins", "ends", "error"),
    [("15:00", "14:00", "The end lies before the beginning."), ("", "14:00", "Enter a time, such as 10:30.")],
)
def test_a_stretch_that_cannot_be_is_refused_at_its_field(client, me, begins, ends, error):
    page = client.post(address("times", me), {"begins": begins, "ends": ends, "reason": "Radio"}).content.decode()

    assert error in page
    assert 'value="Radio"' in page
    assert Absence.objects.count() == 0


def test_an_assistant_is_named_and_dismissed(client, me):
    client.post(address("assistants", me), {"email": "helper@city.example"})
    named = Assistant.objects.get()
    page = client.get(address("assistants", me)).content.decode()
    client.post(address("assistant_dismiss", me, named.pk))

    assert "helper@city.example" in page
    assert Assistant.objects.count() == 0


def test_an_assistant_names_and_dismisses_nobody(client, me):
    assistant = profiles.name_assistant(me, "helper@city.example", by=me.user)
    client.force_login(type(me.user).objects.get(email="helper@city.example"))
    client.post(address("assistants", me), {"email": "another@city.example"})
    client.post(address("assistant_dismiss", me, assistant.pk))

    assert [one.email for one in Assistant.objects.all()] == ["helper@city.example"]


@pytest.mark.parametrize("name", ["directory", "suggestions", "profile", "opt_out", "times", "assistants"])
def test_nobody_reads_the_pages_of_somebody_else(client, me, conference, name):
    stranger = factories.guest(conference)
    client.force_login(stranger.user)

    assert client.get(address(name, me)).status_code == 404
