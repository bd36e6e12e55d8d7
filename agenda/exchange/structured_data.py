"""The programme for search engines: schema.org's BusinessEvent with its sub-events, as JSON-LD."""

import json
from typing import Any

from agenda.exchange import wording
from agenda.exchange.naming import people_of
from agenda.programme import Programme, PublicPerson, PublicSession

# A script element ends at “</”, and old scripts at two line ends that JSON allows; none may reach the page raw.
_ESCAPES = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def business_event(programme: Programme) -> str:
    """JSON-LD, safe between `<script type="application/ld+json">` and its end. Times carry the venue's offset."""
    event: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "BusinessEvent",
        "@id": programme.url,
        "url": programme.url,
        "name": programme.title,
        **_times(programme),
        "eventStatus": "https://schema.org/EventScheduled",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {
            "@type": "Place",
            "name": programme.venue,
            "address": {
                "@type": "PostalAddress",
                "streetAddress": programme.address.removeprefix(programme.venue).lstrip(", "),
                "addressLocality": programme.city,
            },
        },
        "organizer": {"@type": "Organization", "name": programme.organiser},
        "performer": [_person(programme, person) for person in programme.people],
        "subEvent": [_session(programme, session) for session in programme.sessions],
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def _times(programme: Programme) -> dict[str, str]:
    """From the first session to the end of the last; the day alone where nothing is planned yet."""
    if not programme.sessions:
        return {"startDate": programme.held_on.isoformat(), "endDate": programme.held_on.isoformat()}
    return {
        "startDate": wording.local(programme, min(session.starts_at for session in programme.sessions)),
        "endDate": wording.local(programme, max(session.ends_at for session in programme.sessions)),
    }


def _person(programme: Programme, person: PublicPerson) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "@type": "Person",
        "@id": wording.speaker_address(programme, person),
        "name": person.name,
    }
    if person.function:
        facts["jobTitle"] = person.function
    if person.organisation:
        facts["affiliation"] = {"@type": "Organization", "name": person.organisation}
    return facts


def _session(programme: Programme, session: PublicSession) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "@type": "Event",
        "name": session.title,
        "url": wording.session_address(programme, session),
        "startDate": wording.local(programme, session.starts_at),
        "endDate": wording.local(programme, session.ends_at),
        "location": {"@type": "Place", "name": session.room or programme.venue},
    }
    # The people stand above, once: here only which of them.
    performers = [{"@id": wording.speaker_address(programme, person)} for person in people_of(programme, session)]
    if performers:
        facts["performer"] = performers
    return facts
