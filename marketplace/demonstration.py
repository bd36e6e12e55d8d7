"""The market place of the demonstration conference: the concept note's networks and programmes, and cities.

What the entries say is invented after what such organisations and cities do, and marked as examples.
"""

import datetime
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from conference import history
from conference.models import City, Conference, Room
from marketplace import placing
from marketplace.halls import read
from marketplace.kinds import kinds_of
from marketplace.models import Call, HallPlace, Link, Stand, StandApplication, StandKind, Term
from marketplace.queries import spots_of
from marketplace.services import calls, hall
from marketplace.services.stands import Numbers
from marketplace.states import ApplicationStatus
from registrations.models import Category, Delegation

HALL = """\
pppppp..pppppp

oooooo..oooooo"""


@dataclass(frozen=True)
class Example:
    """What one stand shows. `topics`, `groups`, `sought` and `offered` are beginnings of the words of the lists."""

    initiative: str
    challenge: str
    approach: str
    results: str
    transferable: str
    seeks: str
    offers: str
    topics: tuple[str, ...]
    groups: tuple[str, ...]
    sought: tuple[str, ...]
    offered: tuple[str, ...]
    evidence: str = "monitored"
    stage: str = "running"
    languages: tuple[str, ...] = ("en",)
    links: tuple[tuple[str, str], ...] = ()
    needs_power: bool = False


@dataclass(frozen=True)
class ExampleCity:
    name: str
    state: str
    population: int
    example: Example
    is_accepted: bool = True
    other_names: str = ""
    coordinates: tuple[str, str] = field(default=("", ""))


