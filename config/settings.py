"""All settings of a site. Every value that differs between machines is read from the environment;
docs/operators-guide.md lists them."""

from pathlib import Path
from urllib.parse import quote, urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from accounts import reach
from config import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent
# What an embedded site writes: database, broker files, cache. Production writes nothing here.
DATA_DIR = Path(env.text("DATA_DIR") or BASE_DIR / ".local").absolute()

DEBUG = env.boolean("DEBUG")
SECRET_KEY = env.required("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
SITE_URL = env.text("SITE_URL", "http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{urlsplit(SITE_URL).hostname or ''}")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", SITE_URL)

INSTALLED_APPS = [
    "meetings",
    "agenda",
    "marketplace",
    "registrations",
    "mailings",
    "conference",
    "accounts",
    "config.apps.ConvokeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    # Templates of plain widgets, which the renderer below looks up like any other template.
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "anymail",
    "crispy_forms",
    "csp",
    "django_htmx",
    "template_partials",
]

MIDDLEWARE = [
    "config.middleware.HeadMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "conference.middleware.UnreadableAddressMiddleware",
    # Answers strangers here: what follows would cost more than the answer.
    "agenda.middleware.PublicProgrammeMiddleware",
    "meetings.middleware.LiveMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Before sign-in is asked for: what a session may not reach does not exist for it.
    "accounts.middleware.ReachMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.SessionUseMiddleware",
    "accounts.middleware.StaffSecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "conference.context_processors.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_TEMPLATE_PACK = "convoke"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("convoke",)

# Data ---------------------------------------------------------------------------------------

DATABASES = {
    "default": env.database(env.text("DATABASE_URL") or f"sqlite:///{quote(str(DATA_DIR / 'convoke.sqlite3'))}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
CACHES = {"default": env.cache(REDIS_URL, DATA_DIR / "cache")}

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT") or BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
# No address leads there: views hand uploads out one by one.
MEDIA_ROOT = Path(env.text("MEDIA_ROOT") or DATA_DIR / "media")
_S3_BUCKET = env.text("S3_BUCKET")
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _S3_BUCKET,
            "endpoint_url": env.text("S3_ENDPOINT_URL") or None,
            "region_name": env.text("S3_REGION") or None,
            "access_key": env.text("S3_ACCESS_KEY") or None,
            "secret_key": env.text("S3_SECRET_KEY") or None,
            "default_acl": "private",
            "querystring_auth": True,
            "file_overwrite": False,
        },
    }
    if _S3_BUCKET
    else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Signing in ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = int(reach.PARTICIPANT_SESSION.lifetime.total_seconds())
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("conference:home")
STAFF_SECOND_FACTOR_REQUIRED = env.boolean("STAFF_SECOND_FACTOR_REQUIRED", True)

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
# Nobody signs up; but allauth asks for a password at sign-in only where sign-up would.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = int(reach.SIGN_IN_CODE.lifetime.total_seconds())
# Only organisers have a password; a code in place of a link leaves no secret in an address.
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = int(reach.SIGNING_IN.lifetime.total_seconds())
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(reach.FRESH_FOR.total_seconds())
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_REDIRECT_URL = reverse_lazy("conference:home")
ACCOUNT_FORMS = {
    "request_login_code": "accounts.forms.RequestLoginCodeForm",
    "confirm_login_code": "accounts.forms.ConfirmLoginCodeForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
}
# A whole venue signs in from one address: generous by address ("ip"). What "key" stands for is named beside each;
# accounts/limits.py counts, and docs/decisions/0016-sign-in-limits.md gives the reasons.
ACCOUNT_RATE_LIMITS = {
    "login": "1200/m/ip",
    # Wrong passwords; key: network address (or known device) and account. allauth counts second factors here, too, by
    # account alone: whoever reaches them has passed the first.
    "login_failed": "300/m/ip,5/5m/key",
    # Wrong passwords of all unknown devices; key: account.
    "login_failed_unknown_device": "50/h/key",
    # Requests for a code; key: network address (or known device) and account.
    "request_login_code": "3/m/key,6/h/key,12/d/key",
    # Codes mailed at the request of all unknown devices; key: account. With three attempts for each, strangers can try
    # 144 a day: at eight of twenty letters, one in 490,000 that a whole year of it succeeds.
    "login_code_mailed": "18/h/key,48/d/key",
    # Attempts at one code, which is valid for ten minutes.
    "login_code_guess": "3/15m/key",
    # Mails with a link to a new password; key: address typed in.
    "reset_password": "60/m/ip,3/h/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_TOTP_ISSUER = "Convoke"
MFA_ADAPTER = "accounts.adapters.SecondFactorAdapter"

# Mail ---------------------------------------------------------------------------------------

# Whatever sends mail writes a row of the outbox; the worker delivers it by MAIL_DELIVERY_BACKEND.
EMAIL_BACKEND = "mailings.backends.Outbox"
_delivery = env.email(env.text("EMAIL_URL", "outbox://"))
MAIL_DELIVERY_BACKEND = _delivery["MAIL_DELIVERY_BACKEND"]
ANYMAIL = {"WEBHOOK_SECRET": env.text("ANYMAIL_WEBHOOK_SECRET") or None, **_delivery.get("ANYMAIL", {})}
EMAIL_HOST = _delivery.get("EMAIL_HOST", "localhost")
EMAIL_PORT = _delivery.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _delivery.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = _delivery.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _delivery.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _delivery.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = _delivery.get("EMAIL_TIMEOUT", 30)
# Lower-case names of providers whose processing outside the EEA has been looked into: see config/providers.py.
PROVIDERS_OUTSIDE_EU_ACCEPTED = [name.lower() for name in env.words("PROVIDERS_OUTSIDE_EU_ACCEPTED")]
# How long a worker may take over a mail before it counts as dead.
MAIL_LEASE_SECONDS = env.integer("MAIL_LEASE_SECONDS", 300)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Convoke <convoke@localhost>")

# Background jobs ----------------------------------------------------------------------------

if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
        "visibility_timeout": 3600,
        # A page that publishes waits no longer than this for a lost Redis; workers have retries of their own.
        "max_retries": 1,
        "interval_start": 0,
        "connect_retries_timeout": 2,
    }
else:
    _BROKER_DIR = DATA_DIR / "broker"
    CELERY_BROKER_URL = "files://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_BROKER_DIR / "messages"),
        "data_folder_out": str(_BROKER_DIR / "messages"),
        "control_folder": str(_BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
# The database is the record of truth; a lost message costs at most a minute, until beat looks again.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "deliver-mail": {"task": "mailings.tasks.sweep", "schedule": 60.0},
    "drop-secrets": {"task": "mailings.tasks.drop_secrets", "schedule": crontab(hour=3, minute=20)},
    "continue-waves": {"task": "registrations.tasks.continue_waves", "schedule": 60.0},
    "continue-guest-lists": {"task": "registrations.tasks.continue_guest_lists", "schedule": 60.0},
    "continue-programme-imports": {"task": "agenda.tasks.continue_programme_imports", "schedule": 60.0},
    "lapse-invitations": {"task": "registrations.tasks.lapse_invitations", "schedule": crontab(minute="*/10")},
    "promote-due": {"task": "registrations.tasks.promote_due", "schedule": crontab(minute="5-59/10")},
    "remind": {"task": "registrations.tasks.send_due_reminders", "schedule": crontab(minute=5)},
    "remind-speakers": {"task": "agenda.tasks.remind_speakers", "schedule": crontab(minute=20)},
    "continue-placements": {"task": "meetings.tasks.continue_placements", "schedule": 60.0},
    "make-suggestions": {"task": "meetings.tasks.make_suggestions", "schedule": crontab(minute="4-59/10")},
    "tidy-documents": {"task": "agenda.tasks.tidy_documents", "schedule": crontab(hour=3, minute=45)},
    "tidy-pictures": {"task": "marketplace.tasks.tidy_pictures", "schedule": crontab(hour=3, minute=50)},
    "continue-papers": {"task": "meetings.tasks.continue_papers", "schedule": 60.0},
    "tidy-papers": {"task": "meetings.tasks.tidy_papers", "schedule": crontab(hour=3, minute=55)},
    "expire-requests": {"task": "meetings.tasks.expire_requests", "schedule": 60.0},
    "remind-of-requests": {"task": "meetings.tasks.remind_of_requests", "schedule": crontab(minute="*/10")},
    "clear-sessions": {"task": "accounts.tasks.clear_sessions", "schedule": crontab(hour=4, minute=5)},
    "delete-special-needs": {
        "task": "registrations.tasks.delete_special_needs",
        "schedule": crontab(hour=3, minute=15),
    },
}

# Language and time --------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "Europe/Brussels"
USE_I18N = True
USE_TZ = True

# Security -----------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
    }
}
HTTPS = env.boolean("HTTPS", not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Preloading binds the domain and all below it to https in every browser for years: its owner decides, not this site.
SECURE_HSTS_PRELOAD = env.boolean("SECURE_HSTS_PRELOAD")
SILENCED_SYSTEM_CHECKS = ["security.W021"]
if env.boolean("BEHIND_TLS_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
# A personal link must not travel to another site in a Referer.
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["conference.uploads.BoundedUploadHandler"]
# A virus scanner that looks at every upload: tcp://host:3310 or unix:///run/clamav/clamd.ctl. None: nothing is scanned.
CLAMD_URL = env.text("CLAMD_URL")
# Bytes, by kind of document. What stands in front of the site must let the largest through (see Caddyfile).
UPLOAD_LIMITS = {
    "slides": 50 * 1024 * 1024,
    "abstract": 10 * 1024 * 1024,
    "speech": 10 * 1024 * 1024,
    "photo": 10 * 1024 * 1024,
    "stand": 10 * 1024 * 1024,
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# What one invitation, and one person, can do within 24 hours: mails go to others with each of these.
NEW_ADDRESSES_PER_DAY = env.integer("NEW_ADDRESSES_PER_DAY", 10)
REGISTRATION_CHANGES_PER_DAY = env.integer("REGISTRATION_CHANGES_PER_DAY", 20)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "masked": {
            "()": "config.logs.MaskingFormatter",
            "fmt": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
    },
    # Every handler masks: addresses hold personal tokens, and errors hold addresses.
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "masked"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        # Takes Django's own handler away, which would write each line a second time and without the filter.
        "django": {"level": "INFO"},
        # One line for each request would drown everything else.
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        # These bring handlers of their own, which would not mask.
        "gunicorn.access": {"handlers": ["console"], "propagate": False},
        "gunicorn.error": {"handlers": ["console"], "propagate": False},
        "multiprocessing": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        # Seven lines for each document.
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
