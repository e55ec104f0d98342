"""All settings. The environment is read here, once; README.md lists the variables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import environ
from django.contrib.messages import constants as message_level
from django.core.exceptions import ImproperlyConfigured

from qc import home

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = Path(env("LINESIDE_HOME", default=str(BASE_DIR / "var"))).resolve()
HOME.mkdir(parents=True, exist_ok=True)

SECRET_KEY = env("LINESIDE_SECRET_KEY", default="") or home.secret_key(HOME)
DEBUG = env.bool("LINESIDE_DEBUG", default=False)
HTTPS = env.bool("LINESIDE_HTTPS", default=False)
ALLOWED_HOSTS = env.list("LINESIDE_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if host != "*"] if HTTPS else []
SITE_URL = env("LINESIDE_URL", default="http://127.0.0.1:8000")
CLOCK_OFFSET = home.clock_offset(HOME)

INSTALLED_APPS = [
    "qc",
    "suppliers",
    "reports",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "js_lib_bootstrap5",
    "js_lib_bootstrap_icons",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "qc.web.languages.LanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "qc.web.refusals.RefusalMiddleware",
]

ROOT_URLCONF = "qc.urls"
WSGI_APPLICATION = "qc.wsgi.application"
ASGI_APPLICATION = "qc.asgi.application"
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
            ],
        },
    }
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{HOME / 'lineside.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

AUTH_USER_MODEL = "qc.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    # Alone: a second one would hash once more for some people, and the time would tell who has an account.
    "allauth.account.auth_backends.AuthenticationBackend",
]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    *(
        {"NAME": f"{_VALIDATORS}{name}Validator"}
        for name in ("UserAttributeSimilarity", "CommonPassword", "NumericPassword")
    ),
]
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("Argon2", "PBKDF2")]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "qc:home"
ACCOUNT_ADAPTER = "qc.web.login.Adapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # axes counts failures, in the database, for all processes together
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if HTTPS else 0
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = ["username", "ip_address"]
AXES_USERNAME_CALLABLE = "qc.web.login.account_name"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_CLIENT_IP_CALLABLE = "qc.web.login.client_address"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "qc" / "locale"]
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
WHITENOISE_USE_FINDERS = True  # no collect step: the files are served from the packages that bring them
WHITENOISE_MAX_AGE = 3600
MEDIA_ROOT = HOME / "media"
FILE_UPLOAD_PERMISSIONS = 0o600
_KEPT = "django.core.files.uploadhandler."
FILE_UPLOAD_HANDLERS = ["qc.web.uploads.Cut", f"{_KEPT}MemoryFileUploadHandler", f"{_KEPT}TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
MESSAGE_TAGS = {message_level.ERROR: "danger"}
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

_SELF = "'self'"
_OWN = ("script-src", "style-src", "font-src", "connect-src", "form-action", "manifest-src", "worker-src")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        **{name: [_SELF] for name in _OWN},
        "img-src": [_SELF, "data:", "blob:"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

EMAIL = env.email_url("EMAIL_URL", default=f"filemail:///{HOME / 'mail'}")
vars().update(EMAIL)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("LINESIDE_FROM", default="lineside@localhost")

BROKER_SOCKET = home.broker_socket(HOME)
CELERY_BROKER_URL = env("REDIS_URL", default=f"redis+socket://{BROKER_SOCKET}")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Only qc.queue's thread and the workers ever wait for the broker, so a slow disk or network gets its seconds.
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 0,
    "visibility_timeout": 3600,
}
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker for ever
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_TASK_TIME_LIMIT = 1800
CELERY_BEAT_SCHEDULE = {
    room: {"task": f"{room}.tasks.sweep", "schedule": 15.0, "options": {"expires": 14}}
    for room in ("qc", "suppliers", "reports")
}
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # in memory: nothing to corrupt, a start sweeps within 15 s

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "qc.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "qc.api.tokens.WithinTokenScope"],
    "DEFAULT_PARSER_CLASSES": ["qc.api.parsers.StrictJSONParser"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PAGINATION_CLASS": "qc.api.pages.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "qc.api.problems.handle",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lineside",
    "DESCRIPTION": "Defects, findings, cases, supplier requests and production counts.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {  # one name for one list of choices, where several fields are called alike
        "VerdictEnum": "qc.models.findings.Finding.Verdict",
        "FindingDecisionEnum": "qc.models.findings.Finding.Decision",
        "SubmissionDecisionEnum": "suppliers.models.Submission.Decision",
        "DefectStatusEnum": "qc.models.defects.Defect.Status",
        "CaseStatusEnum": "qc.models.cases.Nonconformance.Status",
        "ActionStatusEnum": "qc.models.cases.CorrectiveAction.Status",
        "RequestStatusEnum": "suppliers.models.CorrectiveActionRequest.Status",
        "StageStatusEnum": "suppliers.models.Stage.Status",
        "ExtensionStatusEnum": "suppliers.models.Extension.Status",
        "ClaimStatusEnum": "suppliers.models.CostClaim.Status",
        "CaseKindEnum": "qc.models.cases.Nonconformance.Kind",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "qc.api.problems.document"],
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"secrets": {"()": "qc.web.redaction.Redaction"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    "root": {"handlers": ["console"], "level": env("LINESIDE_LOG", default="WARNING")},
}

if env.bool("LINESIDE_PRODUCTION", default=False) and not HTTPS:
    raise ImproperlyConfigured("LINESIDE_PRODUCTION needs LINESIDE_HTTPS=1: passwords must not travel in clear text.")
