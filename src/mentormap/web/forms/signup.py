"""The fields that sign-up has beyond those of django-allauth."""

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from mentormap.accounts.models import User
from mentormap.web.forms.one_line import OneLineField
from mentormap.web.http.middleware import zone_of_browser


class SignupFields(forms.Form):
    name = OneLineField(
        label=gettext_lazy("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Write your name, as your mentor should read it.")},
    )
    field_order = ["name", "email", "password1"]

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the account is stored; the zone comes from the browser."""
        user.name = self.cleaned_data["name"]
        user.time_zone = zone_of_browser(request)
        user.save(update_fields=["name", "time_zone"])
