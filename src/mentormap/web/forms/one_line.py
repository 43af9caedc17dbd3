"""A field of one line, also for who sends line breaks by other means: they would tear the mails that name it."""

from typing import Any

from django import forms

from mentormap.lib.plain_text import one_line


class OneLineField(forms.CharField):
    """Line breaks become blanks, control characters go."""

    def to_python(self, value: Any) -> str:
        return one_line(str(super().to_python(value)))
