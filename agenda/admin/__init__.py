"""Organisers' pages of the programme: planning board, sessions, releases, speakers."""

from agenda.admin import imports, planning, releases, sessions, speakers

__all__ = ["imports", "planning", "releases", "sessions", "speakers"]
