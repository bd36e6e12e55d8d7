"""Organisers' pages of the market place: call, applications, selection, hall and report."""

from marketplace.admin import applications, calls

__all__ = ["applications", "calls"]
