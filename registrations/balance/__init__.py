"""Whom to invite next: targets, where a conference stands against them, proposals and what they would bring.

Plain values in, plain values out: nothing here knows of the database, so that all of it is tested and measured alone.

`values` the facts of a choice; `targets` shares of seats; `chances` acceptance and the distribution of seats; `rows`
the sum that is made small; `solving` who is chosen; `proposing` the proposal with its reasons; `simulating` what if.
"""
