from django.urls import path

from registrations.views import addresses, links, mine, needs

app_name = "registrations"
urlpatterns = [
    path("invitation/<str:token>/", links.invitation, name="invitation"),
    path("invitation/<str:token>/opened/", links.invitation_opened, name="invitation_opened"),
    path("invitation/<str:token>/decline/", links.invitation_decline, name="invitation_decline"),
    path("address/<str:token>/", addresses.address_notice, name="address_notice"),
    path("address-change/<str:token>/", addresses.address_change, name="address_change"),
    path("address-change/<str:token>/keep/", addresses.address_keep, name="address_keep"),
    path("my/", mine.registrations, name="mine"),
    path("my/invitations/<int:pk>/add/", mine.add_person, name="add_person"),
    path("my/<int:pk>/", mine.participant, name="participant"),
    path("my/<int:pk>/change/", mine.participant_change, name="participant_change"),
    path("my/<int:pk>/address/", mine.participant_address, name="participant_address"),
    path("my/<int:pk>/replace/", mine.participant_replace, name="participant_replace"),
    path("my/<int:pk>/needs/withdraw/", needs.withdraw, name="needs_withdraw"),
    path("my/<int:pk>/withdraw/", mine.participant_withdraw, name="participant_withdraw"),
    path("my/<int:pk>/confirmation.pdf", mine.participant_pdf, name="participant_pdf"),
    path("my/<int:pk>/conference.ics", mine.participant_calendar, name="participant_calendar"),
]
