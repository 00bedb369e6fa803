"""Checks an access token (RFC 9068): signature by a key of ORION's, type, issuer, audience, times, and if wanted whether it was
revoked."""

import base64
import http.client
import json
import urllib.parse
import urllib.request
from dataclasses import dataclass

import jwt

# How long ORION may take to answer, in seconds.
PATIENCE = 2


class InvalidToken(Exception):
    """The token is not good, and why: words that whoever brings it may read (`error_description` of RFC 6750)."""


class Unavailable(Exception):
    """ORION cannot be asked now."""


UNFIT = "the token cannot be read, or is no access token"
# What each error of PyJWT says of a token; the first that fits, for some are kinds of others.
BLAME = [
    (jwt.ExpiredSignatureError, "the token has expired"),
    (jwt.ImmatureSignatureError, "the token is not good yet"),
    (jwt.MissingRequiredClaimError, "the token lacks a claim"),
    (jwt.InvalidIssuerError, "the token is of another issuer"),
    (jwt.InvalidAudienceError, "the token is for another audience"),
    (jwt.InvalidSignatureError, "the signature of the token is wrong"),
    (jwt.PyJWKClientError, "the token is signed by a key that the issuer does not publish"),
]


class Stays(urllib.request.HTTPRedirectHandler):
    """Whoever redirects is not ORION: the service's secret is for nobody else."""

    def redirect_request(self, *_):
        return None


@dataclass
class Service:
    """What proves this service to ORION."""

    name: str
    secret: str


class Tokens:
    def __init__(self, issuer, audience, leeway, service=None):
        self.issuer, self.audience, self.leeway, self.service = issuer, audience, leeway, service
        self.keys = jwt.PyJWKClient(
            f"{issuer}/.well-known/jwks.json",
            # A key that ORION has withdrawn is believed for that long at most.
            lifespan=300,
            # After keys were fetched, an unknown key has them fetched again no sooner than this: anybody can name keys that do
            # not exist. ORION publishes a key minutes before it signs with it.
            cooldown_duration=5,
            timeout=PATIENCE,
        )

    def check(self, token):
        """What a good token says; raises InvalidToken for any other, and Unavailable when ORION cannot be asked."""
        claims = self.verify(token)
        if self.service and not self.is_active(token):
            raise InvalidToken("the token was revoked")
        return claims

    def verify(self, token):
        try:
            header = jwt.get_unverified_header(token)
            if str(header.get("typ")).lower() != "at+jwt" or "kid" not in header:
                raise InvalidToken(UNFIT)
            return jwt.decode(
                token,
                self.keys.get_signing_key(header["kid"]),
                # The algorithm is ours to say, never the token's.
                algorithms=["ES256"],
                issuer=self.issuer,
                audience=self.audience,
                leeway=self.leeway,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError) as error:
            raise Unavailable(error) from error
        except jwt.PyJWTError as error:
            raise InvalidToken(next((why for kind, why in BLAME if isinstance(error, kind)), UNFIT)) from error
        except ValueError as error:
            # What ORION's address answers is no JSON.
            raise Unavailable(error) from error

    def is_active(self, token):
        """Whether ORION still lets it in (RFC 7662): asked each time, so that a session that ended is refused at once."""
        proof = base64.b64encode(f"{self.service.name}:{self.service.secret}".encode()).decode()
        request = urllib.request.Request(
            f"{self.issuer}/oauth/introspect",
            data=urllib.parse.urlencode({"token": token}).encode(),
            headers={"authorization": f"Basic {proof}"},
        )
        try:
            with urllib.request.build_opener(Stays).open(request, timeout=PATIENCE) as answer:
                return json.load(answer)["active"] is True
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            raise Unavailable(error) from error
