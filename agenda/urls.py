from django.urls import path

from agenda import public_urls
from agenda.views import feeds, mine, papers, preview, screen, speakers

app_name = "agenda"
urlpatterns = [
    path("my/programme/", mine.mine, name="mine"),
    path("my/programme/<slug:slug>/", mine.my_programme, name="my_programme"),
    path("my/programme/<slug:slug>/star/", mine.star, name="star"),
    path("my/programme/<slug:slug>/changes/", mine.changes, name="my_changes"),
    path("my/programme/<slug:slug>/calendar/", mine.calendar, name="my_calendar"),
    path("my/programme/<slug:slug>/calendar/revoke/", mine.calendar_revoke, name="my_calendar_revoke"),
    path("calendar/<str:token>.ics", feeds.feed, name="feed"),
    path("speaker/<str:token>/", speakers.speaker_link, name="speaker_link"),
    path("speaker/<str:token>/accept/", speakers.speaker_accept, name="speaker_accept"),
    path("speaker/<str:token>/decline/", speakers.speaker_decline, name="speaker_decline"),
    path("speaker/<str:token>/profile/", speakers.speaker_profile, name="speaker_profile"),
    path("speaker/<str:token>/briefing.pdf", speakers.speaker_briefing, name="speaker_briefing"),
    path("speaker/<str:token>/run-of-show/<str:code>.pdf", speakers.speaker_run_of_show, name="speaker_run_of_show"),
    path("speaker/<str:token>/documents/", speakers.speaker_documents, name="speaker_documents"),
    path("speaker/<str:token>/documents/<uuid:key>/", speakers.speaker_document, name="speaker_document"),
    path(
        "speaker/<str:token>/documents/<uuid:key>/delete/",
        speakers.speaker_document_delete,
        name="speaker_document_delete",
    ),
    path("<slug:slug>/programme/preview/", preview.preview, name="preview"),
    path("<slug:slug>/programme/programme.pdf", papers.programme_pdf, name="programme_pdf"),
    path("<slug:slug>/programme/run-of-show.pdf", papers.run_of_show_pdf, name="run_of_show"),
    path("<slug:slug>/programme/door-signs.pdf", papers.door_signs_pdf, name="door_signs"),
    path("<slug:slug>/programme/room-signs.pdf", papers.room_signs_pdf, name="room_signs"),
    path("<slug:slug>/programme/briefings/<str:code>.pdf", papers.briefing_pdf, name="briefing"),
    path("<slug:slug>/programme/screens/", screen.screens_list, name="screens"),
    path("<slug:slug>/programme/screens/<str:room>/", screen.screen, name="screen"),
    path("<slug:slug>/programme/screens/<str:room>/data.json", screen.screen_data, name="screen_data"),
    *public_urls.urlpatterns,
]
