"""The whole application for `uvicorn main:app`."""

from mentormap.asgi import application as app

__all__ = ["app"]
