"""How pages and printed matter call the two who meet, and when."""

from django import template

from meetings import identity
from meetings.forms.asking import times
from meetings.models import Meeting, MeetingRequest, Slot
from meetings.naming import shows_name
from registrations.models import Participant

register = template.Library()


@register.filter
def partner(of: Meeting | MeetingRequest, participant: Participant) -> Participant:
    """The other one of the two."""
    return of.partner_of(participant)


@register.filter
def heading(participant: Participant, agreed: bool = False) -> str:
    """The name where it may be shown, else the function. `agreed`: the reader and they meet."""
    return identity.heading_of(participant, named=shows_name(participant, agreed=agreed))


@register.filter
def line(participant: Participant, agreed: bool = False) -> str:
    """What stands below the heading."""
    return identity.line_of(participant, named=shows_name(participant, agreed=agreed))


@register.filter
def slot_times(slot: Slot) -> str:
    """“10.32–10.44”, at the venue."""
    return times(slot)


@register.filter
def of(mapping: dict[int, str], key: int) -> str:
    """What a mapping says of a key; empty where it says nothing."""
    return mapping.get(key, "")
