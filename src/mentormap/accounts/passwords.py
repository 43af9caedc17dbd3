"""Rules for passwords, each with a sentence that says what to write instead."""

from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    UserAttributeSimilarityValidator,
)


class LongEnough(MinimumLengthValidator):
    def get_error_message(self) -> str:
        return f"Write at least {self.min_length} characters. Three random words work well."


class NotCommon(CommonPasswordValidator):
    def get_error_message(self) -> str:
        return "Many people use this password, so it is tried first. Write one that is yours, such as three random words."


class UnlikeTheirData(UserAttributeSimilarityValidator):
    def get_error_message(self) -> str:
        return (
            "This password is too much like your %(verbose_name)s. Write one that cannot be guessed from it."
        )
