from django.urls import path

from accounts import views

# Named like allauth's own addresses, which share the prefix.
urlpatterns = [path("sign-in-again/", views.sign_in_again, name="account_sign_in_again")]
