"""The application for ASGI servers such as uvicorn."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mentormap.settings.base")
application = get_asgi_application()

from mentormap.operations.process.start import before_serving  # noqa: E402 - needs Django set up
from mentormap.web.http.requests import AsgiRequest  # noqa: E402

application.request_class = AsgiRequest
before_serving(prepared=False)
