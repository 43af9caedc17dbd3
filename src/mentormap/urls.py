"""Every address of the program: pages, API, admin, and what operators watch."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("mentormap.web.urls")),
    path("", include("mentormap.operations.urls")),
    path("api/", include("mentormap.api.urls")),
]
handler400 = "mentormap.web.views.errors.bad_request"
handler403 = "mentormap.web.views.errors.forbidden"
handler404 = "mentormap.web.views.errors.not_found"
handler500 = "mentormap.web.views.errors.server_error"
