// Checks an access token (RFC 9068): signature by a key of ORION's, type, issuer, audience, times, and if wanted whether it was
// revoked.

import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'

/** How long ORION may take to answer, in milliseconds. */
const PATIENCE = 2_000

/** The token is not good, and why: words that whoever brings it may read (`error_description` of RFC 6750). */
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
    if (this.service && !(await this.#isActive(this.service, token))) throw new InvalidToken('the token was revoked')
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
      const why = blame(error)
      throw why ? new InvalidToken(why) : error
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

/** What the token is to blame for, if it is. */
function blame(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return 'the token has expired'
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is wrong'
  if (KEYLESS.some((kind) => error instanceof kind)) return 'the token is signed by a key that the issuer does not publish'
  if (error instanceof errors.JWTClaimValidationFailed && error.claim !== 'typ') {
    if (error.reason === 'missing') return 'the token lacks a claim'
    if (error.claim === 'nbf') return 'the token is not good yet'
    if (error.claim === 'iss') return 'the token is of another issuer'
    if (error.claim === 'aud') return 'the token is for another audience'
  }
  return UNFIT.some((kind) => error instanceof kind) ? 'the token cannot be read, or is no access token' : undefined
}

const KEYLESS = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys]
const UNFIT = [
  errors.JWSInvalid,
  errors.JWTInvalid,
  errors.JWTClaimValidationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
]
