"""The day of the demonstration conference, after the format of its published concept note.

Cities and speakers that the note does not name are left open: the organisers fill them in.
"""

import datetime

from django.db import transaction

from agenda import warnings
from agenda.kinds import Role, SessionKind
from agenda.models import Appearance, Plan, Presentation, Release, Session, Speaker
from agenda.services import releases
from agenda.states import SpeakerStatus
from conference.models import Conference, Room
from registrations.models import Delegation

# Title, first name, family name, function, organisation.
GUESTS = {
    "host": ("", "Karl-Heinz", "Lambertz", "President", "Committee of the Regions"),
    "home affairs": (
        "",
        "Dimitris",
        "Avramopoulos",
        "Commissioner for Migration, Home Affairs and Citizenship",
        "European Commission",
    ),
    "security union": ("Sir", "Julian", "King", "Commissioner for the Security Union", "European Commission"),
}

# Begins at, minutes, kind, room, title, abstract.
DAY: list[tuple[str, int, SessionKind, str, str, str]] = [
    ("08:00", 60, SessionKind.REGISTRATION, "Atrium", "Registration and welcome coffee", ""),
    ("09:00", 10, SessionKind.WELCOME, "Plenary room", "Welcome words", ""),
    ("09:10", 20, SessionKind.OPENING, "Plenary room", "Opening", ""),
    (
        "09:30",
        60,
        SessionKind.PANEL,
        "Plenary room",
        "Panel 1: Challenges and innovative approaches",
        "How cities have successfully responded to a specific challenge in an innovative manner. Four cities present "
        "their challenges and initiatives, followed by a short debate.",
    ),
    (
        "10:30",
        30,
        SessionKind.COFFEE_BREAK,
        "Atrium",
        "Coffee break",
        "With one-to-one meetings of participants.",
    ),
    (
        "11:00",
        60,
        SessionKind.PANEL,
        "Plenary room",
        "Panel 2: Challenges and partnerships",
        "What can we learn from collaboration projects? To which extent can cities support each other? What are the "
        "challenges and opportunities of a partnership with different actors? What can be externalised and how? Four "
        "cities report about their collaboration, followed by a short debate.",
    ),
    ("12:00", 120, SessionKind.LUNCH, "Atrium", "Lunch", ""),
    (
        "12:30",
        75,
        SessionKind.MARKET_PLACE,
        "Atrium",
        "Market place",
        "Networks, EU funding programmes and a selected number of cities present their initiatives in an interactive "
        "way.",
    ),
    (
        "14:00",
        60,
        SessionKind.PANEL,
        "Plenary room",
        "Panel 3: Cities and national governments",
        "Representatives of national and regional initiatives and policy makers exchange views on how to best support "
        "and empower cities, followed by a short debate.",
    ),
    (
        "15:00",
        30,
        SessionKind.COFFEE_BREAK,
        "Atrium",
        "Coffee break",
        "With one-to-one meetings of participants.",
    ),
    (
        "15:30",
        60,
        SessionKind.PANEL,
        "Plenary room",
        "Panel 4: EU assistance to support cities",
        "Representatives of European and international networks and initiatives highlight how they can support EU "
        "cities, followed by a short debate.",
    ),
    (
        "16:30",
        45,
        SessionKind.DEBATE,
        "Plenary room",
        "Final open debate",
        "Needs that are not yet fully covered, and possible further initiatives with a clear EU added value.",
    ),
    ("17:15", 15, SessionKind.CLOSING, "Plenary room", "Closing words", ""),
]
QUESTION = "Where could the EU make a difference in the future work of EU cities against radicalisation?"

