"""Sent inside the transaction of the change: a receiver that fails rolls it back."""

from django.dispatch import Signal

# A release came out. Arguments: conference, old (the programme of the release before, None for the first), new, by.
programme_published = Signal()
