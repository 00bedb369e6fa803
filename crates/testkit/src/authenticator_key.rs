//! A browser and an authenticator with one passkey (WebAuthn level 3, CTAP 2.1), made without the product's own library.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_KEY: u8 = 0x40;

/// An authenticator, and the page that it is used from. What it says of itself can be set as a test wants it.
pub struct AuthenticatorKey {
    key: EcdsaKeyPair,
    pub id: Vec<u8>,
    /// Whose passkey it is, as the site said when it was made.
    pub user_handle: Vec<u8>,
    /// The page that asks.
    pub origin: String,
    /// Whether that page is inside of another site's.
    pub framed: bool,
    /// Whether it verifies who uses it.
    pub verifies: bool,
    pub backup_eligible: bool,
    pub backed_up: bool,
    /// How often it was used; none where it does not count.
    pub counter: Option<u32>,
    pub aaguid: [u8; 16],
}

impl AuthenticatorKey {
    /// A phone's, on a page of the platform.
    pub fn new() -> Self {
        let mut id = vec![0; 32];
        aws_lc_rs::rand::fill(&mut id).unwrap();
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id,
            user_handle: Vec::new(),
            origin: "http://localhost:3000".to_owned(),
            framed: false,
            verifies: true,
            backup_eligible: true,
            backed_up: true,
            counter: None,
            aaguid: *b"\xea\x9b\x8d\x66\x4d\x01\x1d\x21\x3c\xe4\xb6\xb4\x8c\xb5\x75\xd4",
        }
    }

    /// One that is not copied, counts, and does not look at who uses it.
    pub fn security_key() -> Self {
        Self { verifies: false, backup_eligible: false, backed_up: false, counter: Some(1), ..Self::new() }
    }

    /// What `navigator.credentials.create()` gives to these options, as `toJSON()` writes it.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user_handle = decode(&options["user"]["id"]);
        let client_data = self.client_data("webauthn.create", options);
        let mut said = self.says(options["rp"]["id"].as_str().unwrap(), HAS_KEY);
        said.extend(self.aaguid);
        said.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        said.extend(&self.id);
        said.extend(self.cose_key());
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut object = vec![0xa3];
        for name in ["fmt", "none", "attStmt"] {
            object.extend(head(3, name.len()));
            object.extend(name.as_bytes());
        }
        object.push(0xa0);
        object.extend(head(3, 8));
        object.extend(b"authData");
        object.extend(head(2, said.len()));
        object.extend(&said);
        json!({
            "id": encode(&self.id),
            "rawId": encode(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": encode(&client_data),
                "attestationObject": encode(&object),
                "authenticatorData": encode(&said),
                "publicKeyAlgorithm": -7,
                "transports": ["internal", "hybrid", "smart-card"],
            },
        })
    }

    /// What `navigator.credentials.get()` gives to these options, as `toJSON()` writes it.
    pub fn get(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        self.counter = self.counter.map(|counter| counter + 1);
        let said = self.says(options["rpId"].as_str().unwrap(), 0);
        let signed = [said.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": encode(&self.id),
            "rawId": encode(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": encode(&client_data),
                "authenticatorData": encode(&said),
                "signature": encode(signature.as_ref()),
                "userHandle": encode(&self.user_handle),
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": self.framed,
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
        });
        data.to_string().into_bytes()
    }

    /// The authenticator's data up to its counter.
    fn says(&self, domain: &str, more: u8) -> Vec<u8> {
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = PRESENT
            | more
            | flag(self.verifies, VERIFIED)
            | flag(self.backup_eligible, BACKUP_ELIGIBLE)
            | flag(self.backed_up, BACKED_UP);
        let mut said = digest(&SHA256, domain.as_bytes()).as_ref().to_vec();
        said.push(flags);
        said.extend(self.counter.unwrap_or(0).to_be_bytes());
        said
    }

    /// {1: 2, 3: -7, -1: 1, -2: x, -3: y} (RFC 9053, 7.1.1)
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(&point[33..65]);
        key
    }
}

impl Default for AuthenticatorKey {
    fn default() -> Self {
        Self::new()
    }
}

/// The head of a CBOR item of this kind and length (RFC 8949, 3).
fn head(kind: u8, length: usize) -> Vec<u8> {
    let kind = kind << 5;
    match u8::try_from(length) {
        Ok(short @ ..24) => vec![kind | short],
        Ok(byte) => vec![kind | 24, byte],
        Err(_) => [&[kind | 25][..], &u16::try_from(length).unwrap().to_be_bytes()].concat(),
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}
