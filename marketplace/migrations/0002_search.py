from django.db import migrations

from marketplace import search


def make_ready(_apps, schema_editor):
    search.make_ready(schema_editor.connection)


def take_away(_apps, schema_editor):
    search.take_away(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0001_initial")]

    operations = [migrations.RunPython(make_ready, take_away)]
