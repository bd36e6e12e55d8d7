"""The Member States are facts that every site needs."""

from django.db import migrations

from conference.member_states import MEMBER_STATES


def add_member_states(apps, schema_editor):
    MemberState = apps.get_model("conference", "MemberState")
    MemberState.objects.bulk_create(
        MemberState(protocol_order=order, **state._asdict()) for order, state in enumerate(MEMBER_STATES, start=1)
    )


class Migration(migrations.Migration):
    dependencies = [("conference", "0001_initial")]
    operations = [migrations.RunPython(add_member_states, migrations.RunPython.noop)]
