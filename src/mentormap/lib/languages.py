"""The language of words: sentences are written in English and marked for gettext, in Python by Django's functions and in templates
by Jinja2's `{% trans %}`."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.utils import translation
from jinja2 import Environment

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Text: TypeAlias = "_StrOrPromise"
"""Also a sentence that is marked at import, and translated when it is shown."""


def language_of(locale: str) -> str:
    """Returns the language for a reader with this Babel locale: the site's own where theirs is not set up."""
    try:
        return translation.get_supported_language_variant(locale.replace("_", "-"))
    except LookupError:
        return settings.LANGUAGE_CODE


def in_language_of(locale: str) -> AbstractContextManager[None]:
    return translation.override(language_of(locale))


def mark_templates(environment: Environment) -> None:
    """Gives templates `{% trans %}`, `gettext` and `ngettext`, and `language`, the one that is in use.

    A marked sentence may contain HTML; what is filled in is escaped where the template escapes.
    """
    environment.add_extension("jinja2.ext.i18n")
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext
    )
    environment.globals["language"] = translation.get_language
