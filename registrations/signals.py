"""Sent inside the transaction of the change: a receiver that fails rolls it back."""

from django.dispatch import Signal

# A participant no longer takes part. Arguments: participant, by.
registration_withdrawn = Signal()

# Somebody is registered, or takes the seat of another person. Arguments: participant, answers, by. `answers` are those
# to the questions of registrations/questions.py, by name; empty where none were asked.
person_registered = Signal()
# What is known of a participant was corrected. Arguments: participant, by.
participant_changed = Signal()
# Nobody comes on this invitation any more: declined, lapsed or withdrawn. Arguments: invitation, by.
invitation_refused = Signal()
