"""Makes tokens.json: cookies as the frameworks make them, by implementations that are none of ours.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install cryptography erlang_py
    /tmp/venv/bin/python Tests/TokenFormatsTests/Vectors/make.py

hmac and hashlib are OpenSSL's, AES is the package cryptography's, Erlang's terms are erlang_py's. Nothing is random, so that
making them again changes nothing.
"""

import base64
import hashlib
import hmac
import json
import pathlib

import erlang
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def b64(data):
    return base64.b64encode(data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def mac(key, message, name="sha256"):
    return hmac.new(key, message, name)


def better_auth(secret, token):
    return f"{token}.{b64(mac(secret.encode(), token.encode()).digest())}"


def express(secret, sid):
    return f"s:{sid}." + b64(mac(secret.encode(), sid.encode()).digest()).rstrip("=")


def rails(secret_key_base, cookie, value, exp="2046-01-01T00:00:00.000Z", salt="signed cookie", purpose=None):
    message = b64(json.dumps(value).encode())
    envelope = {"_rails": {"message": message, "exp": exp, "pur": purpose or f"cookie.{cookie}"}}
    data = b64(json.dumps(envelope, separators=(",", ":")).encode())
    key = hashlib.pbkdf2_hmac("sha256", secret_key_base.encode(), salt.encode(), 1000, 64)
    return f"{data}--{mac(key, data.encode(), 'sha1').hexdigest()}"


def plug(secret_key_base, salt, term):
    payload = erlang.term_to_binary(term)
    signed = "SFMyNTY." + b64url(payload)
    key = hashlib.pbkdf2_hmac("sha256", secret_key_base.encode(), salt.encode(), 1000, 32)
    return f"{signed}.{b64url(mac(key, signed.encode()).digest())}"


def adonis(app_key, cookie, session):
    payload = b64url(json.dumps({"message": session, "purpose": cookie}, separators=(",", ":")).encode())
    key = hashlib.sha256(app_key.encode()).digest()
    return f"s:{payload}." + b64url(mac(key, payload.encode()).hexdigest().encode())


def laravel_plain(key, cookie, session):
    return mac(key, f"{cookie}v2".encode(), "sha1").hexdigest() + "|" + session


def laravel_cbc(key, cookie, session, iv=bytes(range(16))):
    padder = padding.PKCS7(128).padder()
    plain = padder.update(laravel_plain(key, cookie, session).encode()) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    value = b64(encryptor.update(plain) + encryptor.finalize())
    tag = mac(key, (b64(iv) + value).encode()).hexdigest()
    return b64(json.dumps({"iv": b64(iv), "value": value, "mac": tag, "tag": ""}).encode())


def laravel_gcm(key, cookie, session, iv=bytes(range(12))):
    sealed = AESGCM(key).encrypt(iv, laravel_plain(key, cookie, session).encode(), None)
    parts = {"iv": b64(iv), "value": b64(sealed[:-16]), "mac": "", "tag": b64(sealed[-16:])}
    return b64(json.dumps(parts).encode())


def vector(format, secret, cookie, token, key, salt=""):
    return {"format": format, "secret": secret, "salt": salt, "cookie": cookie, "token": token, "key": key}


BETTER = "test-secret-0123456789abcdef0123456789"
BASE = "a" * 128
SALT = "Yk2vL0pQ"
APP = "averylongsecretkeyforadonis-0123"
LARAVEL = bytes(range(32))
LARAVEL_TEXT = "base64:" + b64(LARAVEL)
SESSION = "nTGoMHWTQ6hyIyDLfUk0cJMB5ZWFZ3Kc4xqN0a1b"
USER_TOKEN = bytes(range(100, 132))


def binary(text):
    return erlang.OtpErlangBinary(text if isinstance(text, bytes) else text.encode())


phoenix_session = {
    binary("_csrf_token"): binary("kd8s0aXr"),
    binary("live_socket_id"): binary("users_sessions:" + b64url(USER_TOKEN)),
    binary("user_token"): binary(USER_TOKEN),
    binary("numbers"): [1, -5, 70_000, 2**70, 1.5, (1, 2), [], erlang.OtpErlangAtom(b"nil")],
}

vectors = [
    vector("hmac-sha256", BETTER, "better-auth.session_token", better_auth(BETTER, "AbCdEfGhIjKlMnOpQrStUvWxYz012345"),
           "AbCdEfGhIjKlMnOpQrStUvWxYz012345"),
    vector("hmac-sha256", "keyboard cat", "connect.sid", express("keyboard cat", "nmRsQW0pRk7aUu9jv2y4GmVn4Qn9g8dM"),
           "nmRsQW0pRk7aUu9jv2y4GmVn4Qn9g8dM"),
    vector("hmac-sha256", "schlüssel", "connect.sid", express("schlüssel", "with.dots/and s:colons"),
           "with.dots/and s:colons"),
    vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", 17), "17", "signed cookie"),
    vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", 2**53 + 1, exp=None), "9007199254740993", "signed cookie"),
    vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", "0b7e9f1c-7d3a-4f67-9d52-6d1f5a1c2e3f"),
           "0b7e9f1c-7d3a-4f67-9d52-6d1f5a1c2e3f", "signed cookie"),
    vector("rails-signed", BASE, "_sid", rails(BASE, "_sid", 5, salt="other salt"), "5", "other salt"),
    vector("plug-signed", BASE, "_app_key", plug(BASE, SALT, phoenix_session), USER_TOKEN.hex(), SALT),
    vector("adonis-signed", APP, "adonis-session", adonis(APP, "adonis-session", "k5xq0z7c2m4v8b1n"), "k5xq0z7c2m4v8b1n"),
    vector("laravel", LARAVEL_TEXT, "laravel_session", laravel_cbc(LARAVEL, "laravel_session", SESSION), SESSION),
    vector("laravel", LARAVEL_TEXT, "laravel_session", laravel_gcm(LARAVEL, "laravel_session", SESSION), SESSION),
]

