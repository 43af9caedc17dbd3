"""The application for WSGI servers; granian serves this one."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mentormap.settings")
application = get_wsgi_application()

from mentormap.operations.start import before_serving  # noqa: E402 - needs Django set up
from mentormap.web.requests import WsgiRequest  # noqa: E402

application.request_class = WsgiRequest
before_serving()
