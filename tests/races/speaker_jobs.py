"""What one racer does to a speaker. Each returns a word for the outcomes that are foreseen."""

from agenda.models import Speaker
from agenda.services import reminders, speakers


def reply(speaker: int, word: str) -> str:
    change = {"accept": speakers.accept, "decline": speakers.decline}[word]
    try:
        change(Speaker.objects.get(pk=speaker), by=None)
    except speakers.AlreadyReplied:
        return "already replied"
    return word


def remind() -> int:
    """How many reminders were this racer's."""
    return reminders.remind_due()