# Signed by the right secret, and still no session's: made for another cookie, over, or with nothing in it.
refused = [
    vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", 17, purpose="cookie.remember_me"), None, "signed cookie"),
    vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", 17, exp="2020-01-01T00:00:00.000Z"), None, "signed cookie"),
    vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", 17, exp="soon"), None, "signed cookie"),
    vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", {"id": 17}), None, "signed cookie"),
    vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", 17, salt="other salt"), None, "signed cookie"),
    vector("plug-signed", BASE, "_app_key", plug(BASE, SALT, {binary("_csrf_token"): binary("kd8s0aXr")}), None, SALT),
    vector("plug-signed", BASE, "_app_key", plug(BASE, SALT, {binary("user_token"): binary("short")}), None, SALT),
    vector("plug-signed", BASE, "_app_key", plug(BASE, SALT, binary("user_token")), None, SALT),
    vector("adonis-signed", APP, "adonis-session", adonis(APP, "remember", "k5xq0z7c2m4v8b1n"), None),
    vector("laravel", LARAVEL_TEXT, "laravel_session", laravel_cbc(LARAVEL, "XSRF-TOKEN", SESSION), None),
    vector("laravel", LARAVEL_TEXT, "laravel_session", laravel_gcm(LARAVEL, "XSRF-TOKEN", SESSION), None),
    vector("laravel", LARAVEL_TEXT, "laravel_session", laravel_cbc(LARAVEL, "laravel_session", "short"), None),
]

# The same for the sessions that Tests/IntegrationTests/SessionPresets put into the frameworks' tables.
PHOENIX = "00ff10203040506070809000a0b0c0d0e0f0112233445566778899aabbccddee"
LARAVEL_ID = "pQ7xk2Lm9ZaB4cD6eF8gH1iJ3kL5mN7oP9qR1sT3"
ADONIS = "cm4x1adaadaadaadaadaada1"
UUID = "a0000000-0000-4000-8000-000000000001"
presets = {
    "better-auth": vectors[0],
    "express": vectors[1],
    "rails": vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", 17), "17"),
    "rails (uuid)": vector("rails-signed", BASE, "session_id", rails(BASE, "session_id", UUID), UUID),
    "laravel": vector("laravel", LARAVEL_TEXT, "laravel_session", laravel_cbc(LARAVEL, "laravel_session", LARAVEL_ID), LARAVEL_ID),
    "adonis": vector("adonis-signed", APP, "adonis-session", adonis(APP, "adonis-session", ADONIS), ADONIS),
    "phoenix": vector("plug-signed", BASE, "_my_app_key",
                      plug(BASE, SALT, {binary("user_token"): binary(bytes.fromhex(PHOENIX))}), PHOENIX, SALT),
}

here = pathlib.Path(__file__).parent
text = json.dumps({"valid": vectors, "refused": refused, "presets": presets}, indent=1, ensure_ascii=False)
(here / "tokens.json").write_text(text + "\n")
