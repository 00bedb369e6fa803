//! DTOs of sign-ins on ORION's own pages, which end with a code for the product.

use super::bounded;
use crate::Secret;
use garde::Validate;
use serde::{Deserialize, Serialize};

/// `POST /api/v1/auth/login/code`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExchangeCode {
    /// The code that came with the browser. It lives a minute and works once.
    #[garde(custom(bounded))]
    pub code: Secret,
    /// What the challenge was made of (RFC 7636, S256): 43 to 128 characters, known to whoever sent the browser to sign in.
    #[garde(custom(bounded))]
    #[schema(example = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")]
    pub code_verifier: Secret,
}
