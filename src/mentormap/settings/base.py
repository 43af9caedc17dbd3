"""Django's settings, all from environment variables; README.md has the table of them."""

from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from environs import Env

from mentormap.settings.database import database_settings
from mentormap.settings.environment import (
    ConfigurationError,
    all_or_none,
    demo_secrets,
    is_vapid_key,
    one_of,
    origins,
    running_here,
    secret,
    service_account,
    trusted_proxies,
    whole_number,
)
from mentormap.settings.mail import mail_settings
from mentormap.settings.private_files import prepare_data_dir
from mentormap.settings.problems import demo_problems, production_problems

env = Env()
HERE = Path(__file__).resolve().parent.parent

# The mode, the data folder and the secrets

MODE = one_of(env, "MENTORMAP_MODE", "demo", "production")
DEMO = MODE == "demo"
DATA_DIR = prepare_data_dir(env.path("MENTORMAP_DATA_DIR", Path("var")), is_demo=DEMO)
_made = demo_secrets(DATA_DIR) if DEMO else {}

_running = running_here(DATA_DIR)
PORT = whole_number(env, "PORT", _running.get("PORT", 3002), least=1, most=65535)
HOST = env.str("HOST", "127.0.0.1")
SANDBOX_PORT = whole_number(env, "SANDBOX_PORT", _running.get("SANDBOX_PORT", 12111), least=1, most=65535)
WEB_WORKERS = whole_number(env, "WEB_WORKERS", 1, least=1, most=256)
PUBLIC_URL = env.str("PUBLIC_URL", f"http://localhost:{PORT}" if DEMO else "").rstrip("/")
_hosts = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEMO else [])
ALLOWED_HOSTS = [host.strip() for host in _hosts if host.strip()]
SECRET_KEY = secret(env, "SECRET_KEY", _made.get("SECRET_KEY", ""))
SECRET_KEY_FALLBACKS = secret(env, "SECRET_KEY_FALLBACKS").split()
METRICS_TOKEN = secret(env, "METRICS_TOKEN", _made.get("METRICS_TOKEN", ""))

STRIPE_SECRET_KEY = secret(env, "STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRETS = [
    part.strip()
    for part in secret(env, "STRIPE_WEBHOOK_SECRET", _made.get("STRIPE_WEBHOOK_SECRET", "")).split(",")
    if part.strip()
]
SANDBOX = DEMO and not STRIPE_SECRET_KEY
if SANDBOX:
    STRIPE_SECRET_KEY = _made["STRIPE_SECRET_KEY"]
STRIPE_API_BASE = f"http://127.0.0.1:{SANDBOX_PORT}" if SANDBOX else "https://api.stripe.com"
CHECKOUT_ORIGIN = f"http://localhost:{SANDBOX_PORT}" if SANDBOX else "https://checkout.stripe.com"
PHONE_CODES_PER_DAY = whole_number(env, "PHONE_CODES_PER_DAY", 300, least=1, most=1_000_000)
HOLD_MINUTES = whole_number(
    env,
    "HOLD_MINUTES",
    35,
    least=31,
    most=23 * 60,
    why="Stripe refuses a checkout that expires in under 30 minutes or over 24 hours.",
)
HOLDS_PER_STUDENT = whole_number(env, "HOLDS_PER_STUDENT", 3, least=1, most=1_000_000)
HOLDS_PER_ADDRESS = whole_number(env, "HOLDS_PER_ADDRESS", 20, least=1, most=1_000_000)
HOLDS_PER_ADDRESS_AND_MENTOR = whole_number(env, "HOLDS_PER_ADDRESS_AND_MENTOR", 6, least=1, most=1_000_000)

EMAIL_URL = secret(env, "EMAIL_URL")
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", "")
EMAIL_WEBHOOK_SECRET = secret(env, "EMAIL_WEBHOOK_SECRET")
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "MentorMap <hello@mentormap.example>" if DEMO else "")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Video rooms

JITSI_URL = env.str("JITSI_URL", "https://meet.jit.si")
ZOOM_ACCOUNT_ID = env.str("ZOOM_ACCOUNT_ID", "")
ZOOM_CLIENT_ID = env.str("ZOOM_CLIENT_ID", "")
ZOOM_CLIENT_SECRET = secret(env, "ZOOM_CLIENT_SECRET")
ZOOM_USER = env.str("ZOOM_USER", "me")
GOOGLE_CALENDAR_USER = env.str("GOOGLE_CALENDAR_USER", "")
GOOGLE_CALENDAR_ID = env.str("GOOGLE_CALENDAR_ID", "primary")
GOOGLE_SERVICE_ACCOUNT = service_account(secret(env, "GOOGLE_SERVICE_ACCOUNT"), user=GOOGLE_CALENDAR_USER)
all_or_none(
    "Zoom",
    ZOOM_ACCOUNT_ID=ZOOM_ACCOUNT_ID,
    ZOOM_CLIENT_ID=ZOOM_CLIENT_ID,
    ZOOM_CLIENT_SECRET=ZOOM_CLIENT_SECRET,
)

