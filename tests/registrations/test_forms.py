"""What people may enter, and in which words they learn what is wrong."""

from typing import Any

import pytest

from registrations.forms import PersonForm, ReplyForm, people_formset
from registrations.models import Participant
from tests.factories import ConferenceFactory, InvitationFactory, OrganisationDelegationFactory
from tests.registrations.reply_data import PERSON, SECOND, reply

pytestmark = pytest.mark.django_db


def person_form(**changes: Any) -> PersonForm:
    return PersonForm({**PERSON, **changes}, conference=ConferenceFactory())


class TestPerson:
    @pytest.mark.parametrize(
        "name",
        [
            "Λευκωσία",
            "Владимир",
            "Štěpánková",
            "O’Neill",
            "d'Aramitz",
            "Jean-Luc",
            "van der Berg",
            "Ünal",
            "Ní Bhriain",
        ],
    )
    def test_names_of_any_script_are_kept_as_they_are(self, name):
        form = person_form(family_name=name)

        assert form.is_valid()
        assert form.person().family_name == name

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("  Jana \t Maria ", "Jana Maria"),
            ("Stepa\u0301n", "Stepán"),
            ("Jana\r\nBcc: all", "Jana Bcc: all"),
            ("Ja\x07na", "Jana"),
        ],
    )
    def test_what_nobody_means_is_tidied(self, typed, kept):
        form = person_form(given_name=typed)

        assert form.is_valid()
        assert form.person().given_name == kept

    def test_addresses_are_compared_in_lower_case(self):
        form = person_form(email=" Jana@City.EXAMPLE ")

        assert form.is_valid()
        assert form.person().email == "jana@city.example"

    @pytest.mark.parametrize(
        ("field", "value", "message"),
        [
            ("given_name", "  ", "Enter the first name as it should stand on the badge."),
            ("family_name", "", "Enter the family name as it should stand on the badge."),
            ("function", "", "Enter the function, such as Mayor."),
            ("email", "", "Enter an e-mail address, such as name@city.eu."),
            ("email", "jana@", "Enter an e-mail address, such as name@city.eu."),
            ("email", "a" * 60 + "@" + "b." * 120 + "example", "An e-mail address has at most 254 characters."),
            ("given_name", "x" * 101, "At most 100 characters; these are 101."),
            ("dietary_needs", "x" * 1001, "At most 1000 characters; these are 1001."),
        ],
    )
    def test_errors_in_plain_words(self, field, value, message):
        form = person_form(**{field: value})

        assert message in form.errors[field]
        assert list(form.errors) == [field]

    def test_no_field_cuts_what_is_pasted(self):
        form = PersonForm(conference=ConferenceFactory())

        assert not [name for name, field in form.fields.items() if "maxlength" in field.widget.attrs]

    def test_browsers_may_fill_it_in_one_section_per_person(self):
        form = PersonForm(conference=ConferenceFactory(), prefix="people-1")

        assert form.fields["email"].widget.attrs["autocomplete"] == "section-people-1 email"
        assert "autocomplete" not in form.fields["dietary_needs"].widget.attrs

    def test_offers_the_languages_of_the_conference(self):
        form = PersonForm(conference=ConferenceFactory(languages=["de", "fr"]))

        assert form.fields["language"].choices == [("de", "German"), ("fr", "French")]
        assert form.fields["language"].initial == "de"

    def test_several_lines_of_needs_are_kept(self):
        form = person_form(access_needs="wheelchair\r\nhearing loop")

        assert form.is_valid()
        assert form.person().access_needs == "wheelchair\nhearing loop"

    def test_a_role_that_is_not_offered_is_refused(self):
        form = PersonForm(
            {**PERSON, "role": "companion"},
            conference=ConferenceFactory(),
            roles=(Participant.Role.PRINCIPAL, Participant.Role.DEPUTY),
        )

        assert "role" in form.errors


class TestPeople:
    def test_the_same_person_twice(self):
        people = people_formset(InvitationFactory(), reply(PERSON, {**PERSON, "given_name": "JANA"}))

        assert not people.is_valid()
        assert people.forms[1].errors["given_name"] == ["This person is named twice. Leave one of them empty."]

    def test_the_first_must_be_named(self):
        people = people_formset(InvitationFactory(), reply({}, SECOND))

        assert not people.is_valid()
        assert "family_name" in people.forms[0].errors

    def test_empty_others_are_left_out(self):
        invitation = InvitationFactory(delegation=OrganisationDelegationFactory(seats=4))

        people = people_formset(invitation, reply(PERSON, {}, {**SECOND}, seats=4))

        assert people.is_valid()
        assert [one.given_name for one in people.people()] == ["Jana", "Владимир"]

    def test_only_as_many_as_seats(self):
        people = people_formset(InvitationFactory(seats=1), reply(PERSON, SECOND))

        assert len(people.forms) == 1

    def test_nobody_at_all(self):
        people = people_formset(InvitationFactory(), {"people-TOTAL_FORMS": "0", "people-INITIAL_FORMS": "0"})

        assert not people.is_valid()


class TestReply:
    def test_an_assistant_without_an_address(self):
        form = ReplyForm({"assistant_name": "Ann"})

        assert form.errors == {"assistant_email": ["Enter the assistant's address, or leave the name empty, too."]}

    def test_all_is_optional(self):
        assert ReplyForm({}).is_valid()
