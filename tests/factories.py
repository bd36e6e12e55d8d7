"""Test data that says only what matters to a test."""

import datetime
from typing import Any

import factory
from django.utils import timezone

from accounts.models import User
from agenda.kinds import Role, SessionKind
from agenda.models import Appearance, Plan, Presentation, Session, Speaker
from conference.models import City, Conference, MemberState, Page, Venue
from registrations.models import Category, Delegation, Invitation, Organisation, Wave
from registrations.services.replies import Person
from registrations.states import InvitationStatus


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@city.example")


class VenueFactory(factory.django.DjangoModelFactory[Venue]):
    class Meta:
        model = Venue

    name = "European Committee of the Regions"
    address = "Rue Belliard 99–101\n1040 Brussels"
    city = "Brussels"


class ConferenceFactory(factory.django.DjangoModelFactory[Conference]):
    """A conference in 60 days, with a published privacy statement: invitations can be sent."""

    class Meta:
        model = Conference
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"conference-{n}")
    title = "EU Cities Against Radicalisation"
    held_on = factory.LazyFunction(lambda: timezone.localdate() + datetime.timedelta(days=60))
    venue = factory.SubFactory(VenueFactory)
    languages = ["en", "fr"]
    mailbox = "conference@organiser.example"
    organiser_name = "The organiser"
    target = 150
    hard_limit = 150

    @factory.post_generation
    def privacy_statement(self: Conference, create: bool, extracted: Any, **_kwargs: Any) -> None:  # type: ignore[misc]
        if create and extracted is not False:
            Page.objects.create(conference=self, kind=Page.Kind.PRIVACY, body="What we keep.")


class CityFactory(factory.django.DjangoModelFactory[City]):
    class Meta:
        model = City

    name = factory.Sequence(lambda n: f"City {n}")
    member_state = factory.LazyFunction(lambda: MemberState.objects.get(code="BE"))


class OrganisationFactory(factory.django.DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Organisation {n}")
    kind = Organisation.Kind.NETWORK


class DelegationFactory(factory.django.DjangoModelFactory[Delegation]):
    """A city with two seats."""

    class Meta:
        model = Delegation

    conference = factory.SubFactory(ConferenceFactory)
    category = Category.CITY
    city = factory.SubFactory(CityFactory)
    member_state = factory.LazyAttribute(lambda o: o.city.member_state if o.city else None)
    name = factory.LazyAttribute(lambda o: o.city.name)
    seats = 2
    email = factory.Sequence(lambda n: f"mayor{n}@city.example")


class MemberStateDelegationFactory(DelegationFactory):
    """A Member State with its one seat; pass `code`."""

    class Params:
        code = "DE"

    category = Category.MEMBER_STATE
    city = None
    member_state = factory.LazyAttribute(lambda o: MemberState.objects.get(code=o.code))
    name = factory.LazyAttribute(lambda o: o.member_state.name)
    seats = 1


class OrganisationDelegationFactory(DelegationFactory):
    category = Category.ORGANISATION
    city = None
    member_state = None
    organisation = factory.SubFactory(OrganisationFactory)
    name = factory.LazyAttribute(lambda o: o.organisation.name)
    seats = 1


class WaveFactory(factory.django.DjangoModelFactory[Wave]):
    class Meta:
        model = Wave

    conference = factory.SubFactory(ConferenceFactory)
    name = factory.Sequence(lambda n: f"Wave {n}")
    reply_by = factory.LazyFunction(lambda: timezone.localdate() + datetime.timedelta(days=20))


class InvitationFactory(factory.django.DjangoModelFactory[Invitation]):
    """An invitation that was sent and holds all seats of its delegation."""

    class Meta:
        model = Invitation

    delegation = factory.SubFactory(DelegationFactory)
    conference = factory.SelfAttribute("delegation.conference")
    status = InvitationStatus.SENT
    holds_seats = True
    seats = factory.SelfAttribute("delegation.seats")
    email = factory.SelfAttribute("delegation.email")
    reply_by = factory.LazyFunction(lambda: timezone.localdate() + datetime.timedelta(days=20))


def person(number: int = 1, **changes: Any) -> Person:
    """What a form says of one person."""
    fields = {
        "given_name": f"Given{number}",
        "family_name": f"Family{number}",
        "function": "Mayor",
        "email": f"guest{number}@city.example",
        "consents": {"list": True, "contact": False, "photos": False, "future": False},
    }
    return Person(**{**fields, **changes})


# The programme ----------------------------------------------------------------------------------


class PlanFactory(factory.django.DjangoModelFactory[Plan]):
    class Meta:
        model = Plan

    conference = factory.SubFactory(ConferenceFactory)


class SpeakerFactory(factory.django.DjangoModelFactory[Speaker]):
    """A guest from outside who was not asked yet."""

    class Meta:
        model = Speaker

    conference = factory.SubFactory(ConferenceFactory)
    given_name = "Guest"
    family_name = factory.Sequence(lambda n: f"Speaker {n}")
    email = factory.Sequence(lambda n: f"speaker{n}@institution.example")


class SessionFactory(factory.django.DjangoModelFactory[Session]):
    """A panel of 60 minutes; pass `at="11:00"` for another time of the conference's day."""

    class Meta:
        model = Session

    class Params:
        at = "09:30"

    conference = factory.SubFactory(ConferenceFactory)
    number = factory.Sequence(lambda n: n + 1)
    kind = SessionKind.PANEL
    title = factory.Sequence(lambda n: f"Panel {n}")
    starts_at = factory.LazyAttribute(
        lambda o: datetime.datetime.combine(o.conference.held_on, datetime.time.fromisoformat(o.at), o.conference.zone)
    )
    minutes = 60


class AppearanceFactory(factory.django.DjangoModelFactory[Appearance]):
    class Meta:
        model = Appearance

    session = factory.SubFactory(SessionFactory)
    speaker = factory.SubFactory(SpeakerFactory, conference=factory.SelfAttribute("..session.conference"))
    role = Role.PANELLIST


class PresentationFactory(factory.django.DjangoModelFactory[Presentation]):
    class Meta:
        model = Presentation

    session = factory.SubFactory(SessionFactory)
    title = factory.Sequence(lambda n: f"Presentation {n}")


def tomorrow() -> datetime.date:
    """The day of a conference whose door is open already, and that is not over at any hour of today."""
    return timezone.localdate() + datetime.timedelta(days=1)