# What production cannot do without, and what a demo cannot do with

_named = {
    "SECRET_KEY": SECRET_KEY,
    "SECRET_KEY_FALLBACKS": " ".join(SECRET_KEY_FALLBACKS),
    "METRICS_TOKEN": METRICS_TOKEN,
    "PUBLIC_URL": PUBLIC_URL,
    "ALLOWED_HOSTS": ",".join(ALLOWED_HOSTS),
    "STRIPE_SECRET_KEY": STRIPE_SECRET_KEY,
    "STRIPE_WEBHOOK_SECRET": ",".join(STRIPE_WEBHOOK_SECRETS),
    "EMAIL_URL": EMAIL_PROVIDER or EMAIL_URL.removeprefix("console:").strip("/"),
    "EMAIL_WEBHOOK_SECRET": EMAIL_WEBHOOK_SECRET,
    "MAIL_FROM": DEFAULT_FROM_EMAIL,
}
if _problems := demo_problems(_named) if DEMO else production_problems(_named):
    raise ConfigurationError(_problems)

# Short messages and web push

SMS_URL = secret(env, "SMS_URL", "mailbox://{to}" if DEMO else "")
VAPID_PRIVATE_KEY = secret(env, "VAPID_PRIVATE_KEY", _made.get("VAPID_PRIVATE_KEY", ""))
VAPID_CONTACT = parseaddr(DEFAULT_FROM_EMAIL)[1]
if SMS_URL and "{to}" not in SMS_URL:
    raise ConfigurationError(
        ["SMS_URL must hold {to} where the number goes, such as twilio://SID:TOKEN@+15551234567/{to}."]
    )
if VAPID_PRIVATE_KEY and not is_vapid_key(VAPID_PRIVATE_KEY):
    raise ConfigurationError(
        [
            "VAPID_PRIVATE_KEY is no such key. Make one with `mentormap vapid-keys`, and keep it: browsers are bound to it."
        ]
    )

NOTICE_CHANNELS = ["email", *(["sms"] if SMS_URL else []), *(["push"] if VAPID_PRIVATE_KEY else []), "in_app"]

# Hosts, proxies and cookies

DEBUG = False
_public = urlsplit(PUBLIC_URL)
if _public.hostname and _public.hostname not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(_public.hostname)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if _public.scheme == "https" else []
TRUSTED_PROXIES = trusted_proxies(env, host=HOST)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # dropped unless a trusted proxy says so
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
SECURE_HSTS_SECONDS = 0 if DEMO else int(timedelta(days=365).total_seconds())
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEMO
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
X_FRAME_OPTIONS = "DENY"
CORS_ALLOWED_ORIGINS = origins(env, "CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key"]
CORS_EXPOSE_HEADERS = ["allow", "link", "location", "retry-after", "www-authenticate"]
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/api/docs",),
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "form-action": [SELF, CHECKOUT_ORIGIN],
        "img-src": [SELF, "data:"],
    },
}

# Apps and requests

INSTALLED_APPS = [
    "mentormap.operations",  # before Django's own, whose command `changepassword` it replaces
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "corsheaders",
    "csp",
    "django_htmx",
    "django_prometheus",
    "ninja",
    "mentormap.accounts",
    "mentormap.mentors",
    "mentormap.availability",
    "mentormap.payments",
    "mentormap.notifications",
    "mentormap.bookings",
    "mentormap.api",
    "mentormap.web",
]
MIDDLEWARE = [
    "mentormap.web.http.middleware.ForwardedMiddleware",
    "mentormap.operations.health.probes.ProbesMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mentormap.operations.requests.RequestLogMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "mentormap.api.middleware.ApiMiddleware",
    "mentormap.web.http.heads.PageHeadMiddleware",
    "mentormap.web.http.middleware.PlainCookiesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "mentormap.web.http.middleware.OptionalSlashMiddleware",
    "django.middleware.common.CommonMiddleware",
    "mentormap.web.http.secret_links.SecretLinksMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "mentormap.web.http.known_browsers.KnownBrowserMiddleware",
    "mentormap.web.http.middleware.ViewerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "mentormap.web.http.ended_access.EndedAccessMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "mentormap.operations.health.metrics_middleware.RequestCountsMiddleware",
]
ROOT_URLCONF = "mentormap.urls"
WSGI_APPLICATION = "mentormap.wsgi.application"
APPEND_SLASH = True
CSRF_FAILURE_VIEW = "mentormap.web.views.errors.csrf_failure"
FORM_RENDERER = "mentormap.web.http.templating.FormRenderer"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # a webhook; forms take 64 KB (lib/view_limits.py)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 5

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "mentormap.web.http.templating.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Data

