"""Sent inside the transaction of the change: a receiver that fails rolls it back."""

from django.dispatch import Signal

# An organiser gave the account another e-mail address, so that somebody else may sign in with it. Argument: user.
address_replaced = Signal()
