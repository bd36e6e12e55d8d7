"""Everybody's meetings on a page of their own, as one document to be handed out with the badges."""

from dataclasses import dataclass

from agenda.papers.wording import all_times, day_in_words, span
from conference import pdf
from conference.models import Conference
from meetings.models import Meeting, Profile
from registrations.models import Participant


@dataclass(frozen=True)
class _Line:
    when: str
    table: int
    place: str
    partner: Participant


@dataclass(frozen=True)
class _Sheet:
    person: Participant
    # Each day in words, with the meetings in the order of time.
    days: list[tuple[str, list[_Line]]]


def schedules_pdf(conference: Conference) -> bytes:
    """A page for everybody who wants meetings or has one, in the order of delegations and names; published meetings.

    The number of queries does not grow with the participants. Raises conference.pdf.PdfUnavailable without Pango.
    """
    meetings: dict[int, list[Meeting]] = {}
    shown = Meeting.objects.shown().filter(conference=conference).with_people().order_by("slot__starts_at", "pk")
    for meeting in shown:
        for person in meeting.people:
            meetings.setdefault(person.pk, []).append(meeting)
    wanting = Profile.objects.listed().of(conference).values("participant")
    people = Participant.objects.filter(pk__in=wanting) | Participant.objects.filter(pk__in=meetings)
    sheets = [
        _Sheet(person, _days(person, meetings.get(person.pk, []), conference))
        for person in people.select_related("delegation").order_by("delegation__name", "family_name", "pk")
    ]
    context = {
        "conference": conference,
        "sheets": sheets,
        "all_times": all_times(conference.venue.city or conference.time_zone),
    }
    return pdf.render("pdf/meetings/schedules.html", context)


def _days(person: Participant, meetings: list[Meeting], conference: Conference) -> list[tuple[str, list[_Line]]]:
    days: dict[str, list[_Line]] = {}
    for meeting in meetings:
        if meeting.slot is None or meeting.table is None:
            continue
        day = day_in_words(meeting.slot.starts_at.astimezone(conference.zone).date())
        days.setdefault(day, []).append(
            _Line(
                when=span(conference.zone, meeting.slot.starts_at, meeting.slot.ends_at),
                table=meeting.table.number,
                place=meeting.slot.block.place or meeting.slot.block.title,
                partner=meeting.partner_of(person),
            )
        )
    return list(days.items())
