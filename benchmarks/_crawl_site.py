"""A site for the crawl: the demonstration conference with a few rows of everything, and another conference beside it.

Imported only in a process with Django set up. What is made here is not meant to be likely, but to be there, so that
every page has something to show and every form something to change.
"""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from agenda.kinds import Role
from agenda.models import Appearance, Document, Presentation, Session, Speaker
from agenda.services import readers, speakers
from conference.models import Conference
from conference.queries import newest_notice
from marketplace.models import Call, Duty, Mark, Remembered, Stand, StandApplication
from marketplace.services import interest
from meetings.models import Absence, Assistant, MeetingRequest, Placement, Slot
from meetings.services import feeds, placements, profiles, requests
from meetings.services.requests import MeetingRefused
from registrations.models import Delegation, Invitation, Participant, Wave
from registrations.services import balancing, invitations, replies, waves
from registrations.services.replies import Person

OTHER_SLUG = "another-conference"
STRANGER, PARTICIPANT, LIMITED, ORGANISER = "stranger", "participant", "limited organiser", "organiser"
# What the limited organiser may do: some pages to look at, one to change.
RIGHTS = ("view_delegation", "view_participant", "view_mail", "change_session", "view_session", "view_meetingrules")
_PEOPLE = 8


@dataclass(frozen=True)
class CrawlSite:
    """Whom each role signs in as (None: nobody), and paths with personal tokens, which no page links to."""

    roles: dict[str, User | None]
    links: list[str]


@transaction.atomic
def build() -> CrawlSite:
    """Fills an empty, migrated database."""
    call_command("load_concept_note", verbosity=0)
    call_command("load_concept_note", verbosity=0, slug=OTHER_SLUG, without_market_place=True)
    conference = Conference.objects.exclude(slug=OTHER_SLUG).get()
    organiser = User.objects.create_superuser("organiser@convoke.example", "a long enough passphrase")
    limited = User.objects.create(email="limited@convoke.example", name="Limited organiser", is_staff=True)
    limited.user_permissions.set(Permission.objects.filter(codename__in=RIGHTS))
    links, people = _registrations(conference, organiser)
    links += _programme(conference, people, organiser)
    links += _meetings(conference, people, organiser)
    _market_place(conference, people, organiser)
    _uploads(conference, organiser)
    roles = {STRANGER: None, PARTICIPANT: people[0].user, LIMITED: limited, ORGANISER: organiser}
    return CrawlSite(roles, [link.partition("://")[2].partition("/")[2] for link in links])


def _registrations(conference: Conference, organiser: User) -> tuple[list[str], list[Participant]]:
    cities = list(Delegation.objects.filter(conference=conference, city__isnull=False).order_by("pk")[: _PEOPLE + 3])
    for number, delegation in enumerate(cities):
        delegation.email = f"mayor{number}@city.example"
    Delegation.objects.bulk_update(cities, ["email"])
    reply_by = min(timezone.localdate() + datetime.timedelta(days=7), conference.held_on - datetime.timedelta(days=1))
    wave = Wave.objects.create(conference=conference, name="Wave 1", reply_by=reply_by)
    waves.add_to_wave(wave, cities, by=None)
    waves.start_wave(wave, by=None)
    while waves.issue_next(wave.pk):
        pass
    draft = Wave.objects.create(conference=conference, name="Wave 2", reply_by=reply_by)
    unasked = Delegation.objects.filter(conference=conference, city=None).order_by("pk")[:3]
    for delegation in unasked:
        delegation.email = f"office{delegation.pk}@organisation.example"
        delegation.save()
    waves.add_to_wave(draft, unasked, by=None)
    sent = list(Invitation.objects.filter(wave=wave).order_by("pk"))
    links = [invitations.show_link(invitation, by=organiser) for invitation in sent[-3:]]
    people = []
    for number, invitation in enumerate(sent[:_PEOPLE]):
        guest = Person(
            given_name="Given",
            family_name=f"Family {number}",
            function="Mayor",
            email=f"guest{number}@city.example",
            consents={"list": True, "contact": True, "photos": False, "future": False},
        )
        people += replies.accept(invitation, [guest], by=organiser, channel=Invitation.Channel.LETTER)
    free = Delegation.objects.filter(conference=conference, city__isnull=False).exclude(pk__in=[c.pk for c in cities])
    for number, delegation in enumerate(free[:6]):
        delegation.email = f"later{number}@city.example"
        delegation.save()
    balancing.make_proposal(conference, seats=4, by=organiser, seconds=0)
    return links, [person for person in people if person.status == "confirmed"]


