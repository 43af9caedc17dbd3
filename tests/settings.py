"""Settings of the tests: the product's own, with a data folder that nobody keeps and a fast password hash."""

import atexit
import os
import shutil
import tempfile

_data_dir = tempfile.mkdtemp(prefix="mentormap-tests-")
atexit.register(shutil.rmtree, _data_dir, ignore_errors=True)
for _name in (
    "DATABASE_URL",
    "STRIPE_SECRET_KEY",
    "EMAIL_URL",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "PORT",
    "SANDBOX_PORT",
):
    os.environ.pop(_name, None)
os.environ["MENTORMAP_MODE"] = "demo"
os.environ["MENTORMAP_DATA_DIR"] = _data_dir
if os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from mentormap.settings.base import *  # noqa: E402, F403
from mentormap.settings.base import STATIC_ROOT  # noqa: E402

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, for threads that race on one in memory get "table is locked" instead of waiting.
    DATABASES["default"]["TEST"] = {"NAME": f"{_data_dir}/test.sqlite3"}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] = (  # noqa: F405
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
LOGGING = {"level": "WARNING"}
NOTICE_CHANNELS = ["email"]  # a test of other channels names them
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns of a folder that is not there
