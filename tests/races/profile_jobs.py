"""What one racer does with a profile. Returns a word for the outcomes that are foreseen; anything else is an error."""

from meetings.models import ProfileTerm, Term
from meetings.services import profiles, requests
from meetings.services.profiles import ProfileChanged, Said, Tick
from meetings.services.seats import MeetingRefused
from registrations.models import Participant


def describe(participant: int, number: int) -> str:
    """Says that they seek and offer as many terms as `number`, and writes it into the text."""
    found = Participant.objects.select_related("user", "conference").get(pk=participant)
    terms = Term.objects.filter(conference=found.conference).order_by("pk")[:number]
    ticks = frozenset(Tick(term.pk, sense) for term in terms for sense in (ProfileTerm.Sense.SEEKS, "offers"))
    try:
        profiles.describe(found, Said(languages=["en"], text=str(number), ticks=ticks), version=1, by=found.user)
    except ProfileChanged:
        return "told"
    return "saved"


def opt_in(participant: int) -> str:
    found = Participant.objects.select_related("user", "conference").get(pk=participant)
    profiles.opt_in(found, names_shown=True, by=found.user)
    return "in"


def ask_or_opt_out(asker: int, star: int) -> str:
    """The star opts out where it is both."""
    found = Participant.objects.select_related("user", "conference").get(pk=asker)
    if asker == star:
        profiles.opt_out(found, by=found.user)
        return "out"
    try:
        requests.ask(found, Participant.objects.get(pk=star), by=found.user)
    except MeetingRefused:
        return "refused"
    return "asked"