def _programme(conference: Conference, people: list[Participant], organiser: User) -> list[str]:
    panel = Session.objects.filter(conference=conference, kind="panel").first()
    guest = Speaker.objects.create(
        conference=conference, given_name="Guest", family_name="Speaker", email="speaker@institution.example"
    )
    own = Speaker.objects.create(conference=conference, participant=people[0])
    for speaker in (guest, own):
        Appearance.objects.create(session=panel, speaker=speaker, role=Role.PANELLIST)
        document = Document(speaker=speaker, kind=Document.Kind.ABSTRACT, name="abstract.pdf", size=9)
        document.content_type = "application/pdf"
        document.file.save("abstract.pdf", ContentFile(b"%PDF-1.4\n"), save=True)
    Presentation.objects.filter(session=panel).update(speaker=guest)
    reader = people[0].user
    links = [speakers.show_link(guest, by=organiser), _feed("calendar", readers.make_feed(conference, by=reader))]
    readers.tell_of_changes(conference, wanted=True, by=reader)
    readers.star(conference, panel.guid, by=reader)
    return links


def _feed(folder: str, token: str) -> str:
    return f"http://site/{folder}/{token}.ics"


def _meetings(conference: Conference, people: list[Participant], organiser: User) -> list[str]:
    for participant in people:
        profiles.opt_in(participant, names_shown=True, by=None)
    me, *others = people
    slots = list(Slot.objects.filter(block__conference=conference, block__status="open").order_by("starts_at"))
    wishes = [(me, others[0], None), (me, others[1], slots[0]), (others[2], me, slots[1]), (others[3], me, None)]
    asked = []
    for asker, whom, slot in wishes:
        try:
            asked.append(requests.ask(asker, whom, slot=slot, by=None))
        except MeetingRefused:
            continue
    for request in asked[:2]:
        requests.accept(MeetingRequest.objects.get(pk=request.pk), by=None)
    Assistant.objects.create(participant=me, email=others[0].email)
    Absence.objects.create(participant=me, starts_at=slots[-1].starts_at, ends_at=slots[-1].ends_at)
    placement = Placement.objects.create(conference=conference, limit_seconds=1, created_by=organiser)
    placements.work(placement.pk)
    Placement.objects.create(conference=conference, limit_seconds=1, created_by=organiser)
    return [_feed("meetings/calendar", feeds.make_feed(me, by=me.user))]


def _market_place(conference: Conference, people: list[Participant], organiser: User) -> None:
    """The first participant has a stand of their own, remembers another one and left a contact there."""
    me = people[0]
    call = Call.objects.get(conference=conference)
    duty = Stand.objects.filter(call=call, application__delegation=me.delegation).first()
    if duty:
        starts_at = conference.starts_at
        Duty.objects.create(
            stand=duty, participant=me, starts_at=starts_at, ends_at=starts_at + datetime.timedelta(hours=1)
        )
    stand = Stand.objects.filter(call=call).exclude(application__delegation=me.delegation).first()
    Remembered.objects.create(stand=stand, participant=me)
    interest.leave_contact(stand, me, notice=newest_notice(conference.pk), by=me.user)
    Mark.objects.create(
        application=StandApplication.objects.filter(call=call).first(),
        criterion=call.criteria.first(),
        reviewer=organiser,
        points=3,
    )


def _uploads(conference: Conference, organiser: User) -> None:
    """A guest list and a programme that wait for a decision, sent as a browser sends them."""
    client = Client()
    client.force_login(organiser, backend=settings.AUTHENTICATION_BACKENDS[0])
    template = client.get(reverse("admin:registrations_guestlist_template"))
    schedule = client.get(reverse("agenda:schedule_json", args=[conference.slug]))
    for address, name, content in (
        ("admin:registrations_guestlist_import", "guests.xlsx", template.content),
        ("admin:agenda_import_upload", "programme.json", schedule.content),
    ):
        client.post(reverse(address), {"conference": conference.pk, "file": SimpleUploadedFile(name, content)})