ORGANISATIONS: dict[str, Example] = {
    "Radicalisation Awareness Network": Example(
        "Practitioners learn from practitioners",
        "Front-line staff meet radicalisation in their daily work and often face it alone.",
        "Working groups of police and prison officers, teachers, health and social workers exchange what works, and "
        "write it down for others.",
        "Several thousand practitioners took part; a collection of inspiring practices is kept up to date.",
        "The collection of practices, and trainings on request of a city.",
        "Cities that host a working group.",
        "Trainings and advice by experienced practitioners.",
        ("Training", "Multi-agency"),
        ("Front-line",),
        ("Partners",),
        ("Training", "Advice"),
        links=(("Collection of practices", "https://ran.example/practices"),),
        needs_power=True,
        languages=("en", "fr", "de"),
    ),
    "Council of Europe - Congress of cities": Example(
        "A toolkit for local dialogue between cultures and faiths",
        "Local authorities want to talk with religious communities before a crisis, not after it.",
        "A toolkit with workshops leads a city through the first year of a local dialogue.",
        "Tried in a dozen cities; the workshops were evaluated by those who held them.",
        "The toolkit, in several languages.",
        "Cities for the next round of workshops.",
        "Moderators for the first workshop.",
        ("Social cohesion", "Alternative"),
        ("Religious", "Local decision"),
        ("Partners",),
        ("Tools", "Advice"),
        "evaluated",
        languages=("en", "fr"),
    ),
    "Nordic Safe Cities Network": Example(
        "Safe cities in the North",
        "Small and middle-sized cities have few staff for prevention.",
        "Cities of five countries share mentors, plans of action and a yearly meeting.",
        "Twenty cities follow each other's plans; figures are collected each year.",
        "A model of a local plan of action.",
        "Cities outside of the North to compare with.",
        "Study visits, and a model of a plan.",
        ("Multi-agency", "Policing"),
        ("Local decision", "Children"),
        ("Study visit",),
        ("Study visit", "Tools"),
    ),
    "Strong Cities Network": Example(
        "Cities that learn from each other",
        "Knowledge stays in the city where it was gained.",
        "Members meet in regional workshops and lend each other experts.",
        "More than a hundred members; exchanges are documented in an online library.",
        "Guides for local prevention networks.",
        "Mayors who speak about their experience.",
        "A place for members in workshops and in the library.",
        ("Multi-agency", "Social cohesion"),
        ("Local decision",),
        ("Partners",),
        ("Advice", "Tools"),
        languages=("en", "fr", "es"),
        needs_power=True,
    ),
    "European Forum for Urban Security": Example(
        "Prevention as a part of urban security",
        "Prevention of radicalisation is often apart from all other prevention.",
        "Local and regional authorities work out strategies that join both, with audits of their city.",
        "Audits in ten cities led to local plans; the method is published.",
        "The method of the audit.",
        "Cities for a new project on audits.",
        "Training in the method of the audit.",
        ("Evaluation", "Multi-agency"),
        ("Local decision",),
        ("Partners",),
        ("Training", "Tools"),
        "evaluated",
        languages=("en", "fr", "de", "es", "it"),
    ),
    "Practicies Project": Example(
        "Tools against violent radicalisation for cities",
        "Cities need tools that they can use tomorrow.",
        "Research teams and cities build and try tools together, from interview guides to digital ones.",
        "First tools are being tried in partner cities.",
        "The tools, free of charge, at the end of the project.",
        "Cities that try a tool.",
        "Tools and the results of the trials.",
        ("Evaluation", "Online"),
        ("Front-line",),
        ("Partners",),
        ("Tools", "Research"),
        "monitored",
        links=(("About the project", "https://practicies.example/"),),
        needs_power=True,
        languages=("en", "fr"),
    ),
    "PREPARE Project": Example(
        "Prison and probation before release",
        "The time around release decides about relapse.",
        "Multi-agency teams prepare release together with the city where the person will live.",
        "Pilots in three countries.",
        "A checklist for the six months before release.",
        "Cities with a prison close by.",
        "Training of multi-agency teams.",
        ("Prisons", "Exit", "Multi-agency"),
        ("People at risk", "Front-line"),
        ("Partners",),
        ("Training", "Tools"),
        "experience",
    ),
    "BRIDGE Project": Example(
        "Building resilience to reduce polarisation",
        "Polarisation is the ground on which radicalisation grows.",
        "Local authorities raise awareness and act against polarisation with schools and associations.",
        "Pilot actions in a dozen cities, being evaluated.",
        "Guides for pilot actions.",
        "Partners that measure polarisation.",
        "Lessons of the pilot actions.",
        ("Social cohesion", "Working with schools"),
        ("Children", "Local decision"),
        ("Research",),
        ("Tools",),
        "experience",
        languages=("en", "fr"),
    ),
    "ERDF": Example(
        "European Regional Development Fund: safe and inclusive places",
        "Neglected quarters offer little to young people.",
        "Support for places, services and start-ups in deprived quarters.",
        "Funded projects report each year.",
        "Examples of projects that cities can take up.",
        "Cities with a plan for a quarter.",
        "Advice on how to apply.",
        ("Social cohesion",),
        ("Local decision",),
        ("Partners",),
        ("Funding", "Advice"),
    ),
    "ISF-P": Example(
        "Internal Security Fund – Police: calls for prevention",
        "Good local projects end when their first funding ends.",
        "Calls for proposals on prevention with a local dimension.",
        "Projects in most Member States.",
        "A list of funded projects with contacts.",
        "Partnerships of cities from several Member States.",
        "Information on the next call.",
        ("Multi-agency", "Evaluation"),
        ("Local decision",),
        ("Partners",),
        ("Funding",),
    ),
    "Justice Programme": Example(
        "Justice Programme: training for those who work with detainees",
        "Staff of prisons and probation need knowledge about radicalisation.",
        "Support for training and exchange across borders.",
        "Trainings in many Member States, evaluated by participants.",
        "Materials of the trainings.",
        "Training institutions as partners.",
        "Funding and materials.",
        ("Prisons", "Training"),
        ("Front-line",),
        ("Partners",),
        ("Funding", "Tools"),
    ),
    "Erasmus+": Example(
        "Erasmus+: role models and common values",
        "Young people at the margin do not know whom to look up to.",
        "Exchanges, youth work and role models who visit schools.",
        "Exchanges take place every year in all Member States.",
        "How a city builds a group of role models.",
        "Schools and youth clubs.",
        "Funding for exchanges and training.",
        ("Working with schools", "Alternative"),
        ("Children",),
        ("Partners",),
        ("Funding", "Training"),
        languages=("en", "fr", "de"),
    ),
    "Mobile Intervention Teams": Example(
        "Mobile intervention teams",
        "In an acute case a school or a family needs help within days.",
        "A small team of specialists comes, advises and stays until local services have taken over.",
        "Requests and their outcome are counted.",
        "How a team is composed and called.",
        "Regions that want a team of their own.",
        "Advice in acute cases.",
        ("Families", "Exit"),
        ("Parents", "People at risk"),
        ("Partners",),
        ("Advice",),
        needs_power=True,
    ),
}

