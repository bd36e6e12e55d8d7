"""Dietary and access needs get a consent of their own, and leave the drafts that everybody with the link can see."""

from django.db import migrations, models

NEEDS = ("dietary_needs", "access_needs")


def take_needs_out_of_drafts(apps, schema_editor):
    Invitation = apps.get_model("registrations", "Invitation")
    for invitation in Invitation.objects.exclude(draft={}).only("pk", "draft").iterator():
        people = invitation.draft.get("people", [])
        if any(name in person for person in people for name in NEEDS):
            invitation.draft["people"] = [
                {name: value for name, value in person.items() if name not in NEEDS} for person in people
            ]
            invitation.save(update_fields=["draft"])


class Migration(migrations.Migration):
    dependencies = [("registrations", "0007_file_of_an_import")]

    operations = [
        migrations.AlterField(
            model_name="consent",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("list", "my name in the list of participants"),
                    ("contact", "sharing my contact details with other participants"),
                    ("photos", "photographs and recordings"),
                    ("future", "invitations to future events"),
                    ("needs", "dietary and access needs"),
                    ("meetings", "my name in the directory of one-to-one meetings"),
                ],
                max_length=10,
                verbose_name="purpose",
            ),
        ),
        migrations.RunPython(take_needs_out_of_drafts, migrations.RunPython.noop, elidable=True),
    ]
