"""A CAS provider (django-cas-server) and a page behind it (django-cas-ng), as an operator has them.

    python site.py provider PORT DATABASE | python site.py service PORT DATABASE PROVIDER_URL

Each publishes its authorisation by one line of its urlconf. Accounts: pupil-001 … with the
password of the environment variable CAS_PASSWORD. Everybody is made up. With ONE_FOR_ALL in the
environment the page is cached as people do by mistake: for everybody, whoever asked first.
"""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.cache import cache_page

ROLE, PORT, DATABASE = sys.argv[1], int(sys.argv[2]), sys.argv[3]
HOST = {"provider": "127.0.0.1", "service": "127.0.0.2"}[ROLE]
APPS = {"provider": ["cas_server"], "service": ["django_cas_ng"]}[ROLE]
PEOPLE = 120

settings.configure(
    SECRET_KEY="only for a test on loopback",
    DEBUG=False,
    ALLOWED_HOSTS=[HOST],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE,
                           "OPTIONS": {"timeout": 10, "init_command": "PRAGMA journal_mode=WAL"}}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions", "django.contrib.messages",
                    "django.contrib.staticfiles", *APPS],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.common.CommonMiddleware",
                "django.middleware.locale.LocaleMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {"context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages"]}}],
    # The hashing of real sites takes a core for a tenth of a second; this is not what is tried.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend" if ROLE == "provider"
                             else "django_cas_ng.backends.CASBackend"],
    STATIC_URL="/static/",
    CAS_SERVER_URL=sys.argv[4] if ROLE == "service" else "",
    CAS_VERSION="3",
    LOGIN_URL="/accounts/login",
    SESSION_COOKIE_NAME=f"session-{ROLE}",
    CAS_NEW_VERSION_HTML_WARNING=False,
    CAS_NEW_VERSION_EMAIL_WARNING=False,
    CAS_SHOW_POWERED=False,
)  # fmt: skip
django.setup()

from django.contrib.auth.decorators import login_required  # noqa: E402  # after the set-up
from django.contrib.auth.models import User  # noqa: E402


def leave(_: HttpRequest) -> HttpResponse:
    """The authorisation as it lies on the operator's disk; gone from there, it is withdrawn."""
    document = Path(os.environ["AUTHORIZATION"])
    if not document.exists():
        raise Http404
    return HttpResponse(document.read_text(encoding="utf-8"), content_type="application/json")


def portal(request: HttpRequest) -> HttpResponse:
    """The page behind the sign-in, which tells whose it is."""
    whose = request.user.get_username()
    return HttpResponse(
        f'<!doctype html><title>Portail</title><main data-user="{whose}">Bonjour</main>'
    )


urlpatterns = [path(".well-known/rentree-authorization.json", leave)]
if ROLE == "provider":
    urlpatterns.append(path("cas/", include("cas_server.urls", namespace="cas_server")))
else:
    import django_cas_ng.views as cas

    page = cache_page(60)(portal) if os.environ.get("ONE_FOR_ALL") else portal
    urlpatterns += [
        path("", login_required(page)),
        path("accounts/login", cas.LoginView.as_view(), name="cas_ng_login"),
        path("accounts/logout", cas.LogoutView.as_view(), name="cas_ng_logout"),
    ]


def populate() -> None:
    """The provider's accounts, and the service that may ask it."""
    from cas_server.models import ServicePattern  # noqa: PLC0415  # an app of the provider only

    ServicePattern.objects.create(name="portal", pattern=r"^http://127\.0\.0\.2:\d+/.*$", pos=1)
    for number in range(1, PEOPLE + 1):
        User.objects.create_user(f"pupil-{number:03}", password=os.environ["CAS_PASSWORD"])


if __name__ == "__main__":
    import waitress
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    if ROLE == "provider":
        populate()
    waitress.serve(get_wsgi_application(), host=HOST, port=PORT, threads=8, backlog=1024)