CITIES = [
    ExampleCity(
        "Aarhus",
        "DK",
        285_000,
        Example(
            "Mentors for young people at risk",
            "Young people drifted away from school and family before anybody reacted.",
            "An information house of police, schools and social services takes calls; trained mentors accompany young "
            "people for a year or more.",
            "Figures on each mentorship are collected; most end as planned.",
            "How mentors are chosen and trained; the agreement on sharing information.",
            "Cities with experience in digital youth work.",
            "Study visits, and training of mentors.",
            ("Multi-agency", "Exit", "Families"),
            ("Children", "People at risk"),
            ("Advice",),
            ("Study visit", "Training"),
            languages=("en", "da"),
            links=(("The model in short", "https://aarhus.example/model"),),
            needs_power=True,
        ),
        other_names="Århus",
        coordinates=("56.15674", "10.21076"),
    ),
    ExampleCity(
        "Mechelen",
        "BE",
        86_000,
        Example(
            "One city for everybody: buddies and street work",
            "Quarters beside each other, people who do not know each other.",
            "Buddies for newcomers, street workers in each quarter, and an open talk when tension rises.",
            "Street workers keep a diary; the city looks at it each quarter.",
            "The buddy scheme with all its forms.",
            "Partners for an evaluation.",
            "Advice on street work.",
            ("Social cohesion", "Policing"),
            ("Children", "Religious"),
            ("Research",),
            ("Advice",),
            languages=("nl", "en", "fr"),
        ),
        other_names="Malines",
        coordinates=("51.02574", "4.47762"),
    ),
    ExampleCity(
        "Augsburg",
        "DE",
        296_000,
        Example(
            "A network of prevention in the town hall",
            "Many offers of help, no door to knock at.",
            "An office in the town hall joins schools, associations and police, and trains contact persons in mosques "
            "and clubs.",
            "Contacts and trainings are counted; an evaluation by the university is under way.",
            "The curriculum for contact persons.",
            "Cities with a similar network.",
            "The curriculum, in German.",
            ("Training", "Multi-agency"),
            ("Religious", "Front-line"),
            ("Partners",),
            ("Tools",),
            "evaluated",
            languages=("de", "en"),
        ),
        coordinates=("48.37154", "10.89851"),
    ),
    ExampleCity(
        "Rotterdam",
        "NL",
        644_000,
        Example(
            "Key figures in the neighbourhoods",
            "Worries of parents did not reach the services.",
            "Trained inhabitants whom people trust listen, explain and lead to help.",
            "Calls to the helpline rose; an independent evaluation described how.",
            "Training of key figures in ten evenings.",
            "Cities that try the training.",
            "Trainers for a first course.",
            ("Families", "Training"),
            ("Parents", "Religious"),
            ("Partners",),
            ("Training",),
            "independent",
            languages=("nl", "en"),
        ),
        coordinates=("51.92250", "4.47917"),
    ),
    ExampleCity(
        "Toulouse",
        "FR",
        486_000,
        Example(
            "Le théâtre contre l’emprise: a play for schools",
            "Pupils close up when adults warn them.",
            "A theatre group plays in schools; pupils write the end of the play and talk about it.",
            "Questionnaires before and after; teachers report what changed.",
            "The play, with a guide for the talk after it.",
            "Translators and theatre groups.",
            "Rights for the play, free for cities.",
            ("Working with schools", "Alternative"),
            ("Children",),
            ("Partners",),
            ("Tools",),
            languages=("fr", "en", "es"),
            needs_power=True,
        ),
        coordinates=("43.60426", "1.44367"),
    ),
    ExampleCity(
        "Málaga",
        "ES",
        571_000,
        Example(
            "Policía de proximidad: officers who stay",
            "Officers changed quarters every year; nobody knew them.",
            "Officers stay five years in a quarter, and plan with associations and schools.",
            "Yearly survey of trust in the quarters.",
            "Questions of the survey, and the plan of a year.",
            "Results of similar surveys.",
            "Study visits.",
            ("Policing", "Social cohesion"),
            ("Front-line", "Children"),
            ("Research",),
            ("Study visit",),
            languages=("es", "en"),
        ),
        coordinates=("36.72016", "-4.42034"),
    ),
    ExampleCity(
        "Λευκωσία",
        "CY",
        116_000,
        Example(
            "Νέοι για την πόλη: young people for their city",
            "Young people on both sides of a divided city know little of each other.",
            "Common projects in sport, film and gardens, led by young people.",
            "Experience of youth workers; films of the projects.",
            "How to begin with ten young people and no budget.",
            "A partner city for an exchange.",
            "A place in next year's film workshop.",
            ("Social cohesion", "Online"),
            ("Children",),
            ("Partners", "Study visit"),
            ("Study visit",),
            "experience",
            languages=("el", "en"),
        ),
        other_names="Nicosia / Lefkosia",
        coordinates=("35.17531", "33.36420"),
    ),
    ExampleCity(
        "Brno",
        "CZ",
        379_000,
        Example(
            "Teachers who recognise and react",
            "Teachers are unsure what is a phase and what is a danger.",
            "Two days of training, a helpline for teachers and a psychologist who comes to the school.",
            "All participants are asked after a year.",
            "The training and its cases.",
            "Cases from other countries.",
            "Trainers, and the helpline's guide.",
            ("Working with schools", "Training"),
            ("Front-line", "Children"),
            ("Tools",),
            ("Training", "Tools"),
            "evaluated",
            languages=("cs", "en"),
        ),
        coordinates=("49.19522", "16.60796"),
    ),
    ExampleCity(
        "Gdańsk",
        "PL",
        470_000,
        Example(
            "A model of integration, from school to work",
            "Newcomers meet a different office for every question.",
            "One model and one council of newcomers; schools, employers and parishes take part.",
            "The council reports each year.",
            "The statute of the council.",
            "Cities with a council of newcomers.",
            "The model, translated.",
            ("Social cohesion",),
            ("Local decision", "Religious"),
            ("Partners",),
            ("Tools",),
            languages=("pl", "en"),
        ),
        is_accepted=False,
        coordinates=("54.35227", "18.64912"),
    ),
    ExampleCity(
        "Λάρισα",
        "EL",
        149_000,
        Example(
            "Parents’ evenings where parents are",
            "Invitations to the town hall were not followed.",
            "Evenings in cafés and parishes, led by parents, with a social worker at hand.",
            "Evenings and visitors are counted.",
            "A kit for ten evenings.",
            "Experience with helplines for families.",
            "The kit, in Greek.",
            ("Families",),
            ("Parents",),
            ("Advice",),
            ("Tools",),
            "experience",
            languages=("el", "en"),
        ),
        is_accepted=False,
        other_names="Larissa",
        coordinates=("39.63689", "22.41761"),
    ),
    ExampleCity(
        "Liège",
        "BE",
        197_000,
        Example(
            "A round table of services for single cases",
            "Five services knew a part each, nobody the whole.",
            "A round table under an agreement on professional secrecy; one service leads each case.",
            "Cases are followed with agreed figures.",
            "The agreement, with its legal opinion.",
            "Legal comparison with other Member States.",
            "The agreement.",
            ("Multi-agency", "Exit"),
            ("People at risk", "Front-line"),
            ("Research",),
            ("Tools", "Advice"),
            languages=("fr", "nl", "en"),
        ),
        is_accepted=False,
        other_names="Luik / Lüttich",
        coordinates=("50.63373", "5.56749"),
    ),
    ExampleCity(
        "Torino",
        "IT",
        870_000,
        Example(
            "The pact of sharing with places of worship",
            "Suspicion between neighbours and communities.",
            "A pact between the city and its Islamic centres: open doors, a common day, a contact for each question.",
            "An evaluation by those who signed it, every two years.",
            "The text of the pact, and how it was talked over.",
            "Cities that prepare a pact.",
            "Advice by those who talked it over.",
            ("Social cohesion", "Policing"),
            ("Religious",),
            ("Partners",),
            ("Advice",),
            "evaluated",
            languages=("it", "en"),
        ),
        is_accepted=False,
        other_names="Turin",
        coordinates=("45.07049", "7.68682"),
    ),
]


