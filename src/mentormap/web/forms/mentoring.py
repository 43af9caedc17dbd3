"""The form for a mentor's profile. A draft may lack parts; a published mentor may not."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from mentormap.lib.currencies import SUPPORTED
from mentormap.lib.locales import babel_locale
from mentormap.lib.money import Money, NotAnAmount
from mentormap.lib.numbers import parse_id
from mentormap.mentors.models import Expertise, Mentor
from mentormap.mentors.photos import MOST_BYTES
from mentormap.mentors.publishing import RateOutOfRange, check_rate
from mentormap.web.forms.one_line import OneLineField

MOST_EXPERTISE: Final = 8
LONGEST_NAME: Final = 60
USUAL_CURRENCIES: Final = ("USD", "EUR", "GBP")


class ExpertiseField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    """Numbers that no row can have are no choice: SQLite would refuse to look for them."""

    def clean(self, value: Any) -> Any:
        if any(parse_id(number) is None for number in value or ()):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)


class ProfileForm(forms.Form):
    """Headline, about, expertise and rate."""

    use_required_attribute = False

    headline = OneLineField(
        label=gettext_lazy("Headline"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("One line that says what you are good at. It is shown under your name."),
        widget=forms.TextInput(
            attrs={"placeholder": gettext_lazy("Staff engineer who makes big systems boring again")}
        ),
        error_messages={"max_length": gettext_lazy("Shorten the headline to at most 120 characters.")},
    )
    about = forms.CharField(
        label=gettext_lazy("About you"),
        max_length=4000,
        required=False,
        help_text=gettext_lazy("What you have done, how you work, and what people bring to you."),
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"max_length": gettext_lazy("Shorten this to at most 4000 characters.")},
    )
    expertise = ExpertiseField(
        label=gettext_lazy("Expertise"),
        queryset=Expertise.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Pick from the list, or add your own below.")},
    )
    new_expertise = forms.CharField(
        label=gettext_lazy("Anything else?"),
        max_length=MOST_EXPERTISE * (LONGEST_NAME + 2),
        required=False,
        help_text=gettext_lazy("Separate several by commas."),
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Compilers, Public speaking")}),
        error_messages={"max_length": gettext_lazy("Add fewer, or shorter ones.")},
    )
    hourly_rate = forms.DecimalField(
        label=gettext_lazy("Hourly rate"),
        required=False,
        max_digits=12,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any", "placeholder": "80"}),
        error_messages={
            "invalid": gettext_lazy("Write a number, such as 80."),
            "max_digits": gettext_lazy("Write a number with at most 12 digits."),
        },
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        error_messages={"invalid_choice": gettext_lazy("Pick a currency from the list.")},
    )

    def __init__(self, data: QueryDict | None = None, *, mentor: Mentor, locale: str) -> None:
        super().__init__(data, initial=_facts_of(mentor))
        self.is_published = mentor.state == Mentor.State.PUBLISHED
        self.fields["currency"] = forms.ChoiceField(
            label=gettext("Currency"), choices=currency_choices(locale)
        )

    def show_as_needed(self) -> None:
        """A draft can be saved without these, yet their labels must not say that they are optional."""
        for name in NEEDED:
            self.fields[name].required = True

    def clean_new_expertise(self) -> list[str]:
        """The names, each once however it is written."""
        typed = [" ".join(part.split()) for part in self.cleaned_data["new_expertise"].split(",")]
        names = list({name.casefold(): name for name in reversed(typed) if name}.values())[::-1]
        if any(len(name) > LONGEST_NAME for name in names):
            raise forms.ValidationError(
                gettext("Shorten each to at most %(longest_name)s characters.")
                % {"longest_name": LONGEST_NAME}
            )
        return names

    def clean(self) -> None:
        self._check_expertise()
        self._check_rate()
        if self.is_published:
            self._check_complete()

    def _check_expertise(self) -> None:
        number = len(self.cleaned_data.get("expertise", ())) + len(self.cleaned_data.get("new_expertise", ()))
        if number > MOST_EXPERTISE:
            self.add_error(
                "expertise",
                gettext("Name at most %(most_expertise)s: those that you want to be asked about most.")
                % {"most_expertise": MOST_EXPERTISE},
            )

    def _check_rate(self) -> None:
        """Keeps the rate as Money; None where there is none yet."""
        major, currency = self.cleaned_data.get("hourly_rate"), self.cleaned_data.get("currency")
        if major is None or currency is None:
            return
        try:
            self.cleaned_data["rate"] = rate = Money.from_major(major, currency)
            check_rate(rate)
        except (NotAnAmount, RateOutOfRange) as error:
            self.add_error("hourly_rate", str(error))

    def _check_complete(self) -> None:
        for name, sentence in NEEDED.items():
            if name not in self.errors and self.cleaned_data.get(name) in (None, ""):
                self.add_error(name, sentence)
        has_any = self.cleaned_data.get("expertise") or self.cleaned_data.get("new_expertise")
        if not has_any and "expertise" not in self.errors and "new_expertise" not in self.errors:
            self.add_error(
                "expertise", gettext("Name at least one thing that you help with, as you are published.")
            )


NEEDED: Final = {
    "headline": gettext_lazy("Write a headline, as you are published: students see it first."),
    "about": gettext_lazy("Write something about you, as you are published."),
    "hourly_rate": gettext_lazy("Name your rate, as you are published."),
}


class PhotoForm(forms.Form):
    """Requires a file of acceptable size; photos.py checks its content."""

    photo = forms.FileField(
        label=gettext_lazy("Photo"),
        required=False,
        help_text=gettext_lazy(
            "JPEG, PNG or WebP, up to 5 MB. It is cut to a square, and data about place and camera are removed."
        ),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp", "form": "profile"}),
        error_messages={"empty": gettext_lazy("This file is empty. Choose another one.")},
    )

    def clean_photo(self) -> bytes | None:
        file = self.cleaned_data["photo"]
        if not file:
            return None
        if file.size > MOST_BYTES:
            raise forms.ValidationError(gettext("This photo is larger than 5 MB. Choose a smaller one."))
        return bytes(file.read())


def currency_choices(locale: str) -> list[tuple[str, str]]:
    """(code, "USD, US Dollar"), the usual ones first."""
    names = babel_locale(locale).currencies
    rest = sorted(SUPPORTED - set(USUAL_CURRENCIES))
    return [(code, f"{code}, {names.get(code, code)}") for code in (*USUAL_CURRENCIES, *rest)]


def _facts_of(mentor: Mentor) -> dict[str, Any]:
    return {
        "headline": mentor.headline,
        "about": mentor.about,
        "expertise": list(mentor.expertise.all()) if mentor.pk else [],
        "hourly_rate": _plain(mentor.hourly_rate.major) if mentor.hourly_rate else None,
        "currency": mentor.currency,
    }


def _plain(major: Decimal) -> str:
    """Without decimals that say nothing: 80, but 79.50."""
    return f"{major:.0f}" if major == major.to_integral_value() else f"{major}"
