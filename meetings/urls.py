"""Addresses of participants. `me` is the participant for whom the user acts: see acting.py."""

from django.urls import path

from meetings.views import asking, directory, entry, feeds, mine, profile, suggestions

app_name = "meetings"

# Profiles, and finding each other.
PEOPLE = [
    path("<slug:slug>/meetings/", entry.entry, name="entry"),
    path("<slug:slug>/meetings/with/<int:other>/", entry.with_somebody, name="with"),
    path("my/<int:me>/meetings/directory/", directory.directory, name="directory"),
    path("my/<int:me>/meetings/directory/<int:other>/", directory.person, name="person"),
    path("my/<int:me>/meetings/suggestions/", suggestions.suggestions, name="suggestions"),
    path("my/<int:me>/meetings/profile/", profile.profile, name="profile"),
    path("my/<int:me>/meetings/profile/end/", profile.opt_out, name="opt_out"),
    path("my/<int:me>/meetings/profile/times/", profile.times, name="times"),
    path("my/<int:me>/meetings/profile/times/absent/", profile.absent, name="absent"),
    path("my/<int:me>/meetings/profile/assistants/", profile.assistants, name="assistants"),
    path(
        "my/<int:me>/meetings/profile/assistants/<int:pk>/dismiss/",
        profile.assistant_dismiss,
        name="assistant_dismiss",
    ),
]
# Asking and answering, and what comes of it.
REQUESTS = [
    path("my/<int:me>/meetings/", mine.mine, name="mine"),
    path("my/<int:me>/meetings/my-meetings.pdf", mine.printed, name="mine_pdf"),
    path("my/<int:me>/meetings/calendar/", feeds.calendar, name="calendar"),
    path("my/<int:me>/meetings/calendar/revoke/", feeds.calendar_revoke, name="calendar_revoke"),
    path("my/<int:me>/meetings/ask/<int:other>/", asking.ask, name="ask"),
    path("my/<int:me>/meetings/requests/<int:pk>/", asking.show, name="request"),
    path("my/<int:me>/meetings/requests/<int:pk>/accept/", asking.accept, name="accept"),
    path("my/<int:me>/meetings/requests/<int:pk>/counter/", asking.counter, name="counter"),
    path("my/<int:me>/meetings/requests/<int:pk>/decline/", asking.decline, name="decline"),
    path("my/<int:me>/meetings/requests/<int:pk>/no-thanks/", asking.refuse, name="refuse"),
    path("my/<int:me>/meetings/requests/<int:pk>/withdraw/", asking.withdraw, name="withdraw"),
    path("my/<int:me>/meetings/<int:pk>/", mine.meeting, name="meeting"),
    path("my/<int:me>/meetings/<int:pk>/late/", mine.late, name="late"),
    path("my/<int:me>/meetings/<int:pk>/cancel/", mine.cancel, name="cancel"),
    path("my/<int:me>/meetings/<int:pk>/held/", mine.held, name="held"),
    path("my/<int:me>/meetings/<int:pk>/note/", mine.note, name="note"),
    path("meetings/calendar/<str:token>.ics", feeds.feed, name="feed"),
    path("meetings/live/<str:token>/", feeds.poll, name="live"),
]

urlpatterns = [*PEOPLE, *REQUESTS]
