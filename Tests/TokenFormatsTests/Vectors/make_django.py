"""Makes django.json: sessions as Django itself writes them, and zlib's own compression of what is harder.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install django
    /tmp/venv/bin/python Tests/TokenFormatsTests/Vectors/make_django.py
"""

import base64
import hashlib
import json
import pathlib
import random
import zlib

import django
from django.conf import settings

SECRET = "django-insecure-Ünd-a-key-with-$igns"
settings.configure(SECRET_KEY=SECRET, INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"], USE_TZ=True)
django.setup()

from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing

user = User(pk=42, username="ann", password="pbkdf2_sha256$1000000$salt$hash=")
login = {
    "_auth_user_id": "42",
    "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
    "_auth_user_hash": user.get_session_auth_hash(),
}
store = SessionStore()
anonymous = {"cart": [1, 2, 3], "csrf": "x"}
sessions = {
    "login": store.encode(login),
    "long": store.encode(login | {"notes": [f"note {n}" for n in range(500)]}),
    "plain": signing.dumps(
        {"_auth_user_id": "a'b", "_auth_user_hash": "h"}, salt=store.key_salt, serializer=store.serializer, compress=False
    ),
    "anonymous": store.encode(anonymous),
}

random.seed(7)
plain = {
    "empty": b"",
    "text": b"So it goes. " * 300,
    "noise": random.randbytes(600),
    "letters": bytes(random.choice(b"abcdefgh") for _ in range(4000)),
    "overlap": b"a" * 70000,
}
zipped = [
    {"name": f"{name} at level {level}", "size": len(data), "sha256": hashlib.sha256(data).hexdigest(),
     "zlib": base64.b64encode(zlib.compress(data, level)).decode()}
    for name, data in plain.items()
    for level in (0, 1, 6, 9)
    if level > 0 or len(data) < 5000
]
text = {
    "django": django.get_version(), "secret": SECRET, "password": user.password, "hash": login["_auth_user_hash"],
    "sessions": sessions, "zlib": zipped,
}
(pathlib.Path(__file__).parent / "django.json").write_text(json.dumps(text, indent=1, ensure_ascii=False) + "\n")
