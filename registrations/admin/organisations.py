"""Organisations and initiatives, apart from any conference."""

from django.contrib import admin

from registrations.models import Organisation


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    list_display = ("name", "kind", "website")
    list_filter = ("kind",)
    search_fields = ("name",)
    list_per_page = 100
    show_full_result_count = False
