"""The catalogue follows its stands: whoever changes what an entry shows calls one of these in the same transaction."""

import uuid
from collections.abc import Collection

from django.db import connection, transaction

from marketplace import search
from marketplace.listing import indexable_stands
from marketplace.models import Call, IndexedStand, Stand, StandApplication

_BATCH = 500


@transaction.atomic
def refresh(call_id: int, stands: Collection[int]) -> None:
    """Brings these stands (primary keys) into the catalogue as they are now, and takes those out that were released."""
    live = list(indexable_stands(Stand.objects.filter(pk__in=stands, call=call_id, released_at=None)))
    search.put(_indexed(stand) for stand in live)
    search.drop(call_id, set(stands) - {stand.pk for stand in live})
    Call.objects.filter(pk=call_id).update(catalogue_key=uuid.uuid4())


def refresh_of(application: StandApplication) -> None:
    """The same for the stand of an application, if it has one: its words, picture or contact have changed."""
    stands = Stand.objects.filter(application=application).values_list("call", "pk")
    for call_id, stand in stands:
        refresh(call_id, [stand])


def touch(conference_id: int) -> None:
    """What the catalogue shows has changed, though no word that is searched for: places, lists, who may see it."""
    Call.objects.filter(conference=conference_id).update(catalogue_key=uuid.uuid4())


@transaction.atomic
def rebuild(call_id: int) -> int:
    """Writes the whole index of a call anew. Returns how many stands it holds."""
    search.make_ready(connection)
    live = list(Stand.objects.filter(call=call_id, released_at=None).order_by("pk").values_list("pk", flat=True))
    gone = IndexedStand.objects.filter(call=call_id).exclude(stand__released_at=None)
    search.drop(call_id, list(gone.values_list("pk", flat=True)))
    for start in range(0, len(live), _BATCH):
        some = Stand.objects.filter(pk__in=live[start : start + _BATCH])
        search.put(_indexed(stand) for stand in indexable_stands(some))
    Call.objects.filter(pk=call_id).update(catalogue_key=uuid.uuid4())
    return len(live)


def _indexed(stand: Stand) -> IndexedStand:
    """The words by which a stand is found. Needs what `indexable_stands` reads along."""
    said = stand.application
    delegation = said.delegation
    state, city = delegation.member_state, delegation.city
    words = [
        term.name for terms in (said.topics, said.target_groups, said.sought, said.offered) for term in terms.all()
    ]
    return IndexedStand(
        pk=stand.pk,
        call_id=stand.call_id,
        heading=search.indexable([said.initiative]),
        about=search.indexable(
            [
                delegation.name,
                *((city.name, city.other_names) if city else ()),
                *((state.name, state.own_name) if state else ()),
                *words,
            ]
        ),
        text=search.indexable(
            [said.challenge, said.approach, said.results, said.transferable, said.seeks, said.offers]
        ),
    )
