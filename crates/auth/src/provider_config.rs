//! What an operator can set of providers of sign-ins.

use orion_contracts::{FieldCode, Secret};
use orion_infra::config::ConfigFault;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smart_default::SmartDefault;
use url::Url;

/// The longest name of a provider, which stands in paths.
const LONGEST_NAME: usize = 32;

/// Which provider it is: what is known of one need not be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// Google.
    Google,
    /// GitHub, which speaks OAuth 2 with an API of its own.
    Github,
    /// Microsoft, for accounts of every organisation; with an issuer of one, for those of that one.
    Microsoft,
    /// Apple.
    Apple,
    /// Any other that speaks OpenID Connect.
    Oidc,
    /// Any other that speaks OAuth 2 and says at a URL whose token it is.
    Oauth2,
}

/// A provider at which people may sign in. It leads back to `/auth/providers/NAME/callback` below `public_url`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SmartDefault)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderConfig {
    /// Which one.
    #[default(ProviderKind::Oidc)]
    pub kind: ProviderKind,
    /// What people read on its button. Empty: the name of its kind, or of this section.
    #[schemars(length(max = 100))]
    pub label: String,
    /// The client's id at the provider.
    #[schemars(length(max = 500))]
    pub client_id: String,
    /// The client's secret at the provider. Apple has a key instead.
    pub client_secret: Secret,
    /// The provider's issuer, below which it tells of itself (OpenID Connect Discovery 1.0). For `oauth2` and
    /// `github`, it and the name of this section tell its accounts apart from others': change neither once people sign in by it.
    #[schemars(length(max = 460))]
    pub issuer: String,
    /// Where people sign in (`oauth2`, `github`).
    #[schemars(length(max = 500))]
    pub authorization_url: String,
    /// Where codes are exchanged (`oauth2`, `github`).
    #[schemars(length(max = 500))]
    pub token_url: String,
    /// Where it says whose a token is (`oauth2`, `github`).
    #[schemars(length(max = 500))]
    pub userinfo_url: String,
    /// What is asked for, with spaces between. Empty: what a sign-in needs.
    #[schemars(length(max = 500))]
    pub scopes: String,
    /// Apple's team id.
    #[schemars(length(max = 50))]
    pub team_id: String,
    /// The id of Apple's key.
    #[schemars(length(max = 50))]
    pub key_id: String,
    /// Apple's key, a PEM in PKCS #8, which the client's secret is signed by.
    pub private_key: Secret,
}

/// What is set, or else what the kind knows.
fn or<'a>(set: &'a str, known: &'a str) -> &'a str {
    if set.is_empty() { known } else { set }
}

impl ProviderConfig {
    /// What people read on its button.
    pub(crate) fn label(&self, name: &str) -> String {
        let known = match self.kind {
            ProviderKind::Google => "Google",
            ProviderKind::Github => "GitHub",
            ProviderKind::Microsoft => "Microsoft",
            ProviderKind::Apple => "Apple",
            ProviderKind::Oidc | ProviderKind::Oauth2 => name,
        };
        or(self.label.trim(), known).to_owned()
    }

    /// Its issuer, without a slash at its end.
    pub(crate) fn issuer(&self) -> &str {
        let known = match self.kind {
            ProviderKind::Google => "https://accounts.google.com",
            ProviderKind::Github => "https://github.com",
            ProviderKind::Microsoft => "https://login.microsoftonline.com/common/v2.0",
            ProviderKind::Apple => "https://appleid.apple.com",
            ProviderKind::Oidc | ProviderKind::Oauth2 => "",
        };
        or(&self.issuer, known).trim_end_matches('/')
    }

    /// What its subjects are told apart from others' by. OpenID Connect promises that an issuer gives a subject once, whoever asks. Of
    /// the others nothing proves who they are: each section has subjects of its own, whatever issuer is set. A fragment is in no
    /// issuer of OpenID Connect (Discovery 1.0, section 2), so none of them is mistaken for one.
    pub(crate) fn subjects_of(&self, name: &str) -> String {
        format!("{}#{name}", self.issuer())
    }

    /// What is asked for.
    pub(crate) fn scopes(&self) -> &str {
        let known = match self.kind {
            ProviderKind::Github => "read:user user:email",
            ProviderKind::Apple => "openid name email",
            ProviderKind::Oauth2 => "",
            _ => "openid email profile",
        };
        or(&self.scopes, known)
    }

    /// Where people sign in, where codes are exchanged, and where it says whose a token is; empty where it tells of that itself.
    pub(crate) fn urls(&self) -> [&str; 3] {
        let known = match self.kind {
            ProviderKind::Github => [
                "https://github.com/login/oauth/authorize",
                "https://github.com/login/oauth/access_token",
                "https://api.github.com/user",
            ],
            _ => [""; 3],
        };
        let set = [&self.authorization_url, &self.token_url, &self.userinfo_url];
        [or(set[0], known[0]), or(set[1], known[1]), or(set[2], known[2])]
    }

    /// Whether it speaks OpenID Connect.
    pub(crate) fn is_oidc(&self) -> bool {
        !matches!(self.kind, ProviderKind::Github | ProviderKind::Oauth2)
    }

    /// What is told where there is no issuer. The name of a section does not say which provider it is, and many think so.
    fn without_issuer(&self, name: &str) -> String {
        let is_kind = matches!(name, "google" | "github" | "microsoft" | "apple");
        let meant =
            if is_kind { format!("; where this is {name} itself, set `kind` to {name}") } else { String::new() };
        format!("is missing: the provider's URL, below which it tells of itself{meant}")
    }

