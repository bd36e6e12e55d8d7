from django.urls import path

from conference import views

app_name = "conference"
urlpatterns = [
    path("", views.home, name="home"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/<slug:kind>/", views.page, name="page"),
]
