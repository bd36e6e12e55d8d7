"""What can be done with delegations, waves, invitations and participants.

`places` counts seats and places, `invitations` and `waves` send and remind, `replies` takes answers, `organising` keeps
what organisers set by hand, `retention` ends what may not be kept.
"""
