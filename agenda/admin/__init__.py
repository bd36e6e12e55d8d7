"""Organisers' pages of the programme: planning board, sessions, releases, speakers."""

from agenda.admin import planning, releases, sessions, speakers

__all__ = ["planning", "releases", "sessions", "speakers"]
