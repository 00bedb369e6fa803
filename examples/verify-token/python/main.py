"""A product's own service, which checks ORION's access tokens itself: GET /orders is for whoever brings a good one."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from token_check import InvalidToken, Service, Tokens, Unavailable

INTROSPECT = "--introspect" in sys.argv
TOKENS = Tokens(
    issuer=os.environ.get("ISSUER", "http://localhost:3000"),
    audience=os.environ.get("AUDIENCE", "orion"),
    leeway=float(os.environ.get("LEEWAY_SECONDS", "60")),
    # This service as ORION knows it: a section [auth.services.NAME] of its configuration.
    service=Service(os.environ["SERVICE_NAME"], os.environ["SERVICE_SECRET"]) if INTROSPECT else None,
)


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
        except InvalidToken:
            return self.answer(401, {"www-authenticate": 'Bearer realm="shop", error="invalid_token"'})
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


ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Shop).serve_forever()
