"""Rules for passwords, each with a sentence that says what to write instead."""

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)
from django.utils.translation import gettext


class LongEnough(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return gettext("Write at least %(min_length)s characters. Three random words work well.") % {
            "min_length": self.min_length
        }


class NotCommon(CommonPasswordValidator):
    def get_error_message(self) -> str:
        return gettext(
            "Many people use this password, so it is tried first. Write one that is yours, such as three random words."
        )


class UnlikeTheirData(UserAttributeSimilarityValidator):
    def get_error_message(self) -> str:
        return gettext(
            "This password is too much like your %(verbose_name)s. Write one that cannot be guessed from it."
        )
