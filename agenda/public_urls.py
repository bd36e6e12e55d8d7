"""Addresses that strangers are answered at before anybody asks who they are: see agenda/middleware.py.

Their views are the same for everybody who is not signed in, and only read.
"""

from django.urls import path

from agenda.views import downloads, programme

urlpatterns = [
    path("<slug:slug>/programme/", programme.programme, name="programme"),
    path("<slug:slug>/programme/timeline/", programme.timeline, name="timeline"),
    path("<slug:slug>/programme/sessions/<str:code>/", programme.session, name="session"),
    path("<slug:slug>/programme/sessions/<str:code>/session.ics", downloads.session_calendar, name="session_calendar"),
    path("<slug:slug>/programme/speakers/", programme.speakers, name="speakers"),
    path("<slug:slug>/programme/speakers/<str:code>/", programme.speaker, name="speaker"),
    path("<slug:slug>/programme/photos/<str:key>.jpg", downloads.photo, name="photo"),
    path("<slug:slug>/programme/documents/<str:key>/", downloads.document, name="public_document"),
    path("<slug:slug>/programme/schedule.xml", downloads.xml, name="schedule_xml"),
    path("<slug:slug>/programme/schedule.json", downloads.json, name="schedule_json"),
    path("<slug:slug>/programme/programme.ics", downloads.calendar, name="calendar"),
    path("<slug:slug>/programme/programme.csv", downloads.csv, name="csv"),
    path("<slug:slug>/programme/programme.xlsx", downloads.xlsx, name="xlsx"),
]
