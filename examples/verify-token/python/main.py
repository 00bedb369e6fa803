"""A product's own service, which checks ORION's access tokens itself: GET /orders is for whoever brings a good one."""

import json
import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from token_check import InvalidToken, Service, Tokens, Unavailable

# How it is called, for who calls it otherwise.
USAGE = """usage: verify-token [--introspect]
  --introspect  ask ORION by each request whether the token is still good; needs SERVICE_NAME and SERVICE_SECRET
ISSUER, AUDIENCE, LEEWAY_SECONDS and PORT are read as well: see README.md"""


def misuse(wrong):
    print(f"{wrong}\n{USAGE}", file=sys.stderr)
    sys.exit(2)


def introspects():
    """Whether ORION is to be asked."""
    words = sys.argv[1:]
    for word in words:
        if word == "--help":
            print(USAGE)
            sys.exit(0)
        if word != "--introspect":
            misuse(f"unknown word: {word}")
    return bool(words)


def service():
    """This service as ORION knows it: a section [auth.services.NAME] of its configuration."""
    if not introspects():
        return None
    name, secret = os.environ.get("SERVICE_NAME"), os.environ.get("SERVICE_SECRET")
    return Service(name, secret) if name and secret else misuse("--introspect needs SERVICE_NAME and SERVICE_SECRET")


def number(name, default, most):
    """Read with care: with a leeway that is no number, or a huge one, nothing would ever expire."""
    text = os.environ.get(name, default)
    fits = re.fullmatch("[0-9]{1,9}", text) and int(text) <= most
    return int(text) if fits else misuse(f"{name} must be a whole number of at most {most}, not {text}")


SERVICE = service()
TOKENS = Tokens(
    issuer=os.environ.get("ISSUER", "http://localhost:3000"),
    audience=os.environ.get("AUDIENCE", "orion"),
    leeway=number("LEEWAY_SECONDS", "60", 600),
    service=SERVICE,
)
PORT = number("PORT", "8080", 65535)


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path != "/orders":
            return self.answer(404)
        # RFC 6750
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return self.answer(401, {"www-authenticate": 'Bearer realm="shop"'})
        try:
            claims = TOKENS.check(token.strip())
        except InvalidToken as why:
            challenge = f'Bearer realm="shop", error="invalid_token", error_description="{why}"'
            return self.answer(401, {"www-authenticate": challenge})
        except Unavailable as error:
            # ORION cannot be asked now: nobody is let in unchecked.
            print(error, file=sys.stderr)
            return self.answer(503, {"retry-after": "5"})
        orders = {"of": claims["sub"], "roles": claims.get("roles", []), "orders": []}
        self.answer(200, {"content-type": "application/json"}, json.dumps(orders).encode())

    def answer(self, status, headers={}, body=b""):
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", PORT), Shop).serve_forever()
