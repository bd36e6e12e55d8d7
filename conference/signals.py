"""Sent inside the transaction of the change: a receiver that fails rolls it back."""

from django.dispatch import Signal

# The conference's limits, its date or its way of taking places changed. Arguments: conference, by.
conference_changed = Signal()

# The database was restored from a backup, whose state of things is older than the world's. No arguments. A receiver
# stops what would otherwise happen a second time, and returns lines that tell the operator.
database_restored = Signal()