@transaction.atomic
def load_market_place(conference: Conference) -> Call:
    """A call that is open, the stands with their places, and some applications that wait for a decision."""
    zone = conference.zone
    now = timezone.now()
    closes_at = conference.end_of(conference.held_on - datetime.timedelta(weeks=6))
    call = Call(
        conference=conference,
        # Of a conference in the past, too, the call closes after it opened.
        opens_at=min(now, closes_at - datetime.timedelta(weeks=4)),
        closes_at=closes_at,
        stands=24,
        equipment="A table, two chairs, a wall of 2 metres and Wi-Fi. Power on request.",
        room=Room.objects.filter(venue=conference.venue, name="Atrium").first(),
        stands_from=datetime.datetime.combine(conference.held_on, datetime.time(12, 30), zone),
        stands_until=datetime.datetime.combine(conference.held_on, datetime.time(13, 45), zone),
        audience=Call.Audience.PUBLIC,
    )
    calls.save_call(call, limits={StandKind.CITY: 10}, by=None)
    hall.draw(conference, read(HALL), by=None)
    numbers = Numbers(call)
    for delegation in Delegation.objects.filter(conference=conference, name__in=ORGANISATIONS).order_by("pk"):
        _load(call, delegation, ORGANISATIONS[delegation.name], numbers)
    for city in CITIES:
        _load(call, _delegation(conference, city), city.example, numbers if city.is_accepted else None)
    _give_places(call)
    return call


