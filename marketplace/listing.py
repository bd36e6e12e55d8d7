"""What the catalogue, its visitors and the people of a stand read."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import User
from conference.languages import languages_by_name
from conference.models import MemberState
from marketplace import search
from marketplace.catalogue import Catalogue, Entry, Facet
from marketplace.models import Call, ContactLeft, Evidence, Stand, StandApplication, StandKind, Term
from registrations.models import Participant

_TEASER = 150
_LISTS = {
    "topics": StandApplication.topics,
    "groups": StandApplication.target_groups,
    "sought": StandApplication.sought,
    "offered": StandApplication.offered,
}


def indexable_stands(stands: QuerySet[Stand]) -> QuerySet[Stand]:
    """These stands with all that the index holds words of."""
    return stands.select_related(
        "application__delegation__city", "application__delegation__member_state"
    ).prefetch_related(
        "application__topics", "application__target_groups", "application__sought", "application__offered"
    )


def read_catalogue(call: Call) -> Catalogue:
    """All live stands of the call in the order of their titles; seven queries, however many there are."""
    rows = list(
        Stand.objects.filter(call=call, released_at=None)
        .order_by()
        .values_list(
            "pk",
            "kind",
            "place__number",
            "application",
            "application__initiative",
            "application__challenge",
            "application__languages",
            "application__evidence",
            "application__stage",
            "application__as_of",
            "application__picture",
            "application__picture_key",
            "application__is_example",
            "application__delegation",
            "application__delegation__name",
            "application__delegation__member_state",
        )
    )
    lists = {name: _words_by_application(call, field.through) for name, field in _LISTS.items()}
    entries = [
        Entry(
            stand=stand,
            title=title,
            who=who,
            kind=kind,
            delegation=delegation,
            country=country or "",
            place=place,
            teaser=Truncator(" ".join(challenge.split())).chars(_TEASER),
            languages=tuple(languages),
            evidence=evidence,
            stage=stage,
            as_of=as_of,
            picture=str(key) if picture else "",
            is_example=is_example,
            **{name: tuple(of_application.get(application, ())) for name, of_application in lists.items()},
        )
        for (
            stand,
            kind,
            place,
            application,
            title,
            challenge,
            languages,
            evidence,
            stage,
            as_of,
            picture,
            key,
            is_example,
            delegation,
            who,
            country,
        ) in rows
    ]
    entries.sort(key=lambda entry: (search.fold(entry.title), entry.stand))
    terms = list(Term.objects.filter(call=call))
    return Catalogue(entries, _facets(terms), {term.pk: term.name for term in terms})


def _words_by_application(call: Call, through: type[Model]) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    chosen = through.objects.filter(standapplication__call=call, standapplication__stand__released_at=None)
    ordered = chosen.order_by("term__position", "term")
    for application, term in ordered.values_list("standapplication", "term"):
        found[application].append(term)
    return found


def _facets(terms: Iterable[Term]) -> list[Facet]:
    words: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for term in terms:
        words[term.use][str(term.pk)] = term.name
    return [
        Facet("topic", _("Topic"), words[Term.Use.TOPIC]),
        Facet("group", _("For whom"), words[Term.Use.TARGET_GROUP]),
        Facet("kind", _("Who presents"), {kind.value: str(kind.label).capitalize() for kind in StandKind}),
        Facet("country", _("Country"), dict(MemberState.objects.order_by("name").values_list("code", "name"))),
        Facet("language", _("Language"), dict(languages_by_name())),
        Facet("seeks", _("Seeks"), words[Term.Use.EXCHANGE]),
        Facet("offers", _("Offers"), words[Term.Use.EXCHANGE]),
        Facet("evidence", _("Evidence"), {level.value: str(level.label).capitalize() for level in Evidence}),
    ]


# Visitors -------------------------------------------------------------------------------------


# These two by hand: they stand before every page, and the ORM takes longer to write them than the database to answer.
# A question for each way in, as each is one look at an index, where one with OR would read everybody. The same as
# `ParticipantQuerySet.managed_by`; a test compares the two.
_PEOPLE = """
SELECT * FROM registrations_participant person
WHERE person.conference_id = %(conference)s AND person.status IN ('confirmed', 'waiting') AND person.id IN (
    SELECT own.id FROM registrations_participant own WHERE own.user_id = %(user)s
    UNION SELECT guest.id FROM registrations_invitation invitation
    JOIN registrations_participant guest ON guest.invitation_id = invitation.id
    WHERE invitation.contact_id = %(user)s
    UNION SELECT guest.id FROM registrations_invitation invitation
    JOIN registrations_participant guest ON guest.invitation_id = invitation.id
    WHERE invitation.assistant_id = %(user)s
)
ORDER BY person.id
"""
_REMEMBERED = "SELECT stand_id FROM marketplace_remembered WHERE participant_id = %s"


def people_of(user: User, conference_id: int) -> list[Participant]:
    """As whom the user visits the stands: themselves first, then the people whom they manage."""
    managed = Participant.objects.raw(_PEOPLE, {"conference": conference_id, "user": user.pk})
    return sorted(managed, key=lambda person: person.user_id != user.pk)


def remembered_by(visitor: Participant) -> set[int]:
    """The stands (primary keys) on their visiting list."""
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBERED, [visitor.pk])
        return {stand for (stand,) in cursor.fetchall()}


def contacts_left_at(stand: Stand) -> QuerySet[ContactLeft]:
    """What visitors have left for the stand and not taken back, the newest first."""
    found = ContactLeft.objects.filter(stand=stand, revoked_at=None)
    return found.select_related("participant__delegation__member_state").order_by("-consented_at", "-pk")
