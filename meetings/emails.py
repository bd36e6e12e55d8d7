"""The mails about requests and meetings: which kinds there are, what their placeholders hold, and to whom they go.

Each has a link to the page of the person who reads it; assistants get copies and follow the same link. Mails about a
time carry a calendar entry; the functions that queue them raise its SEQUENCE.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.conf import settings
from django.db.models import F, prefetch_related_objects
from django.urls import reverse
from django.utils import formats, timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from conference.models import Conference
from mailings import kinds, services
from mailings.services import Draft
from meetings import calendars, reasons
from meetings.models import Meeting, MeetingRequest, Slot
from meetings.naming import called, is_on_behalf
from meetings.scheduling.explaining import Why
from registrations.models import Participant

_COMMON = {
    "conference": gettext_lazy("title of the conference"),
    "date": gettext_lazy("its date"),
    "venue": gettext_lazy("venue and address on one line"),
    "organiser": gettext_lazy("name of the organiser"),
    "mailbox": gettext_lazy("functional mailbox"),
    "name": gettext_lazy("title and name of the reader"),
    "partner": gettext_lazy("the other person: name where it may be shown, function, city or organisation"),
    "delegation": gettext_lazy("the other one's city or organisation"),
    "on_behalf": gettext_lazy("the sentence that somebody acted on behalf of the other one; empty if nobody did"),
    "meetings_link": gettext_lazy("address of the reader's meetings"),
    "suggestions_link": gettext_lazy("address of the page with suggestions whom to meet"),
}
_REQUEST = {
    **_COMMON,
    "proposal": gettext_lazy("the sentence that says which time is proposed, if any"),
    "message": gettext_lazy("what the asker writes, introduced; empty if nothing"),
    "reply_by": gettext_lazy("until when the request stands"),
    "request_link": gettext_lazy("address of the page where the reader answers"),
}
_CLOSED = {**_COMMON, "message": gettext_lazy("what the other one writes, introduced; empty if nothing")}
_MEETING = {
    **_COMMON,
    "when": gettext_lazy("day and time"),
    "table": gettext_lazy("number of the table"),
    "place": gettext_lazy("where the tables stand"),
    "meeting_link": gettext_lazy("address of the meeting's page"),
}


def register_kinds() -> None:
    """Tells mailings which mails an organiser can rewrite."""
    for name, label, placeholders, required in [
        ("meeting_request", gettext_lazy("Request for a meeting"), _REQUEST, ("request_link",)),
        ("meeting_reminder", gettext_lazy("Reminder: a request expires soon"), _REQUEST, ("request_link",)),
        ("meeting_countered", gettext_lazy("Another time is proposed for a meeting"), _REQUEST, ("request_link",)),
        ("meeting_accepted", gettext_lazy("A request is accepted, the time follows"), _MEETING, ("meeting_link",)),
        ("meeting_declined", gettext_lazy("A request is declined"), _CLOSED, ()),
        ("meeting_withdrawn", gettext_lazy("A request is withdrawn"), _CLOSED, ()),
        ("meeting_expired", gettext_lazy("A request has expired"), _CLOSED, ()),
        ("meeting_not_possible", gettext_lazy("A request ends: one of the two no longer comes"), _CLOSED, ()),
        ("meeting_placed", gettext_lazy("A meeting has a time and a table"), _MEETING, ("meeting_link",)),
        (
            "meeting_moved",
            gettext_lazy("A meeting moves"),
            {**_MEETING, "before": gettext_lazy("day, time and table until now")},
            ("meeting_link",),
        ),
        (
            "meeting_dropped",
            gettext_lazy("A meeting has lost its time"),
            {**_MEETING, "reason": gettext_lazy("why")},
            ("meeting_link",),
        ),
        (
            "meeting_unplaced",
            gettext_lazy("No time was found for a meeting so far"),
            {**_MEETING, "reason": gettext_lazy("why")},
            ("meeting_link",),
        ),
        (
            "meeting_cancelled",
            gettext_lazy("A meeting is cancelled"),
            {
                **_MEETING,
                "what": gettext_lazy("the sentence that says who has cancelled which meeting"),
                "reason": gettext_lazy("why, introduced; empty if nothing was said"),
            },
            (),
        ),
    ]:
        kinds.register(kinds.MailKind(name, label, placeholders, _examples, required))


def _examples(conference: Conference) -> dict[str, str]:
    day = formats.date_format(conference.held_on, "l j F Y")
    when = _("%(day)s, %(times)s") % {"day": day, "times": "10.32–10.44"}
    my = f"{settings.SITE_URL}/my/1/meetings/"
    return {
        **_conference_values(conference),
        "name": "Mr Anders Vilvoorde",
        "partner": _("Ms Jana Štěpánková, Head of Prevention, Brno"),
        "delegation": "Brno",
        "on_behalf": "",
        "proposal": _("The proposed time is %(when)s.") % {"when": when},
        "message": _("They write: “%(text)s”") % {"text": _("We would like to hear how you work with schools.")},
        "reply_by": _("%(day)s, %(times)s") % {"day": day, "times": "18.00"},
        "when": when,
        "before": _("%(when)s, table %(table)s") % {"when": when, "table": 3},
        "table": "7",
        "place": _("Atrium"),
        "what": _("%(partner)s has cancelled your meeting.") % {"partner": "Brno"},
        "reason": _("The reason: %(reason)s") % {"reason": _("Our train is late.")},
        "meetings_link": my,
        "suggestions_link": f"{my}suggestions/",
        "request_link": f"{my}requests/1/",
        "meeting_link": f"{my}1/",
    }


# Requests ----------------------------------------------------------------------------------------


def queue_request(request: MeetingRequest, *, by: User | None) -> None:
    """To whoever is asked. As below, needs `MeetingRequest.objects.with_people()`."""
    _queue_request(request, "meeting_request", by=by)


def queue_countered(proposal: MeetingRequest, *, by: User | None) -> None:
    """To the former asker, who now answers `proposal`."""
    _queue_request(proposal, "meeting_countered", by=by)


def queue_reminder(request: MeetingRequest) -> None:
    """To whoever is asked and has not answered."""
    _queue_request(request, "meeting_reminder", by=None)


def _queue_request(request: MeetingRequest, kind: str, *, by: User | None) -> None:
    with translation.override(settings.LANGUAGE_CODE):
        proposal = (
            _("The proposed time is %(when)s.") % {"when": when(request.slot, request.conference)}
            if request.slot
            else _("No time is proposed: if you accept, you can choose one, or leave that to the organiser.")
        )
        values = {
            "proposal": proposal,
            "message": _written(request.message),
            "reply_by": instant(request.expires_at, request.conference),
            "request_link": _link("meetings:request", request.asked_id, request.pk),
        }
    _queue(kind, f"{kind}:{request.pk}", request.asked, request.asker, values, agreed=False, by=by)


def queue_declined(request: MeetingRequest, *, by: User | None) -> None:
    """To the asker, the same words after “no thanks”."""
    values = {"message": _written(request.answer)}
    _queue("meeting_declined", f"meeting_declined:{request.pk}", request.asker, request.asked, values, by=by)


def queue_withdrawn(request: MeetingRequest, *, by: User | None) -> None:
    """To whoever was asked."""
    _queue("meeting_withdrawn", f"meeting_withdrawn:{request.pk}", request.asked, request.asker, {}, by=by)


def queue_expired(request: MeetingRequest) -> None:
    """To the asker: there was no answer in time."""
    _queue("meeting_expired", f"meeting_expired:{request.pk}", request.asker, request.asked, {})


def queue_not_possible(request: MeetingRequest, *, gone: Participant) -> None:
    """To the other one, where `gone` no longer takes part or no longer wants meetings."""
    told = request.partner_of(gone)
    _queue("meeting_not_possible", f"meeting_not_possible:{request.pk}", told, gone, {})


# Meetings ----------------------------------------------------------------------------------------


def queue_accepted(meeting: Meeting, *, by: User | None) -> None:
    """To the asker. With a time both get it instead by `queue_placed`."""
    values = _meeting_values(meeting, meeting.request.asker, meeting.slot)
    key = f"meeting_accepted:{meeting.pk}"
    _queue("meeting_accepted", key, meeting.request.asker, meeting.request.asked, values, agreed=True, by=by)


def queue_placed(*meetings: Meeting, by: User | None = None) -> None:
    """To both, with the calendar entry: the meetings have a time and a table, which they had not before.

    `by` is who accepted just now, None where the organiser has placed what was agreed earlier.
    As below, needs `Meeting.objects.with_people()`, raises `sequence`, and needs the transaction of the change.
    """
    _raise_sequences(meetings)
    people = [person for meeting in meetings for person in meeting.people]
    prefetch_related_objects(people, "meeting_assistants", "invitation")
    drafts = []
    for meeting in meetings:
        asker, asked = meeting.people
        drafts += [_draft("meeting_placed", meeting, asker, by=by), _draft("meeting_placed", meeting, asked)]
    _enqueue(drafts)


def queue_moved(meeting: Meeting, *, slot: Slot, table: int) -> None:
    """To both, with the entry that moves theirs. `slot` and `table` (its number) are where the meeting was before."""
    _raise_sequences([meeting])
    with translation.override(settings.LANGUAGE_CODE):
        place = {"when": when(slot, meeting.conference), "table": table}
        before = _("%(when)s, table %(table)s") % place
    _enqueue([_draft("meeting_moved", meeting, person, before=before) for person in meeting.people])


def queue_dropped(meeting: Meeting, *, slot: Slot, reason: str = "") -> None:
    """To both, with the entry that takes theirs out: the meeting stands, without the time `slot` that it had."""
    _raise_sequences([meeting])
    _enqueue(
        [
            _draft("meeting_dropped", meeting, person, method=calendars.CANCEL, slot=slot, reason=reason)
            for person in meeting.people
        ]
    )


def queue_unplaced(meetings: Mapping[Meeting, Why]) -> None:
    """To both, why a placement found no time for their meeting. Nobody is told the same twice of one meeting."""
    people = [person for meeting in meetings for person in meeting.people]
    prefetch_related_objects(people, "meeting_assistants", "invitation")
    drafts = []
    with translation.override(settings.LANGUAGE_CODE):
        for meeting, why in meetings.items():
            for person in meeting.people:
                reason = reasons.why_not(meeting, person, {meeting.pk: why})
                conference, draft = _draft("meeting_unplaced", meeting, person, method="", reason=reason)
                key = f"meeting_unplaced:{meeting.pk}:{why.value}:{person.pk}"
                drafts.append((conference, replace(draft, key=key)))
    _enqueue(drafts)


def queue_cancelled(meeting: Meeting, *, was_shown: bool, by: User | None = None) -> None:
    """To both; who cancelled and why stands in the meeting. `was_shown`: it had a time that they knew.

    Who cancelled gets only the entry that takes the meeting out of the calendar, and no mail where there is none.
    """
    canceller = meeting.cancelled_by
    slot = meeting.slot if was_shown else None
    if slot:
        _raise_sequences([meeting])
    drafts = []
    with translation.override(settings.LANGUAGE_CODE):
        for person in meeting.people:
            is_own = canceller is not None and canceller.pk == person.pk
            if is_own and not slot:
                continue
            partner = called(meeting.partner_of(person), agreed=True)
            if is_own:
                what = _("You have cancelled your meeting with %(partner)s.")
            elif canceller:
                what = _("%(partner)s has cancelled your meeting.")
            else:
                what = _("The organiser has cancelled your meeting with %(partner)s.")
            drafts.append(
                _draft(
                    "meeting_cancelled",
                    meeting,
                    person,
                    method=calendars.CANCEL if slot else "",
                    slot=slot,
                    by=by if canceller and not is_own else None,
                    what=what % {"partner": partner},
                    reason=_("The reason: %(reason)s") % {"reason": meeting.reason} if meeting.reason else "",
                )
            )
    _enqueue(drafts)


def _raise_sequences(meetings: Iterable[Meeting]) -> None:
    changed = {meeting.pk: meeting for meeting in meetings}
    Meeting.objects.filter(pk__in=changed).update(sequence=F("sequence") + 1)
    for pk, sequence in Meeting.objects.filter(pk__in=changed).order_by().values_list("pk", "sequence"):
        changed[pk].sequence = sequence


def _draft(
    kind: str,
    meeting: Meeting,
    person: Participant,
    *,
    method: str = calendars.REQUEST,
    slot: Slot | None = None,
    by: User | None = None,
    **values: str,
) -> tuple[Conference, Draft]:
    with translation.override(settings.LANGUAGE_CODE):
        return meeting.conference, Draft(
            kind=kind,
            key=f"{kind}:{meeting.pk}:{meeting.sequence}:{person.pk}",
            to=[person.email],
            cc=_copies(person),
            values={
                **_values(meeting.conference, person, meeting.partner_of(person), agreed=True, by=by),
                **_meeting_values(meeting, person, slot or meeting.slot),
                **values,
            },
            language=person.language,
            calendar=calendars.entry(meeting, person, method, slot=slot) if method else "",
            calendar_method=method,
        )


def _enqueue(drafts: list[tuple[Conference, Draft]]) -> None:
    if drafts:
        services.enqueue_many(drafts[0][0], [draft for _conference, draft in drafts])


# What all have ---------------------------------------------------------------------------------------


def _queue(
    kind: str,
    key: str,
    reader: Participant,
    partner: Participant,
    values: Mapping[str, str],
    *,
    agreed: bool = False,
    by: User | None = None,
) -> None:
    """`by` acted for `partner`; where that is somebody else, the mail says so."""
    with translation.override(settings.LANGUAGE_CODE):
        services.enqueue(
            reader.conference,
            Draft(
                kind=kind,
                key=key,
                to=[reader.email],
                cc=_copies(reader),
                values={**_values(reader.conference, reader, partner, agreed=agreed, by=by), **values},
                language=reader.language,
            ),
        )


def _copies(participant: Participant) -> list[str]:
    """Who assists with the meetings, and who assisted with the registration."""
    addresses = [assistant.email for assistant in participant.meeting_assistants.all()]
    if participant.invitation:
        addresses.append(participant.invitation.assistant_email)
    own = participant.email.lower()
    return list({address.lower(): address for address in addresses if address and address.lower() != own}.values())


def _conference_values(conference: Conference) -> dict[str, str]:
    return {
        "conference": conference.title,
        "date": formats.date_format(conference.held_on, "l j F Y"),
        "venue": conference.venue.address_on_one_line,
        "organiser": conference.organiser_name,
        "mailbox": conference.mailbox,
    }


def _values(
    conference: Conference, reader: Participant, partner: Participant, *, agreed: bool, by: User | None
) -> dict[str, str]:
    name = called(partner, agreed=agreed)
    return {
        **_conference_values(conference),
        "name": reader.addressed_name,
        "partner": name,
        "delegation": partner.delegation.name,
        "on_behalf": on_behalf(partner, name, by),
        "meetings_link": _link("meetings:mine", reader.pk),
        "suggestions_link": _link("meetings:suggestions", reader.pk),
    }


def _meeting_values(meeting: Meeting, reader: Participant, slot: Slot | None) -> dict[str, str]:
    return {
        "when": when(slot, meeting.conference) if slot else "",
        "table": str(meeting.table.number) if meeting.table else "",
        "place": slot.block.place or slot.block.title if slot else "",
        "meeting_link": _link("meetings:meeting", reader.pk, meeting.pk),
    }


def on_behalf(participant: Participant, name: str, by: User | None) -> str:
    """The sentence that says who acted for the participant; empty where they did so themselves."""
    if by is None or not is_on_behalf(participant, by):
        return ""
    assistant = by.name or _("An assistant")
    return _("%(assistant)s acted on behalf of %(name)s.") % {"assistant": assistant, "name": name}


def _written(text: str) -> str:
    return _("They write: “%(text)s”") % {"text": text} if text else ""


def when(slot: Slot, conference: Conference) -> str:
    """Day and time at the venue: “Friday 26 February 2027, 10.32–10.44”."""
    begin, end = (timezone.localtime(moment, conference.zone) for moment in (slot.starts_at, slot.ends_at))
    times = f"{formats.time_format(begin)}–{formats.time_format(end)}"
    return _("%(day)s, %(times)s") % {"day": formats.date_format(begin, "l j F Y"), "times": times}


def instant(moment: datetime.datetime, conference: Conference) -> str:
    """A point in time at the venue, to the minute."""
    local = timezone.localtime(moment, conference.zone)
    return _("%(day)s, %(times)s") % {
        "day": formats.date_format(local, "l j F Y"),
        "times": formats.time_format(local),
    }


def _link(name: str, *args: int) -> str:
    return settings.SITE_URL + reverse(name, args=args)
