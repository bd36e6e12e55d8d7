"""Sent inside the transaction of the change: a receiver that fails rolls it back."""

from django.dispatch import Signal

# The address of a mail does not exist or refuses mail. Arguments: mail, detail.
mail_bounced = Signal()
