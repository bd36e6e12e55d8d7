"""The plan of the hall, and which stand has which place. All of it under the conference's lock."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from conference import history
from conference.models import Conference
from conference.services import lock
from marketplace.halls import Spot
from marketplace.models import HallPlace, Stand
from marketplace.services import index

# Added to numbers that are about to change, so that none meets another on the way. Above all numbers there can be.
_ASIDE = 10_000


class PlaceRefused(Exception):
    """The place cannot be given; the message says why."""


@transaction.atomic
def draw(conference: Conference, spots: Sequence[Spot], *, by: User | None) -> list[Stand]:
    """Replaces the plan. A place that is drawn where one was stays, whatever its number, with the stand on it.

    Returns the stands whose place is gone.
    """
    lock(conference.pk)
    present = {(place.row, place.spot): place for place in HallPlace.objects.filter(conference=conference)}
    wanted = {(spot.row, spot.spot) for spot in spots}
    gone = [place for at, place in present.items() if at not in wanted]
    without = list(Stand.objects.filter(place__in=gone, released_at=None).select_related("application"))
    Stand.objects.filter(place__in=gone).update(place=None)
    HallPlace.objects.filter(pk__in=[place.pk for place in gone]).delete()
    kept, new = [], []
    for spot in spots:
        if place := present.get((spot.row, spot.spot)):
            kept.append((place, spot))
        else:
            new.append(
                HallPlace(
                    conference=conference,
                    number=spot.number,
                    row=spot.row,
                    spot=spot.spot,
                    has_power=spot.has_power,
                )
            )
    for place, spot in kept:
        place.number = spot.number + _ASIDE
    HallPlace.objects.bulk_update([place for place, _spot in kept], ["number"], batch_size=500)
    for place, spot in kept:
        place.number, place.has_power = spot.number, spot.has_power
    HallPlace.objects.bulk_update([place for place, _spot in kept], ["number", "has_power"], batch_size=500)
    HallPlace.objects.bulk_create(new)
    index.touch(conference.pk)
    history.record(conference, "hall drawn", by=by, detail=_("%(number)d places") % {"number": len(spots)})
    return without


@transaction.atomic
def give_place(stand: Stand, place: HallPlace | None, *, by: User | None, seen: int | None = None) -> None:
    """Puts a stand on a place, or takes it off. `seen` is the place's key that the organiser saw the stand on, 0 for
    none: who would undo what somebody else just did is told.

    Raises PlaceRefused where another stand has the place, or the stand is gone.
    """
    conference = lock(stand.call.conference_id)
    stand = _live(stand)
    if seen is not None and (stand.place_id or 0) != seen:
        raise PlaceRefused(
            _("Somebody else gave “%(stand)s” another place meanwhile. Look at the plan again.")
            % {"stand": stand.application.initiative}
        )
    if place is not None and place.conference_id != conference.pk:
        raise PlaceRefused(_("This place is in another hall."))
    if place is not None:
        _check_free(stand, place)
    _put(stand, place, by=by)


@transaction.atomic
def give_places(places: Mapping[Stand, HallPlace], *, by: User | None) -> list[tuple[Stand, str]]:
    """Carries out a proposal as far as it still holds. Returns the stands that got no place, each with the reason."""
    refused: list[tuple[Stand, str]] = []
    if not places:
        return refused
    lock(next(iter(places)).call.conference_id)
    for stand, place in places.items():
        try:
            present = _live(stand)
            if present.place_id:
                raise PlaceRefused(_("It was given a place meanwhile."))
            _check_free(present, place)
        except PlaceRefused as reason:
            refused.append((stand, str(reason)))
        else:
            _put(present, place, by=by)
    return refused


def _live(stand: Stand) -> Stand:
    found = Stand.objects.select_related("application", "place").filter(pk=stand.pk, released_at=None).first()
    if found is None:
        raise PlaceRefused(_("This stand was withdrawn meanwhile."))
    return found


def _check_free(stand: Stand, place: HallPlace) -> None:
    holder = Stand.objects.filter(place=place, released_at=None).exclude(pk=stand.pk).select_related("application")
    if found := holder.first():
        raise PlaceRefused(
            _("Place %(number)d is taken: “%(stand)s” stands there.")
            % {"number": place.number, "stand": found.application.initiative}
        )


def _put(stand: Stand, place: HallPlace | None, *, by: User | None) -> None:
    if stand.place_id == (place.pk if place else None):
        return
    stand.place = place
    stand.save(update_fields=["place"])
    index.touch(stand.application.conference_id)
    detail = _("place %(number)d") % {"number": place.number} if place else _("no place")
    history.record(stand.application, "place given" if place else "place taken back", by=by, detail=detail)
