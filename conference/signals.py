"""Sent inside the transaction of the change: a receiver that fails rolls it back."""

from django.dispatch import Signal

# The conference's limits, its date or its way of taking places changed. Arguments: conference, by.
conference_changed = Signal()
