"""Sessions to come that are held in the mentor's own room keep it, whatever the mentor chooses for later ones."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def note_rooms(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    room_of = apps.get_model("bookings", "Room").objects.create
    upcoming = apps.get_model("bookings", "Session").objects.filter(
        status="scheduled", payment_status="paid", room=None, mentor__meeting_place="personal"
    )
    for session in upcoming.exclude(mentor__meeting_room="").select_related("mentor").iterator():
        room_of(session=session, provider="personal", state="made", url=session.mentor.meeting_room)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0007_no_show_reports"), ("mentors", "0004_meeting_place")]

    operations = [migrations.RunPython(note_rooms, migrations.RunPython.noop)]
