"""What can be done with delegations, waves, invitations and participants.

`places` counts seats and places, `waves` sends invitations, `replies` takes answers.
"""
