"""Sent inside the transaction of the change: a receiver that fails rolls it back."""

from django.dispatch import Signal

# An account, a role or a second factor changed, or sign-in to an organiser's account was blocked. Arguments: subject
# (User or Group), action (words of the history), by (User or None), fields (names of changed fields, never values).
account_changed = Signal()
# An organiser gave the account another e-mail address, so that somebody else may sign in with it. Argument: user.
address_replaced = Signal()
