from django.urls import path

from marketplace.views import applications, duties

app_name = "marketplace"
urlpatterns = [
    # Delegations and their stand
    path("my/delegations/<int:delegation>/stand/", applications.apply, name="apply"),
    path("my/delegations/<int:delegation>/stand/withdraw/", applications.withdraw, name="withdraw"),
    path("my/delegations/<int:delegation>/stand/duties/", duties.duties, name="duties"),
    path("my/delegations/<int:delegation>/stand/duties/<int:duty>/remove/", duties.remove_duty, name="remove_duty"),
    path("<slug:slug>/market-place/pictures/<uuid:key>.jpg", applications.picture, name="picture"),
]
