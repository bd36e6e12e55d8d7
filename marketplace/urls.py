from django.urls import path

from marketplace.views import applications, catalogue, duties, holders, visiting

app_name = "marketplace"
urlpatterns = [
    # Delegations and their stand
    path("my/delegations/<int:delegation>/stand/", applications.apply, name="apply"),
    path("my/delegations/<int:delegation>/stand/withdraw/", applications.withdraw, name="withdraw"),
    path("my/delegations/<int:delegation>/stand/duties/", duties.duties, name="duties"),
    path("my/delegations/<int:delegation>/stand/duties/<int:duty>/remove/", duties.remove_duty, name="remove_duty"),
    path("<slug:slug>/market-place/pictures/<uuid:key>.jpg", applications.picture, name="picture"),
    # The catalogue
    path("<slug:slug>/market-place/", catalogue.catalogue, name="catalogue"),
    path("<slug:slug>/market-place/missed/", catalogue.missed, name="missed"),
    path("<slug:slug>/market-place/<int:stand>/", catalogue.entry, name="entry"),
    # Visitors
    path("<slug:slug>/market-place/remember/", visiting.remember, name="remember"),
    path("<slug:slug>/market-place/visiting-list/", visiting.visiting_list, name="visiting_list"),
    path("<slug:slug>/market-place/visiting-list/for/", visiting.visit_for, name="visit_for"),
    path(
        "<slug:slug>/market-place/visiting-list/visiting-list.pdf", visiting.visiting_list_pdf, name="visiting_list_pdf"
    ),
    path(
        "<slug:slug>/market-place/visiting-list/visiting-list.ics",
        visiting.visiting_list_calendar,
        name="visiting_list_calendar",
    ),
    path("<slug:slug>/market-place/<int:stand>/contact/", visiting.leave_contact, name="leave_contact"),
    path("<slug:slug>/market-place/contacts/<int:pk>/revoke/", visiting.revoke_contact, name="revoke_contact"),
    # The people of a stand
    path("<slug:slug>/market-place/<int:stand>/visitors/", holders.visitors, name="visitors"),
    path("<slug:slug>/market-place/<int:stand>/visitors/contacts.csv", holders.contacts_csv, name="contacts_csv"),
    path("<slug:slug>/market-place/<int:stand>/visitors/contacts.xlsx", holders.contacts_xlsx, name="contacts_xlsx"),
]
