"""
Django's settings, derived from `env`; nothing here reads the environment itself.
"""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from tongban.config import database, env, keys

HERE = Path(__file__).parent
TONGBAN_KEYS = keys.key_file(env.run.home)
_node_keys = TONGBAN_KEYS.load()
TONGBAN_HOME = env.run.home
TONGBAN_BASE_URL = env.run.base_url
TONGBAN_NODE = env.node
TONGBAN_IDENTITY = env.identity
TONGBAN_RATES = env.rates
TONGBAN_WAITING = env.waiting
TONGBAN_MANDATES = env.mandates
TONGBAN_MESSAGING = env.messaging
TONGBAN_AUTHORITY = env.authority
TONGBAN_DOCUMENTS = env.documents
TONGBAN_OUTGOING = env.outgoing
TONGBAN_AUDIT = env.audit
TONGBAN_SECURITY = env.security
TONGBAN_FEDERATION = env.federation
TONGBAN_EXCHANGE = env.exchange
TONGBAN_CASEWORK = env.casework
TONGBAN_LICENCES = env.licences
TONGBAN_PRIVACY = env.privacy
TONGBAN_REGISTERS = env.registers
TONGBAN_DATASETS = env.datasets
TONGBAN_SHARING = env.sharing
TONGBAN_TRUST = env.trust
TONGBAN_TRUSTED_PROXIES = env.run.trusted_proxies

SECRET_KEY = _node_keys.django
DEBUG = env.run.debug
ALLOWED_HOSTS = env.run.hosts
USE_X_FORWARDED_HOST = env.run.trusted_proxies > 0

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "tongban.config.borrowed_apps.PermissionsUnused",
    "tongban.config.borrowed_apps.AddressesUnused",
    "tongban.config.borrowed_apps.SecondFactors",
    "oauth2_provider",
    "procrastinate.contrib.django",
    "tongban.foundation",
    "tongban.resources.exchange",
    "tongban.resources.datasets",
    "tongban.resources.registers",
    "tongban.resources.sharing",
    "tongban.resources.docking",
    "tongban.resources.movein",
    "tongban.resources.caselibrary",
    "tongban.support.identity",
    "tongban.support.federation",
    "tongban.support.mandates",
    "tongban.support.documents",
    "tongban.support.messaging",
    "tongban.support.search",
    "tongban.support.trust",
    "tongban.support.seals",
    "tongban.support.privacy",
    "tongban.support.security",
    "tongban.business.catalogue",
    "tongban.business.licences",
    "tongban.business.casework",
    "tongban.business.handling",
    "tongban.business.crossregion",
    "tongban.portal.site",
    "tongban.portal.apply",
    "tongban.portal.workspace",
    "tongban.portal.engagement",
    "tongban.portal.desk",
    "tongban.portal.data",
    "tongban.config",
]

MIDDLEWARE = [
    "tongban.config.middleware.RequestContext",
    "tongban.config.security.SecurityHeaders",
    "tongban.config.middleware.ReadableText",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "tongban.config.waiting_room.WaitingRoom",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tongban.config.actor_middleware.ActorMiddleware",
    "tongban.config.topology_doors.TopologyDoors",
    "tongban.config.refusals.RefusalTrail",
    "tongban.config.errors.ServiceErrors",
    "tongban.config.acting.PrincipalOfForms",
    "tongban.config.rates.RateLimits",
    "tongban.config.uploads.UploadSizes",
]

ROOT_URLCONF = "tongban.config.urls"
WSGI_APPLICATION = "tongban.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": database.settings_of(env.run)}
#: Figures that may be a minute old, remembered by each process for itself.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

AUTH_USER_MODEL = "identity.Account"
LOGIN_URL = "workspace:login"
#: New passwords by the first; the second lets accounts of other systems log in with the hash they came with.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

#: Second factor: tables and arithmetic of allauth.mfa; its pages and addresses are not installed.
MFA_ADAPTER = "tongban.support.identity.adapters.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
#: Our accounts have no e-mail address and no user name; its migrations would look for them.
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
MFA_TOTP_ISSUER = env.node.name
MFA_RECOVERY_CODE_COUNT = 10
MFA_RECOVERY_CODE_DIGITS = 10

#: One login: rows and arithmetic of django-oauth-toolkit; its pages and addresses are not installed.
OAUTH2_PROVIDER_APPLICATION_MODEL = "federation.RelyingParty"
OAUTH2_PROVIDER_GRANT_MODEL = "federation.AuthorizationGrant"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "federation.BearerToken"  # noqa: S105 -- names of tables
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "federation.RenewalToken"  # noqa: S105 -- names of tables
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "federation.IdentityToken"  # noqa: S105 -- names of tables
OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_ISS_ENDPOINT": env.run.base_url,
    "SCOPES_BACKEND_CLASS": "tongban.support.federation.adapters.validator.Scopes",
    "DEFAULT_SCOPES": ["openid"],
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": 60,
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "ID_TOKEN_EXPIRE_SECONDS": 600,
    "REFRESH_TOKEN_EXPIRE_SECONDS": int(env.identity.session_absolute.total_seconds()),
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ROTATE_REFRESH_TOKEN": True,
    "PKCE_REQUIRED": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["http", "https"],
    **{
        f"COMPLIANT_BCP_RFC9700_{gate}": True
        for gate in (
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "TOKEN_STORAGE",
            "REFRESH_TOKEN",
            "REDIRECT_URI_SCHEME",
            "REDIRECT_URI_MATCHING",
            "PKCE_REQUIRED",
        )
    },
}

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "tongban.config.jinja.environment",
            "context_processors": ["tongban.config.acting.acting_inputs"],
        },
    },
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", "English")]
LOCALE_PATHS = [HERE / "locale"]
LANGUAGE_COOKIE_NAME = "tongban_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = env.run.base_url.startswith("https://")
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = env.run.home / "static"
STATICFILES_DIRS = [HERE / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

_secure = env.run.base_url.startswith("https://")
SESSION_ENGINE = "django.contrib.sessions.backends.db"
#: A browser takes a cookie of this name only over TLS, from this very host, for every path: no neighbour can plant one.
_own = "__Host-" if _secure else ""
SESSION_COOKIE_NAME = f"{_own}tongban_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _secure
SESSION_COOKIE_AGE = int(env.identity.session_absolute.total_seconds())
CSRF_COOKIE_NAME = f"{_own}tongban_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _secure
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tongban.config.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [env.run.base_url]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = None

SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING_CONFIG = None
