// Checks an access token (RFC 9068): signature by a key of ORION's, type, issuer, audience, times, and if wanted whether it was
// revoked.

import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'

/** How long ORION may take to answer, in milliseconds. */
const PATIENCE = 2_000

/** The token is not good; which part of it is nobody's business. */
export class InvalidToken extends Error {}

export interface Claims extends JWTPayload {
  roles?: string[]
}

export class Tokens {
  readonly #keys

  constructor(
    private readonly expected: { issuer: string; audience: string; leeway: number },
    private readonly service?: { name: string; secret: string },
  ) {
    this.#keys = createRemoteJWKSet(new URL(`${expected.issuer}/.well-known/jwks.json`), {
      // A key that ORION has withdrawn is believed for that long at most.
      cacheMaxAge: 300_000,
      // After keys were fetched, an unknown key has them fetched again no sooner than this: anybody can name keys that do not
      // exist. ORION publishes a key minutes before it signs with it.
      cooldownDuration: 5_000,
      timeoutDuration: PATIENCE,
    })
  }

  /** What a good token says; throws InvalidToken for any other, and something else when ORION cannot be asked. */
  async check(token: string): Promise<Claims> {
    const claims = await this.#verify(token)
    if (this.service && !(await this.#isActive(this.service, token))) throw new InvalidToken()
    return claims
  }

  async #verify(token: string): Promise<Claims> {
    const { issuer, audience, leeway } = this.expected
    try {
      const { payload } = await jwtVerify<Claims>(token, this.#keys, {
        // The algorithm is ours to say, never the token's.
        algorithms: ['ES256'],
        typ: 'at+jwt',
        issuer,
        audience,
        clockTolerance: leeway,
        requiredClaims: ['exp', 'sub'],
      })
      return payload
    } catch (error) {
      if (BAD.some((kind) => error instanceof kind)) throw new InvalidToken()
      throw error
    }
  }

  /** Whether ORION still lets it in (RFC 7662): asked each time, so that a session that ended is refused at once. */
  async #isActive({ name, secret }: { name: string; secret: string }, token: string): Promise<boolean> {
    const answer = await fetch(`${this.expected.issuer}/oauth/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ token }),
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    })
    if (!answer.ok) throw new Error(`introspection is answered ${answer.status}`)
    const { active } = (await answer.json()) as { active: boolean }
    return active === true
  }
}

/** What the token is to blame for. */
const BAD = [
  errors.JWSInvalid,
  errors.JWTInvalid,
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]
