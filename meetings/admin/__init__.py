"""Organisers' pages of the meetings: places and rules, placements, the board, the day itself, what is printed."""

from meetings.admin import home, profiles, terms

__all__ = ["home", "profiles", "terms"]
