"""What organisers do to a programme at the same instant."""

from agenda import warnings
from agenda.models import Plan, Session
from agenda.rearranging import Followers, move
from agenda.services import planning, releases
from agenda.services.planning import EditedMeanwhile, PlanRefused
from conference.models import Conference


def save_title(session: int, seen: int, title: str) -> str:
    """Saves the session with another title, as seen at version `seen`."""
    changed = Session.objects.select_related("conference").get(pk=session)
    changed.title = title
    try:
        planning.save_session(changed, seen=seen, changed=["title"], by=None)
    except EditedMeanwhile:
        return "told"
    return "saved"


def publish(conference: int) -> str:
    present = Conference.objects.select_related("venue").get(pk=conference)
    confirmed = [warning.key for warning in warnings.find(present)]
    try:
        release = releases.publish(present, note="", seen=None, confirmed=confirmed, by=None)
    except PlanRefused:
        return "nothing new"
    return str(release)


def publish_or_move(conference: int, session: int) -> str:
    """Moves the session and all after it by five minutes where one is given, else publishes."""
    if not session:
        return publish(conference)
    present = Conference.objects.get(pk=conference)
    seen = Plan.objects.get(conference=present).version
    slots = planning.slots_of(present)
    first = next(slot for slot in slots if slot.key == session)
    changed = move(
        slots,
        session,
        starts_at=first.ends_at,
        follow=Followers.ALL,
        zone=present.zone,
    )
    try:
        planning.rearrange(present, changed, seen=seen, what="", by=None)
    except EditedMeanwhile:
        return "told"
    return "moved"