DATABASES: dict[str, dict[str, Any]] = {
    "default": database_settings(
        secret(env, "DATABASE_URL"),
        data_dir=DATA_DIR,
        pool_size=whole_number(env, "DATABASE_POOL_SIZE", 10, least=1, most=1000),
    )
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
        # Where there are more, a third is dropped. Django's 300 would let whoever fails to log in often enough wipe the count.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA_DIR / "media"
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
MEDIA_URL = "/media/"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 60

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["mentormap.operations.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# People: django-allauth

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["mentormap.accounts.hashers.BoundedArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "mentormap.accounts.passwords.UnlikeTheirData",
        "OPTIONS": {"user_attributes": ["name", "email"]},
    },
    {"NAME": "mentormap.accounts.passwords.LongEnough", "OPTIONS": {"min_length": 10}},
    {"NAME": "mentormap.accounts.passwords.NotCommon"},
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/mentors"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "mentormap.web.http.account_adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "mentormap.web.forms.signup.SignupFields"
ACCOUNT_FORMS = {
    "login": "mentormap.web.forms.account.LoginForm",
    "signup": "mentormap.web.forms.account.SignupForm",
    "add_email": "mentormap.web.forms.account.AddEmailForm",
    "change_password": "mentormap.web.forms.account.ChangePasswordForm",
    "set_password": "mentormap.web.forms.account.SetPasswordForm",
    "reset_password": "mentormap.web.forms.account.ResetPasswordForm",
    "reset_password_from_key": "mentormap.web.forms.account.ResetPasswordKeyForm",
    "reauthenticate": "mentormap.web.forms.account.ReauthenticateForm",
}
ACCOUNT_RATE_LIMITS = {
    "login": None,  # counted by web/http/password_logins.py, so that strangers at the same address do not slow down a known browser
}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # in the browser that signed up
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _public.scheme or "https"
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"  # noqa: S105 - a class, no secret
HEADLESS_JWT_ALGORITHM = "HS256"
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = int(timedelta(hours=12).total_seconds())
USERSESSIONS_TRACK_ACTIVITY = False
MFA_ADAPTER = "mentormap.web.http.account_adapter.TwoStepAdapter"
MFA_FORMS = {
    "authenticate": "mentormap.web.forms.account.AuthenticateCodeForm",
    "reauthenticate": "mentormap.web.forms.account.ReauthenticateCodeForm",
    "activate_totp": "mentormap.web.forms.account.ActivateTOTPForm",
}
MFA_TOTP_ISSUER = "MentorMap"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

# Mail: settings of Django and of anymail, and our own MAIL_…

_mail = mail_settings(
    url=EMAIL_URL,
    provider=EMAIL_PROVIDER,
    key=secret(env, "EMAIL_API_KEY"),
    webhook_secret=EMAIL_WEBHOOK_SECRET,
    public_url=PUBLIC_URL,
)
EMAIL_BACKEND, EMAIL_TIMEOUT = _mail["EMAIL_BACKEND"], _mail["EMAIL_TIMEOUT"]
EMAIL_HOST, EMAIL_PORT = _mail.get("EMAIL_HOST", ""), _mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_USER", ""), _mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
ANYMAIL = _mail.get("ANYMAIL", {})
MAIL_LEAVES, MAIL_WEBHOOK_SECRET = _mail["MAIL_LEAVES"], _mail["MAIL_WEBHOOK_SECRET"]
MAIL_SERVICE, MAIL_SERVICE_NAME = _mail["MAIL_SERVICE"], _mail["MAIL_SERVICE_NAME"]
MAIL_TAKES_INVITES, MAIL_INVITE_FILE = _mail["MAIL_TAKES_INVITES"], _mail["MAIL_INVITE_FILE"]
MAIL_REFUSED_HEADERS = _mail["MAIL_REFUSED_HEADERS"]
MAILBOX_DIR = DATA_DIR / "mailbox"

# The operator's pages: django-unfold

_shades = {50: 0.98, 100: 0.95, 200: 0.9, 300: 0.83, 400: 0.72, 500: 0.64, 600: 0.46, 700: 0.4, 800: 0.34}
UNFOLD = {
    "SITE_TITLE": "MentorMap operator",
    "SITE_HEADER": "MentorMap operator",
    "SITE_SYMBOL": "explore",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}img/favicon.svg"}],
    "STYLES": [f"{STATIC_URL}operations/operator.css"],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"primary": {str(shade): f"oklch({light} 0.083 212)" for shade, light in _shades.items()}},
}

# Logs: operations/process/logs.py

LOGGING_CONFIG = "mentormap.operations.process.logs.configure"
LOGGING = {"level": one_of(env, "LOG_LEVEL", "INFO", "DEBUG", "WARNING", "ERROR")}
