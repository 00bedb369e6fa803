//! `orion login` and `orion logout`.

use super::arguments::platform;
use super::keep::{Held, Kept};
use super::prompt;
use super::refusals::Refused;
use super::requests::{ask, client, trimmed};
use crate::cli::{Failure, Output, output};
use crate::config::Config;
use clap::Args;
use orion_contracts::auth::{
    FlowCode, FlowMethod, FlowNewPassword, FlowOrder, FlowPassword, FlowResponse, FlowStep, LoginRequest,
    LogoutRequest, SignInAnswer, TokenResponse, TotpEnrolment,
};
use orion_contracts::{Email, Password, Secret};
use serde::Serialize;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

/// What a flow with this many wrong answers is given up for.
const TRIES: usize = 5;
/// How long the end of an older session may take: its platform may be gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// How somebody signs in.
#[derive(Args)]
pub(crate) struct Login {
    /// The account's e-mail address; asked for when it is not named. Password and codes are asked for, or come line by line by a pipe.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<Email>,
    /// The platform's gateway; the one of this machine's configuration when it is not named.
    #[arg(long, value_name = "URL", value_parser = platform)]
    url: Option<String>,
}

/// Signs in, and keeps the tokens.
pub(super) async fn run(config: &Config, order: &Login, output: Output) -> Result<ExitCode, Failure> {
    let client = client()?;
    let url = trimmed(order.url.as_deref().unwrap_or_else(|| config.public_url.as_str()));
    let email: Email = match &order.email {
        Some(email) => email.clone(),
        None => prompt::ask("E-mail address")?.parse().map_err(|error| format!("that is no address: {error}"))?,
    };
    let device_token = Held::open()?.device_token(&url, email.as_str());
    let password = password("Password")?;
    let login = LoginRequest { email: email.clone(), password, device_token: device_token.clone() };
    let tokens = match ask(client.post(format!("{url}/api/v1/auth/login")).json(&login), &url).await? {
        SignInAnswer::Needs(flow) => go_on(&client, &url, flow).await?,
        SignInAnswer::Done(tokens) => tokens,
    };
    let kept = Kept::new(url.clone(), email.to_string(), &tokens, device_token);
    let older = {
        let mut held = Held::open()?;
        let older = held.read().unwrap_or_default();
        held.write(Some(&kept))?;
        older
    };
    if let Some(older) = older {
        end(&client, &older).await;
    }
    let told = json!({ "url": url, "email": email, "user_id": tokens.user_id, "session_id": tokens.session_id });
    output::value(output, &format!("Signed in at {url} as {email}."), &told)?;
    Ok(ExitCode::SUCCESS)
}

/// Ends the session that is kept, and forgets it.
pub(super) async fn logout(output: Output) -> Result<ExitCode, Failure> {
    let mut held = Held::open()?;
    let Some(kept) = held.read()? else {
        output::value(output, "Nobody was signed in.", &json!({ "signed_out": false }))?;
        return Ok(ExitCode::SUCCESS);
    };
    let order = LogoutRequest { refresh_token: Some(kept.refresh_token.clone()) };
    let request = client()?.post(format!("{}/api/v1/auth/logout", kept.url)).json(&order);
    ask::<Value>(request, &kept.url).await?;
    held.write(None)?;
    output::value(output, &format!("Signed {} out at {}.", kept.email, kept.url), &json!({ "signed_out": true }))?;
    Ok(ExitCode::SUCCESS)
}

/// Ends a session that another one has taken the place of, so that none stays alive that nobody remembers. The new one stands
/// in any case.
async fn end(client: &reqwest::Client, older: &Kept) {
    let Kept { email, url, .. } = older;
    let order = LogoutRequest { refresh_token: Some(older.refresh_token.clone()) };
    let request = client.post(format!("{url}/api/v1/auth/logout")).timeout(PATIENCE).json(&order);
    prompt::say(&match ask::<Value>(request, url).await {
        Ok(_) => format!("The sign-in of {email} at {url} that was kept until now has ended."),
        Err(refused) => {
            let why = Failure::from(refused);
            format!("The sign-in of {email} at {url} that was kept until now could not be ended: {why}")
        }
    });
}

