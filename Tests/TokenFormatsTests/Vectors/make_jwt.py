"""Makes jwt.json: JSON Web Tokens and sets of keys, made with the package cryptography.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install cryptography
    /tmp/venv/bin/python Tests/TokenFormatsTests/Vectors/make_jwt.py

The keys are for nothing but these tests, and new each time; so are the tokens. They end in the year 2100.
"""

import base64
import hashlib
import hmac
import json
import pathlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

END = 4102444800
SECRET = "a secret of thirty-two characters"
CLAIMS = {"sub": "ann", "session_id": "s-1", "iss": "https://issuer.example", "aud": "app", "exp": END, "iat": 1700000000}


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


def token(header, claims, sign):
    signed = ".".join(b64(json.dumps(part, separators=(",", ":")).encode()) for part in ({"typ": "JWT"} | header, claims))
    return f"{signed}.{b64(sign(signed.encode()))}"


def hs256(secret):
    return lambda data: hmac.new(secret, data, hashlib.sha256).digest()


def rs256(key):
    return lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def es256(key):
    def sign(data):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


def rsa_jwk(key, kid, **more):
    n = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "n": number(n.n), "e": number(n.e)} | more


def ec_jwk(key, kid, **more):
    n = key.public_key().public_numbers()
    return {"kty": "EC", "kid": kid, "crv": "P-256", "x": number(n.x, 32), "y": number(n.y, 32)} | more


def ed_jwk(key, kid, **more):
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kty": "OKP", "kid": kid, "crv": "Ed25519", "x": b64(raw)} | more


old, new, other = (rsa.generate_private_key(65537, 2048) for _ in range(3))
curve, edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
pem = old.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

sets = {
    "old": {"keys": [rsa_jwk(old, "old", alg="RS256", use="sig"), ec_jwk(curve, "curve", alg="ES256")]},
    "new": {
        "keys": [
            rsa_jwk(new, "new", alg="RS256", use="sig"),
            ed_jwk(edwards, "edwards", alg="EdDSA"),
            # What a reader does not know it leaves out (RFC 7517 §5), and what is for encryption signs nothing.
            {"kty": "oct", "kid": "secret", "k": b64(SECRET.encode())},
            {"kty": "quantum", "kid": "later"},
            rsa_jwk(other, "other", use="enc"),
        ]
    },
}
rs = {"alg": "RS256", "kid": "old"}
refused = {
    "no algorithm": token({"alg": "none", "kid": "old"}, CLAIMS, lambda data: b""),
    "no algorithm, in capitals": token({"alg": "NONE", "kid": "old"}, CLAIMS, lambda data: b""),
    "the public key as a secret": token({"alg": "HS256", "kid": "old"}, CLAIMS, hs256(pem)),
    "another key under the same name": token(rs, CLAIMS, rs256(other)),
    "a key that is not in the set": token({"alg": "RS256", "kid": "gone"}, CLAIMS, rs256(other)),
    "no name of a key": token({"alg": "RS256"}, CLAIMS, rs256(old)),
    "another algorithm than the key's": token({"alg": "RS512", "kid": "old"}, CLAIMS, rs256(old)),
    "the name of a key of another kind": token({"alg": "ES256", "kid": "old"}, CLAIMS, es256(curve)),
    "an extension that must be understood": token(rs | {"crit": ["b64"], "b64": False}, CLAIMS, rs256(old)),
    "over": token(rs, CLAIMS | {"exp": 1700000000}, rs256(old)),
    "without an end": token(rs, {name: value for name, value in CLAIMS.items() if name != "exp"}, rs256(old)),
    "an end that is no number": token(rs, CLAIMS | {"exp": "never"}, rs256(old)),
    "not begun": token(rs, CLAIMS | {"nbf": END - 1}, rs256(old)),
    "another issuer": token(rs, CLAIMS | {"iss": "https://other.example"}, rs256(old)),
    "another audience": token(rs, CLAIMS | {"aud": ["else", "where"]}, rs256(old)),
    "no audience": token(rs, {name: value for name, value in CLAIMS.items() if name != "aud"}, rs256(old)),
    "no user": token(rs, {name: value for name, value in CLAIMS.items() if name != "sub"}, rs256(old)),
    "an empty user": token(rs, CLAIMS | {"sub": ""}, rs256(old)),
    "no session": token(rs, {name: value for name, value in CLAIMS.items() if name != "session_id"}, rs256(old)),
    "no object": token(rs, ["ann"], rs256(old)),
}
valid = {
    "RS256": token(rs, CLAIMS, rs256(old)),
    "ES256": token({"alg": "ES256", "kid": "curve"}, CLAIMS, es256(curve)),
    "several audiences": token(rs, CLAIMS | {"aud": ["other", "app"]}, rs256(old)),
    "sid": token(rs, {"sid": "s-1"} | {name: value for name, value in CLAIMS.items() if name != "session_id"}, rs256(old)),
}
text = {
    "secret": SECRET, "end": END, "sets": sets, "valid": valid, "refused": refused,
    "newer": token({"alg": "RS256", "kid": "new"}, CLAIMS, rs256(new)),
    "edwards": token({"alg": "EdDSA", "kid": "edwards"}, CLAIMS, edwards.sign),
    "encryption": token({"alg": "RS256", "kid": "other"}, CLAIMS, rs256(other)),
    "hs256": token({"alg": "HS256"}, CLAIMS | {"sub": 42}, hs256(SECRET.encode())),
    "supabase": token({"alg": "HS256"}, CLAIMS | {
        "sub": "11111111-0000-4000-8000-000000000000", "session_id": "11111111-1111-4111-8111-111111111111",
    }, hs256(SECRET.encode())),
    "hs384": token({"alg": "HS384"}, CLAIMS, lambda data: hmac.new(SECRET.encode(), data, hashlib.sha384).digest()),
}
(pathlib.Path(__file__).parent / "jwt.json").write_text(json.dumps(text, indent=1) + "\n")
