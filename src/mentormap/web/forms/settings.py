"""The form for a person's settings."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast

from django import forms
from django.utils.translation import get_language, gettext_lazy

from mentormap.accounts.models import User
from mentormap.lib.locales import babel_locale
from mentormap.lib.money import Money, format_money
from mentormap.lib.when import format_when
from mentormap.web.forms.one_line import OneLineField
from mentormap.web.forms.time_zone import offered_zones

LOCALES = (
    "en",
    "en_US",
    "en_GB",
    "en_IN",
    "cs",
    "da",
    "de",
    "de_CH",
    "el",
    "es",
    "es_MX",
    "fi",
    "fr",
    "fr_CA",
    "hi",
    "hu",
    "id",
    "it",
    "ja",
    "ko",
    "nb",
    "nl",
    "pl",
    "pt",
    "pt_BR",
    "ro",
    "sv",
    "tr",
    "uk",
    "vi",
    "zh_Hans",
    "zh_Hant",
)
SAMPLE_TIME = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
SAMPLE_PRICE = Money.from_major(Decimal(1120), "EUR")


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The locale is that of dates and numbers, and of words where its language is set up."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Every time that you see, here and in mails, is in this zone."),
        error_messages={"invalid_choice": gettext_lazy("Pick a time zone from the list.")},
    )
    locale = forms.ChoiceField(
        label=gettext_lazy("Dates and numbers"),
        error_messages={"invalid_choice": gettext_lazy("Pick a way to write dates from the list.")},
    )

    class Meta:
        model = User
        fields = ["name", "time_zone", "locale"]
        field_classes = {"name": OneLineField}
        labels = {"name": gettext_lazy("Your name")}
        error_messages = {
            "name": {
                "required": gettext_lazy("Write your name, as others should read it."),
                "max_length": gettext_lazy("Write a name of at most 100 characters."),
            }
        }
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def __init__(self, *args: Any, viewer_zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = self.instance.time_zone or viewer_zone
        self.initial["time_zone"] = present
        zones = cast("forms.ChoiceField", self.fields["time_zone"])
        zones.choices = offered_zones(present, locale=self.instance.locale, now=now)
        cast("forms.ChoiceField", self.fields["locale"]).choices = locale_choices(get_language())


@cache
def locale_choices(language: str) -> list[tuple[str, str]]:
    """(code, "German: Di., 24. Nov. 2026, 18:00; 1.120,00 EUR")."""
    return [(code, f"{_language(code, language)}: {_sample(code)}") for code in LOCALES]


def _language(code: str, language: str) -> str:
    return str(babel_locale(code).get_display_name(language))


def _sample(code: str) -> str:
    time = format_when(SAMPLE_TIME, "UTC", code).removesuffix(" (UTC)")
    return f"{time}; {format_money(SAMPLE_PRICE, locale=code)}"
