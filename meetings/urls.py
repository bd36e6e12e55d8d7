"""Addresses of participants. `me` is the participant for whom the user acts: see acting.py."""

from django.urls import path

from meetings.views import directory, entry

app_name = "meetings"

# Profiles, and finding each other.
PEOPLE = [
    path("<slug:slug>/meetings/", entry.entry, name="entry"),
    path("my/<int:me>/meetings/directory/", directory.directory, name="directory"),
]
# Asking and answering, and what comes of it.
REQUESTS: list = []

urlpatterns = [*PEOPLE, *REQUESTS]
