from django.urls import path

from registrations import views

app_name = "registrations"
urlpatterns = [
    path("invitation/<str:token>/", views.invitation, name="invitation"),
    path("invitation/<str:token>/opened/", views.invitation_opened, name="invitation_opened"),
    path("invitation/<str:token>/decline/", views.invitation_decline, name="invitation_decline"),
    path("my/", views.my_registrations, name="mine"),
    path("my/invitations/<int:pk>/add/", views.add_person, name="add_person"),
    path("my/<int:pk>/", views.participant, name="participant"),
    path("my/<int:pk>/change/", views.participant_change, name="participant_change"),
    path("my/<int:pk>/replace/", views.participant_replace, name="participant_replace"),
    path("my/<int:pk>/withdraw/", views.participant_withdraw, name="participant_withdraw"),
    path("my/<int:pk>/confirmation.pdf", views.participant_pdf, name="participant_pdf"),
    path("my/<int:pk>/conference.ics", views.participant_calendar, name="participant_calendar"),
]
