"""Makes django_sessions.json: sessions, users and tables as Django itself makes them.

    python3 -m venv venv && venv/bin/pip install django psycopg2-binary
    DATABASE_URL=postgresql:///an_empty_database venv/bin/python django_sessions.py > django_sessions.json

The tests read the file, for they cannot count on a network. What is random in Django, the session's key and the salt of
a password, is given here; the times and zlib's output are not, so a new run differs in `session_data`.
"""

import hashlib
import json
import os
import sys
import uuid
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

SECRET = "django-insecure-vector-0123456789-ü"
FALLBACK = "an-older-secret-of-the-same-application"
url = urlsplit(os.environ["DATABASE_URL"])
query = parse_qs(url.query)

settings.configure(
    SECRET_KEY=SECRET,
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": url.path.lstrip("/"),
            "USER": url.username or query.get("user", [""])[0],
            "HOST": url.hostname or query.get("host", [""])[0],
            "PORT": url.port or query.get("port", [""])[0],
        }
    },
)
django.setup()

from django.contrib.auth import login, logout  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import RequestFactory, override_settings  # noqa: E402

call_command("migrate", verbosity=0, interactive=False)

KEY_SALT = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"


def columns(table):
    """The table as the catalog has it, in the form that `create table` takes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select string_agg(format('%%I %%s%%s', attname, format_type(atttypid, atttypmod),
                                        case when attnotnull then ' not null' else '' end), ', ' order by attnum)
                 from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped""",
            [table],
        )
        (text,) = cursor.fetchone()
        cursor.execute(
            """select pg_get_constraintdef(oid) from pg_constraint
                where conrelid = %s::regclass and contype = 'p'""",
            [table],
        )
        (key,) = cursor.fetchone()
    return f"create table {table} ({text}, {key})"


def user(number, **fields):
    password = make_password(f"password {number}", salt=f"salt{number}", hasher="pbkdf2_sha256")
    return User.objects.create(id=number, username=f"user{number}", password=password, **fields)


def sign_in(who, key, **values):
    """A session as a view makes it, by `login`."""
    request = RequestFactory().get("/")
    request.session = SessionStore()
    login(request, who, backend="django.contrib.auth.backends.ModelBackend")
    request.session.update(values)
    return stored(request.session, key)


def stored(session, key):
    if session.session_key:
        session.delete()
    session._session_key = key
    session.save(must_create=True)
    return session


def described(session):
    row = Session.objects.get(session_key=session.session_key)
    return {
        "session_key": row.session_key,
        "session_data": row.session_data,
        "decoded": session._session,
        "user": session.get("_auth_user_id"),
        "hash": session.get("_auth_user_hash"),
    }


ada, grace, barred = user(1), user(2, is_superuser=True, is_staff=True), user(3, is_active=False)
sessions = {
    "ada": sign_in(ada, "ada0" + "a" * 28),
    "grace": sign_in(grace, "grace0" + "g" * 26),
    "barred": sign_in(barred, "barred" + "b" * 26),
    # Too short for zlib to be of use, and long.
    "anonymous": stored(SessionStore(), "anonymous" + "n" * 23),
    "basket": sign_in(ada, "basket" + "k" * 26, basket=[f"item {n} \u00e9" for n in range(200)], note='"/\\\u0000'),
}
with override_settings(SECRET_KEY=FALLBACK):
    sessions["fallback"] = sign_in(ada, "fallback" + "f" * 24)
    fallback = {"fallback": described(sessions["fallback"])}
out = sign_in(ada, "out" + "o" * 29)
request = RequestFactory().get("/")
request.session = out
logout(request)

described_sessions = {name: described(session) for name, session in sessions.items() if name != "fallback"} | fallback
json.dump(
    {
        "django": django.get_version(),
        "secret": SECRET,
        "fallbackSecret": FALLBACK,
        "hashKey": hashlib.sha256((KEY_SALT + SECRET).encode()).hexdigest(),
        "fallbackHashKey": hashlib.sha256((KEY_SALT + FALLBACK).encode()).hexdigest(),
        "tables": [columns("auth_user"), columns("django_session")],
        "users": list(User.objects.order_by("id").values("id", "username", "password", "is_active", "is_superuser")),
        "sessions": described_sessions,
        # The hash that Django computes of a password column, whatever is in it.
        "hashes": [
            {"password": text, "hash": User(password=text).get_session_auth_hash()}
            for text in ["", "!", "pbkdf2_sha256$1$a$b", "ü😀" * 40, "x" * 128]
        ],
    },
    sys.stdout,
    indent=1,
    ensure_ascii=True,
    default=str,
)
print()
