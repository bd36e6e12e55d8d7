"""The history keeps the name of its authors, not only their address."""

from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce


def name_the_authors(apps, schema_editor):
    HistoryEntry = apps.get_model("conference", "HistoryEntry")
    User = apps.get_model("accounts", "User")
    # Only where the label is the author's present address: other words name somebody in their own way.
    names = User.objects.filter(pk=OuterRef("by"), email=OuterRef("by_label")).values("name")
    HistoryEntry.objects.exclude(by=None).update(by_name=Coalesce(Subquery(names), F("by_name")))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("conference", "0003_site_wide_history"),
    ]

    operations = [
        migrations.AddField(
            model_name="historyentry",
            name="by_name",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="name"),
        ),
        migrations.RunPython(name_the_authors, migrations.RunPython.noop, elidable=True),
    ]
