"""A list of terms to begin with: preventing radicalisation at the local level. Organisers make it their own."""

from meetings.models import Term

TOPICS = [
    "A local strategy, from the analysis to its evaluation",
    "Multi-agency work: police, schools, social and health services",
    "Schools: critical thinking and democratic values",
    "Youth work in the street and in clubs",
    "Families: advice, helplines and support groups",
    "Mentoring and exit programmes",
    "Training of front-line staff",
    "Communities, faith groups and trust in the city",
    "Prison, probation and the return to the neighbourhood",
    "Children and families who come back from conflict zones",
    "Online propaganda, alternative and counter-narratives",
    "Communication before and after an attack",
    "Support for victims of terrorism",
    "Mental health and social isolation",
    "Evaluating what works",
    "EU funding and partners for projects",
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