/// Goes through the steps of a flow, one question each, to its tokens.
pub(super) async fn go_on(client: &reqwest::Client, url: &str, first: FlowResponse) -> Result<TokenResponse, Failure> {
    let token = first.flow_token.clone().ok_or("the platform began a sign-in without its token")?;
    let at = format!("{url}/api/v1/auth/flows/{}", first.flow_id);
    let mut flow = first;
    let mut tries = 0;
    loop {
        let answer = match step(client, url, &at, &flow, &token).await {
            Ok(answer) => answer,
            Err(Refused::Problem(problem)) if problem.status == 422 && tries < TRIES && prompt::is_possible() => {
                tries += 1;
                let words = problem.errors.iter().map(|error| format!("The {} {}.", error.field, error.message));
                prompt::say(&words.collect::<Vec<_>>().join(" "));
                continue;
            }
            Err(refused) => return Err(refused.into()),
        };
        match answer {
            SignInAnswer::Needs(next) => flow = next,
            SignInAnswer::Done(tokens) => return Ok(tokens),
        }
    }
}

async fn step(
    client: &reqwest::Client,
    url: &str,
    at: &str,
    flow: &FlowResponse,
    token: &Secret,
) -> Result<SignInAnswer, Refused> {
    let flow_token = token.clone();
    let away = |failure: Failure| Refused::Away(failure.to_string());
    match flow.next {
        FlowStep::FirstFactor if !flow.methods.contains(&FlowMethod::Password) => {
            let words = "the account has no password, and only a browser can prove a passkey or a sign-in at a provider; set a \
                         password by a link for a new one, which is mailed from the sign-in page";
            Err(Refused::Away(words.to_owned()))
        }
        FlowStep::FirstFactor => {
            let password = password("Password").map_err(away)?;
            send(client, url, at, FlowMethod::Password, &FlowPassword { flow_token, password }).await
        }
        FlowStep::SecondFactor => {
            let has = |method| flow.methods.contains(&method);
            let question = match (has(FlowMethod::Totp), has(FlowMethod::BackupCode)) {
                (true, true) => "Code of your authenticator app, or a backup code",
                (true, false) => "Code of your authenticator app",
                (false, true) => "Backup code (passkeys are used by a browser)",
                (false, false) => {
                    let words =
                        "the account asks for a passkey, which only a browser can use, and has no backup codes left";
                    return Err(Refused::Away(words.to_owned()));
                }
            };
            let code = prompt::ask_secret(question).map_err(away)?;
            let is_totp = has(FlowMethod::Totp) && code.chars().all(|letter| letter.is_ascii_digit() || letter == ' ');
            let method = if is_totp { FlowMethod::Totp } else { FlowMethod::BackupCode };
            send(client, url, at, method, &code_of(flow_token, &code)).await
        }
        FlowStep::EnrolSecondFactor => {
            let order = FlowOrder { flow_token: flow_token.clone() };
            let shown: TotpEnrolment = send(client, url, at, FlowMethod::TotpEnrolment, &order).await?;
            prompt::say("A role of yours demands a second factor. Type this key into an authenticator app:");
            prompt::say(&format!("  {}", shown.secret.expose()));
            let code = prompt::ask_secret("Code that the app shows").map_err(away)?;
            send(client, url, at, FlowMethod::Totp, &code_of(flow_token, &code)).await
        }
        FlowStep::KeepBackupCodes => {
            prompt::say(
                "Backup codes, for when the second factor is not at hand. Keep them now: nobody sees them again.",
            );
            for code in flow.backup_codes.iter().flat_map(|codes| &codes.codes) {
                prompt::say(&format!("  {}", code.expose()));
            }
            send(client, url, at, FlowMethod::KeptBackupCodes, &FlowOrder { flow_token }).await
        }
        FlowStep::NewPassword => {
            let new_password = password("New password").map_err(away)?;
            send(client, url, at, FlowMethod::NewPassword, &FlowNewPassword { flow_token, new_password }).await
        }
    }
}

fn code_of(flow_token: Secret, code: &str) -> FlowCode {
    FlowCode { flow_token, code: Secret::new(code), trust_device: false }
}

async fn send<T: serde::de::DeserializeOwned>(
    client: &reqwest::Client,
    url: &str,
    at: &str,
    method: FlowMethod,
    body: &impl Serialize,
) -> Result<T, Refused> {
    ask(client.post(format!("{at}/{}", method.path())).json(body), url).await
}

fn password(question: &str) -> Result<Password, Failure> {
    Ok(prompt::ask_secret(question)?.parse().map_err(|error| format!("that is no password: it {error}"))?)
}