def _delegation(conference: Conference, example: ExampleCity) -> Delegation:
    latitude, longitude = example.coordinates
    city, _created = City.objects.get_or_create(
        member_state_id=example.state,
        name=example.name,
        defaults={
            "population": example.population,
            "other_names": example.other_names,
            "latitude": latitude,
            "longitude": longitude,
        },
    )
    delegation = Delegation.objects.create(
        conference=conference,
        category=Category.CITY,
        city=city,
        member_state_id=example.state,
        name=example.name,
        seats=2,
        wants_stand=True,
    )
    history.record(delegation, "created", by=None)
    return delegation


def _load(call: Call, delegation: Delegation, example: Example, numbers: Numbers | None) -> None:
    """With `numbers` it gets a stand; without, it waits for a decision. No mail: nobody of these has an address."""
    application = StandApplication.objects.create(
        conference_id=call.conference_id,
        call=call,
        delegation=delegation,
        kind=kinds_of(delegation)[0],
        status=ApplicationStatus.ACCEPTED if numbers else ApplicationStatus.SUBMITTED,
        initiative=example.initiative,
        challenge=example.challenge,
        approach=example.approach,
        results=example.results,
        evidence=example.evidence,
        stage=example.stage,
        transferable=example.transferable,
        languages=list(example.languages),
        seeks=example.seeks,
        offers=example.offers,
        needs_power=example.needs_power,
        is_example=True,
        submitted_at=timezone.now(),
    )
    terms = list(Term.objects.filter(call=call))

    def chosen(use: str, beginnings: tuple[str, ...]) -> list[Term]:
        return [term for term in terms if term.use == use and term.name.startswith(beginnings)]

    application.topics.set(chosen(Term.Use.TOPIC, example.topics))
    application.target_groups.set(chosen(Term.Use.TARGET_GROUP, example.groups))
    application.sought.set(chosen(Term.Use.EXCHANGE, example.sought))
    application.offered.set(chosen(Term.Use.EXCHANGE, example.offered))
    Link.objects.bulk_create(
        [
            Link(application=application, position=position, title=title, url=url)
            for position, (title, url) in enumerate(example.links, start=1)
        ]
    )
    history.record(application, "loaded as an example", by=None, to_status=application.status)
    if numbers:
        numbers.give(application)


def _give_places(call: Call) -> None:
    stands = {stand.pk: stand for stand in Stand.objects.filter(call=call).select_related("application", "call")}
    proposal = placing.propose(
        spots_of(call),
        [
            placing.Placeable(
                stand.pk,
                list(stand.application.topics.values_list("pk", flat=True)),
                stand.application.needs_power,
            )
            for stand in stands.values()
        ],
    )
    places = {place.number: place for place in HallPlace.objects.filter(conference=call.conference_id)}
    hall.give_places({stands[key]: places[number] for key, number in proposal.places.items()}, by=None)
