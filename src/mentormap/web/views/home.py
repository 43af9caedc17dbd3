"""The first page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mentormap.web.http.context import PageRequest


@require_safe
def home(request: PageRequest) -> HttpResponse:
    """A short welcome, with the search for mentors."""
    return render(request, "home.html")
