"""The programme as schedule.xml, which conference apps on telephones read.

Format: https://c3voc.de/wiki/schedule, schema https://c3voc.de/schedule/schema.xsd.
"""

from xml.etree.ElementTree import Element, SubElement, tostring

from agenda.exchange import naming, wording
from agenda.exchange.wording import plain
from agenda.programme import Programme, PublicSession


def render(programme: Programme) -> bytes:
    """The whole programme, with breaks; valid against the schema whatever the texts contain."""
    root = Element("schedule")
    # The schema wants the generator first.
    SubElement(root, "generator", name=naming.GENERATOR, version=naming.FORMAT_VERSION)
    _text(root, "url", f"{programme.url}schedule.xml")
    _text(root, "version", wording.version(programme))
    days = naming.days(programme)
    _conference(SubElement(root, "conference"), programme, days)
    for day in days:
        element = SubElement(
            root,
            "day",
            index=str(day.index),
            date=day.date.isoformat(),
            start=wording.local(programme, day.starts_at),
            end=wording.local(programme, day.ends_at),
        )
        for room, sessions in day.rooms.items():
            place = SubElement(element, "room", name=plain(room), guid=str(naming.room_guid(programme, room)))
            for session in sessions:
                _event(place, programme, session, room)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _text(parent: Element, tag: str, text: str) -> Element:
    element = SubElement(parent, tag)
    element.text = plain(text)
    return element


def _conference(element: Element, programme: Programme, days: list[naming.Day]) -> None:
    _text(element, "acronym", naming.acronym(programme))
    _text(element, "title", programme.title)
    _text(element, "start", days[0].date.isoformat())
    _text(element, "end", days[-1].date.isoformat())
    _text(element, "days", str(len(days)))
    _text(element, "timeslot_duration", naming.TIMESLOT)
    _text(element, "base_url", programme.url)
    _text(element, "url", programme.url)
    _text(element, "time_zone_name", programme.time_zone)


def _event(parent: Element, programme: Programme, session: PublicSession, room: str) -> None:
    event = SubElement(parent, "event", id=str(session.number), guid=str(session.guid), code=session.code)
    begins = programme.local(session.starts_at)
    _text(event, "room", room)
    _text(event, "title", session.title)
    _text(event, "subtitle", session.question)
    _text(event, "type", session.kind.value)
    _text(event, "date", begins.isoformat())
    _text(event, "start", begins.strftime("%H:%M"))
    _text(event, "duration", wording.hours_and_minutes(session.minutes))
    _text(event, "abstract", session.abstract)
    _text(event, "slug", naming.slug(programme, session))
    _text(event, "track", "")
    _text(event, "language", session.languages[0] if session.languages else "")
    _text(event, "description", "\n\n".join(wording.details(programme, session)))
    _text(event, "url", wording.session_address(programme, session))
    persons = SubElement(event, "persons")
    for person in naming.people_of(programme, session):
        _text(persons, "person", person.name).set("guid", str(person.guid))
    attachments = SubElement(event, "attachments")
    for talk in session.presentations:
        for document in talk.documents:
            attachment = _text(attachments, "attachment", document.name)
            attachment.set("href", wording.document_address(programme, document.key))
            attachment.set("type", "slides")
