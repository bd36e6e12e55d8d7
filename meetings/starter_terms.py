"""A list of terms to begin with: preventing radicalisation at the local level. Organisers make it their own."""

from meetings.models import Term

TOPICS = [
    "Local strategy",
    "Multi-agency work",
    "Schools and critical thinking",
    "Youth work",
    "Families: helplines and support",
    "Mentoring and exit programmes",
    "Training of front-line staff",
    "Communities and faith groups",
    "Prison, probation and return",
    "Returnees and their children",
    "Online: alternative narratives",
    "Crisis communication",
    "Support for victims of terrorism",
    "Mental health",
    "Evaluation",
    "EU funding and partners",
]
CHALLENGES = [
    "Islamist extremism",
    "Right-wing extremism",
    "Left-wing and anarchist extremism",
    "Conspiracy beliefs and hostility to the state",
    "Polarisation between groups of the city",
    "Recruitment of minors",
    "Lone actors",
    "Sharing personal data between services",
    "Small city, few means",
    "Cross-border networks",
]


def add_to(conference_id: int) -> int:
    """Adds those that the conference does not have yet, whatever their order; returns how many."""
    present = set(Term.objects.filter(conference=conference_id).values_list("kind", "name"))
    missing = [
        Term(conference_id=conference_id, kind=kind, name=name, position=position)
        for kind, names in ((Term.Kind.TOPIC, TOPICS), (Term.Kind.CHALLENGE, CHALLENGES))
        for position, name in enumerate(names, start=1)
        if (kind, name) not in present
    ]
    Term.objects.bulk_create(missing)
    return len(missing)
