//! DTOs of sign-ins that take more than one step.

use super::{BackupCodes, Provider, bounded};
use crate::vocabulary::vocabulary;
use crate::{FlowId, Password, Secret};
use garde::Validate;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// What a flow needs next.
    FlowStep {
        FirstFactor = "first_factor",
        SecondFactor = "second_factor",
        EnrolSecondFactor = "enrol_second_factor",
        KeepBackupCodes = "keep_backup_codes",
        NewPassword = "new_password",
    }
    /// How a step of a flow can be done: each is an endpoint below the flow.
    FlowMethod {
        Password = "password",
        Totp = "totp",
        BackupCode = "backup_code",
        Passkey = "passkey",
        Provider = "provider",
        TotpEnrolment = "totp_enrolment",
        PasskeyEnrolment = "passkey_enrolment",
        KeptBackupCodes = "kept_backup_codes",
        NewPassword = "new_password",
    }
    /// What a flow ends with.
    FlowPurpose {
        SignIn = "sign_in",
        SignInCode = "sign_in_code",
        StepUp = "step_up",
    }
}

impl FlowMethod {
    /// Its endpoint, below `/api/v1/auth/flows/{id}/`.
    #[must_use]
    pub fn path(self) -> String {
        self.as_str().replace('_', "-")
    }
}

/// A sign-in that needs another step.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FlowResponse {
    /// Names the flow in the paths of its steps.
    pub flow_id: FlowId,
    /// Belongs to whoever began the flow, and goes with each step. Given once, with the first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow_token: Option<Secret>,
    /// Seconds until the flow is over.
    #[schema(example = 600)]
    pub expires_in: u64,
    /// What is needed next.
    pub next: FlowStep,
    /// By which of these.
    pub methods: Vec<FlowMethod>,
    /// At which providers, where one of the methods is `provider`; absent otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<Provider>,
    /// For how many days the device can be trusted with this step; absent where it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 30)]
    pub trust_days: Option<u32>,
    /// For `keep_backup_codes`: what stands in for the second factor that was set up in this flow. Shown until they are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup_codes: Option<BackupCodes>,
}

/// What a sign-in, or a step of one, is answered with.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SignInAnswer {
    /// It needs another step.
    Needs(FlowResponse),
    /// It is done.
    Done(super::TokenResponse),
}

/// `POST /api/v1/auth/flows`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginFlowRequest {
    /// `step_up`, with an access token; or `sign_in`, to sign in with a passkey alone. A sign-in with a password begins at
    /// `/api/v1/auth/login`.
    #[garde(custom(begun_here))]
    pub purpose: FlowPurpose,
    /// What the last sign-in from this device gave, for a sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(custom(bounded)))]
    pub device_token: Option<Secret>,
}

fn begun_here(purpose: &FlowPurpose, (): &()) -> garde::Result {
    match purpose {
        FlowPurpose::SignIn | FlowPurpose::StepUp => Ok(()),
        FlowPurpose::SignInCode => {
            let message = "must be step_up or sign_in; a code is given by ORION's own pages";
            Err(crate::FieldFault::new(crate::FieldCode::NotOneOf, message).into())
        }
    }
}

/// A step that needs nothing else.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowOrder {
    /// The flow's token.
    #[garde(custom(bounded))]
    pub flow_token: Secret,
}

/// `POST /api/v1/auth/flows/{id}/password`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowPassword {
    /// The flow's token.
    #[garde(custom(bounded))]
    pub flow_token: Secret,
    /// The account's password.
    #[garde(skip)]
    pub password: Password,
}

/// `POST /api/v1/auth/flows/{id}/provider-visit`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowProviderVisit {
    /// The flow's token.
    #[garde(custom(bounded))]
    pub flow_token: Secret,
    /// One of the flow's `providers`, by its name.
    #[garde(length(bytes, max = 32))]
    #[schema(example = "google")]
    pub provider: String,
    /// Where the browser comes back to, with the code: one of `auth.return_urls`, letter by letter.
    #[garde(length(bytes, max = 2000))]
    #[schema(example = "https://shop.example.com/signed-in")]
    pub return_to: String,
    /// Comes back beside the code; by it the product knows its own visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(bytes, max = 1024)))]
    #[schema(example = "af0ifjsldkj")]
    pub state: Option<String>,
}

/// Where to send the browser of somebody who proves an identity at a provider.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProviderVisit {
    /// An address of ORION, good for ten minutes, which leads on to the provider.
    #[schema(example = "https://id.example.com/auth/providers/google/step-up?ticket=…")]
    pub url: String,
}

/// `POST /api/v1/auth/flows/{id}/provider`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowProvider {
    /// The flow's token.
    #[garde(custom(bounded))]
    pub flow_token: Secret,
    /// What the browser came back with.
    #[garde(custom(bounded))]
    pub code: Secret,
}

/// `POST /api/v1/auth/flows/{id}/new-password`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowNewPassword {
    /// The flow's token.
    #[garde(custom(bounded))]
    pub flow_token: Secret,
    /// The password from now on; not the one of before.
    #[garde(skip)]
    pub new_password: Password,
}

/// `POST /api/v1/auth/flows/{id}/totp` and `…/backup-code`
#[derive(Debug, Clone, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowCode {
    /// The flow's token.
    #[garde(custom(bounded))]
    pub flow_token: Secret,
    /// The code as it is shown; spaces and dashes do not matter.
    #[garde(custom(bounded))]
    #[schema(example = "492039")]
    pub code: Secret,
    /// Trusts the device: its next sign-ins need the password alone, for as many days as `auth.trusted_device_days` says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[garde(skip)]
    pub trust_device: bool,
}
