"""Sent inside the transaction of the change: a receiver that fails rolls it back."""

from django.dispatch import Signal

# A participant no longer takes part. Arguments: participant, by.
registration_withdrawn = Signal()
