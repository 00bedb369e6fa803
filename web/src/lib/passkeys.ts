import { ApiError, ownProblem } from "@/api/problem";

/** What a browser is asked for, or gives, as WebAuthn (level 3) writes it in JSON. */
type Json = Record<string, unknown>;

/** Whether the page is at an IP address: passkeys are bound to names, and browsers use none here (WebAuthn, section 5.1.3). */
export const isAtAddress = () => /^(\[|[\d.]+$)/.test(location.hostname);

/** Whether this browser has passkeys, on a page that may use them. */
export const hasPasskeys = () =>
  !isAtAddress() && typeof PublicKeyCredential !== "undefined" && "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** Asks the browser to prove a passkey. */
export const provePasskey = (options: Json) =>
  given(() => {
    const json = options as unknown as PublicKeyCredentialRequestOptionsJSON;
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json) });
  });

/** Asks the browser to make a passkey. */
export const makePasskey = (options: Json) =>
  given(() => {
    const json = options as unknown as PublicKeyCredentialCreationOptionsJSON;
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json) });
  });

/** What a browser gives, or why it gives nothing: browsers tell nobody whether there was no passkey, too little time or no wish. */
async function given(ask: () => Promise<Credential | null>): Promise<Json> {
  try {
    const credential = await ask();
    if (credential) return (credential as PublicKeyCredential).toJSON() as unknown as Json;
  } catch (thrown) {
    if (!(thrown instanceof DOMException)) throw thrown;
    if (thrown.name === "InvalidStateError") throw new ApiError(ownProblem("passkey-exists"));
    if (thrown.name !== "NotAllowedError" && thrown.name !== "AbortError") {
      throw new ApiError({ ...ownProblem("passkey-failed"), detail: thrown.message });
    }
  }
  throw new ApiError(ownProblem("passkey-refused"));
}

/** Sends a passkey that was proved. */
export const sendProvenPasskey = <Answer>(send: () => Promise<Answer>) => told("passkey-wrong", send);

/** Sends a passkey that was made. */
export const sendMadePasskey = <Answer>(send: () => Promise<Answer>) => told("passkey-not-set-up", send);

/** Sends what a browser gave. What the server then says of the credential alone is told in words of our own. */
async function told<Answer>(kind: string, send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (thrown) {
    const isWrong = thrown instanceof ApiError && thrown.isToldBy(["credential"]);
    throw isWrong ? new ApiError(ownProblem(kind)) : thrown;
  }
}