_FOUR = ("First", "Second", "Third", "Fourth")
# Per panel: title of each presentation, and the delegation that presents where the note names one.
PRESENTATIONS: list[list[tuple[str, str]]] = [
    [
        (f"{nth} city: a challenge and the initiative that answered it", "")
        for nth in ("First", "Second", "Third", "Fourth")
    ],
    [(f"{nth} city: what a collaboration taught us", "") for nth in ("First", "Second", "Third", "Fourth")],
    [
        ("A national initiative for cities", ""),
        ("A regional initiative", ""),
        ("A national policy maker’s view", ""),
    ],
    [
        ("Guidance, workshops and trainings for cities", "Radicalisation Awareness Network"),
        ("Cities that learn from each other", "Strong Cities Network"),
        ("The Nordic cooperation", "Nordic Safe Cities Network"),
        ("Urban security in Europe", "European Forum for Urban Security"),
        ("Funding by the Internal Security Fund", "ISF-P"),
    ],
]


@transaction.atomic
def publish_day(conference: Conference) -> Release:
    """The first release of the day that `load_day` planned, whatever warnings it has: much is still to be filled in."""
    confirmed = [warning.key for warning in warnings.find(conference)]
    return releases.publish(conference, note="The format of the concept note.", seen=None, confirmed=confirmed, by=None)


@transaction.atomic
def load_day(conference: Conference) -> list[Session]:
    """Plans the concept note's day for a conference that has none. Its rooms must exist at the venue."""
    Plan.objects.create(
        conference=conference,
        venue_opens_at=datetime.time(7, 30),
        venue_closes_at=datetime.time(18, 30),
        speakers_reply_by=conference.held_on - datetime.timedelta(weeks=4),
        documents_due_on=conference.held_on - datetime.timedelta(weeks=1),
    )
    rooms = {room.name: room for room in Room.objects.filter(venue=conference.venue)}
    sessions = []
    for number, (begins, minutes, kind, room, title, abstract) in enumerate(DAY, start=1):
        time = datetime.time.fromisoformat(begins)
        spoken = kind in {SessionKind.WELCOME, SessionKind.OPENING, SessionKind.PANEL, SessionKind.DEBATE}
        sessions.append(
            Session(
                conference=conference,
                number=number,
                kind=kind,
                title=title,
                room=rooms[room],
                starts_at=datetime.datetime.combine(conference.held_on, time, conference.zone),
                minutes=minutes,
                abstract=abstract,
                question=QUESTION if kind == SessionKind.DEBATE else "",
                languages=conference.languages if spoken or kind == SessionKind.CLOSING else [],
            )
        )
    Session.objects.bulk_create(sessions)
    _speakers(conference, sessions)
    _presentations(conference, [session for session in sessions if session.kind == SessionKind.PANEL])
    return sessions


def _speakers(conference: Conference, sessions: list[Session]) -> None:
    guests = {
        key: Speaker.objects.create(
            conference=conference,
            title=title,
            given_name=given_name,
            family_name=family_name,
            function=function,
            organisation=organisation,
            status=SpeakerStatus.ACCEPTED,
        )
        for key, (title, given_name, family_name, function, organisation) in GUESTS.items()
    }
    by_kind = {session.kind: session for session in sessions}
    Appearance.objects.bulk_create(
        [
            Appearance(session=by_kind[SessionKind.WELCOME], speaker=guests["host"], role=Role.SPEAKER),
            Appearance(session=by_kind[SessionKind.OPENING], speaker=guests["home affairs"], role=Role.SPEAKER),
            Appearance(
                session=by_kind[SessionKind.OPENING], speaker=guests["security union"], role=Role.SPEAKER, position=1
            ),
        ]
    )


def _presentations(conference: Conference, panels: list[Session]) -> None:
    delegations = {delegation.name: delegation for delegation in Delegation.objects.filter(conference=conference)}
    Presentation.objects.bulk_create(
        [
            Presentation(session=panel, position=position, title=title, delegation=delegations.get(presented_by))
            for panel, talks in zip(panels, PRESENTATIONS, strict=True)
            for position, (title, presented_by) in enumerate(talks)
        ]
    )