    /// What is set and does nothing, for another kind of provider has it.
    pub(crate) fn idle(&self, name: &str) -> Vec<String> {
        let is_apple = self.kind == ProviderKind::Apple;
        let only_apple = "only `kind` apple has it";
        let only_oauth2 = "only the kinds oauth2 and github have it; this one tells of it itself";
        let fields = [
            ("client_secret", self.client_secret.expose(), is_apple, "Apple signs in by `private_key`"),
            ("team_id", &self.team_id, !is_apple, only_apple),
            ("key_id", &self.key_id, !is_apple, only_apple),
            ("private_key", self.private_key.expose(), !is_apple, only_apple),
            ("authorization_url", &self.authorization_url, self.is_oidc(), only_oauth2),
            ("token_url", &self.token_url, self.is_oidc(), only_oauth2),
            ("userinfo_url", &self.userinfo_url, self.is_oidc(), only_oauth2),
        ];
        let idle = fields.into_iter().filter(|(_, value, is_idle, _)| *is_idle && !value.is_empty());
        idle.map(|(field, _, _, why)| format!("auth.providers.{name}.{field} is set and does nothing: {why}")).collect()
    }

    /// What is wrong with it, each under its key.
    pub(crate) fn faults(&self, name: &str) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, code, message: &str| {
            faults.push(ConfigFault::new(format!("auth.providers.{name}.{field}"), code, message.to_owned()));
        };
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if name.len() > LONGEST_NAME || !name.chars().all(is_name) {
            fault(
                "kind",
                FieldCode::Invalid,
                "stands in a section whose name has other than small letters, digits and dashes, or more than 32",
            );
        }
        if self.client_id.is_empty() {
            fault("client_id", FieldCode::Required, "is missing: the provider gives it to whoever registers there");
        }
        let is_apple = self.kind == ProviderKind::Apple;
        let key =
            [("team_id", self.team_id.as_str()), ("key_id", &self.key_id), ("private_key", self.private_key.expose())];
        for (field, _) in key.iter().filter(|(_, value)| is_apple && value.is_empty()) {
            fault(field, FieldCode::Required, "is missing: Apple signs in by a key");
        }
        if !is_apple && self.client_secret.expose().is_empty() {
            fault("client_secret", FieldCode::Required, "is missing: the provider gives it with the client's id");
        }
        let [authorization, token, userinfo] = self.urls();
        let is_needed = !self.is_oidc();
        for (field, url, is_needed) in [
            ("issuer", self.issuer(), true),
            ("authorization_url", authorization, is_needed),
            ("token_url", token, is_needed),
            ("userinfo_url", userinfo, is_needed),
        ] {
            let is_web = Url::parse(url).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https") && url.has_host() && url.fragment().is_none()
            });
            match url {
                "" if is_needed && field == "issuer" => fault(field, FieldCode::Required, &self.without_issuer(name)),
                "" if is_needed => fault(field, FieldCode::Required, "is missing"),
                "" => {}
                _ if is_web => {}
                _ => fault(field, FieldCode::Invalid, "must be an http:// or https:// URL without a fragment"),
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kind_knows_need_not_be_set_and_what_lacks_is_named() {
        let set = |kind| ProviderConfig {
            kind,
            client_id: "id".to_owned(),
            client_secret: Secret::new("secret"),
            ..ProviderConfig::default()
        };
        let keys = |config: &ProviderConfig| {
            let faults = config.faults("shop").into_iter();
            faults.map(|fault| fault.key.trim_start_matches("auth.providers.shop.").to_owned()).collect::<Vec<_>>()
        };
        for kind in [ProviderKind::Google, ProviderKind::Github, ProviderKind::Microsoft] {
            assert_eq!(keys(&set(kind)), Vec::<String>::new());
        }
        assert_eq!(keys(&set(ProviderKind::Apple)), ["team_id", "key_id", "private_key"]);
        assert_eq!(keys(&set(ProviderKind::Oidc)), ["issuer"]);
        assert_eq!(keys(&set(ProviderKind::Oauth2)), ["issuer", "authorization_url", "token_url", "userinfo_url"]);
        let bare =
            ProviderConfig { kind: ProviderKind::Google, issuer: "nowhere".to_owned(), ..ProviderConfig::default() };
        assert_eq!(keys(&bare), ["client_id", "client_secret", "issuer"]);
        assert_eq!(set(ProviderKind::Google).faults("A b").len(), 1);
    }
    #[test]
    fn what_another_kind_has_is_told_as_doing_nothing() {
        let filled = |kind| ProviderConfig {
            kind,
            client_secret: Secret::new("secret"),
            authorization_url: "https://a.example".to_owned(),
            key_id: "key".to_owned(),
            ..ProviderConfig::default()
        };
        let told = |kind| {
            let lines = filled(kind).idle("shop").into_iter();
            lines.map(|line| line.split_once(" is set").map(|(key, _)| key.to_owned())).collect::<Option<Vec<_>>>()
        };
        let keys = |fields: &[&str]| Some(fields.iter().map(|field| format!("auth.providers.shop.{field}")).collect());
        assert_eq!(told(ProviderKind::Apple), keys(&["client_secret", "authorization_url"]));
        assert_eq!(told(ProviderKind::Google), keys(&["key_id", "authorization_url"]));
        assert_eq!(told(ProviderKind::Github), keys(&["key_id"]));
        assert_eq!(ProviderConfig::default().idle("shop"), Vec::<String>::new());
    }

    #[test]
    fn a_section_with_the_name_of_a_kind_is_told_how_it_is_that_one() {
        let faults = ProviderConfig::default().faults("google");
        let issuer = faults.iter().find(|fault| fault.key == "auth.providers.google.issuer").expect("told");
        assert!(issuer.message.contains("set `kind` to google"), "{issuer}");
    }
}
