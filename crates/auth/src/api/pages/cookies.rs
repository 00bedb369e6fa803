//! The cookies of the pages: which browser it is with the flow that it began, by what the device is known, the
//! address that was sent a mail a moment ago, who has signed in to look at a page, and the language.

use super::words::Language;
use crate::domain::{KNOWN_SECONDS, MOST_OF_BROWSER};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};
use orion_contracts::auth::MAX_TOKEN;
use orion_contracts::gateway::page_cookies::{self, DEVICE, FLOW, KNOWN, LANGUAGE, MAILED};
use orion_contracts::{Email, FlowId, Secret};
use url::Url;

/// What marks a browser that has taken the answer to the last step of its flow.
const TAKEN: &str = "taken";
/// What stands between the tokens of devices. None of them has it, and a cookie may.
const JOINT: &str = "~";
/// How long device and language are remembered, in seconds.
const YEAR: u64 = 31_536_000;
/// How long a mail is waited for, in seconds.
const HALF_AN_HOUR: u64 = 1800;

/// A mail that a page waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mail {
    /// It verifies an address.
    Verification,
    /// It leads to where a new password is chosen.
    Reset,
}

impl Mail {
    const fn name(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Reset => "reset",
        }
    }
}

/// A browser, and the sign-in under way that it began.
#[derive(Debug, Clone)]
pub(super) struct Browser {
    /// A secret of its own, to which forms are bound.
    pub(super) secret: String,
    /// Id and token of its flow.
    pub(super) flow: Option<(FlowId, Secret)>,
    /// It has taken the answer to the last step of its flow.
    pub(super) has_taken_answer: bool,
}

impl Browser {
    /// One that was not here before.
    pub(super) const fn new(secret: String) -> Self {
        Self { secret, flow: None, has_taken_answer: false }
    }
}

/// The cookies of the pages at one public URL, which their names follow from: those of another platform on this host are others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cookies {
    /// Whether they are for https only. No other host can set them then, and none is sent them.
    is_secure: bool,
    port: Option<u16>,
}

impl Cookies {
    /// Those of the pages at this URL.
    pub(super) fn at(public_url: &str) -> Self {
        let port = Url::parse(public_url).ok().and_then(|url| url.port());
        Self { is_secure: public_url.starts_with("https:"), port }
    }

    /// The browser, where it was here before.
    pub(super) fn browser(self, headers: &HeaderMap) -> Option<Browser> {
        let value = self.read(headers, FLOW)?;
        let mut parts = value.split('.');
        let secret = parts.next().filter(|secret| (32..=128).contains(&secret.len()))?.to_owned();
        let flow = parts.next().and_then(|id| id.parse().ok()).zip(parts.next().map(Secret::new));
        Some(Browser { secret, flow, has_taken_answer: parts.next() == Some(TAKEN) })
    }

    /// Keeps the browser's secret and its flow, until the browser is closed.
    pub(super) fn keep_browser(self, browser: &Browser) -> Option<HeaderValue> {
        let value = match &browser.flow {
            Some((id, token)) => {
                let mark = if browser.has_taken_answer { format!(".{TAKEN}") } else { String::new() };
                format!("{}.{id}.{}{mark}", browser.secret, token.expose())
            }
            None => browser.secret.clone(),
        };
        self.write(FLOW, &value, None)
    }

    /// By what the device is known, to each who has signed in with the browser; no more than a browser is given.
    pub(super) fn devices(self, headers: &HeaderMap) -> Vec<Secret> {
        let tokens = self.read(headers, DEVICE).into_iter().flat_map(|value| value.split(JOINT));
        tokens.filter(|token| !token.is_empty()).take(MOST_OF_BROWSER).map(Secret::new).collect()
    }

    pub(super) fn keep_devices(self, tokens: &[Secret]) -> Option<HeaderValue> {
        let value = tokens.iter().map(Secret::expose).collect::<Vec<_>>().join(JOINT);
        self.write(DEVICE, &value, Some(YEAR))
    }

    /// The address that was sent a mail a moment ago, and which one.
    pub(super) fn mailed(self, headers: &HeaderMap) -> Option<(Mail, Email)> {
        let (mail, address) = self.read(headers, MAILED)?.split_once('.')?;
        let mail = [Mail::Verification, Mail::Reset].into_iter().find(|known| known.name() == mail)?;
        let address = URL_SAFE_NO_PAD.decode(address).ok()?;
        Some((mail, String::from_utf8(address).ok()?.parse().ok()?))
    }

    pub(super) fn keep_mailed(self, mail: Mail, email: &Email) -> Option<HeaderValue> {
        let value = format!("{}.{}", mail.name(), URL_SAFE_NO_PAD.encode(email.as_str()));
        self.write(MAILED, &value, Some(HALF_AN_HOUR))
    }

    pub(super) fn forget_mailed(self) -> Option<HeaderValue> {
        self.write(MAILED, "", Some(0))
    }

    /// Who has signed in to look at a page that has to know, as it was marked.
    pub(super) fn known(self, headers: &HeaderMap) -> Option<String> {
        self.read(headers, KNOWN).map(str::to_owned)
    }

    pub(super) fn keep_known(self, marked: &str) -> Option<HeaderValue> {
        self.write(KNOWN, marked, Some(KNOWN_SECONDS))
    }

    pub(super) fn forget_known(self) -> Option<HeaderValue> {
        self.write(KNOWN, "", Some(0))
    }

    /// The language that was chosen before.
    pub(super) fn language(self, headers: &HeaderMap) -> Option<Language> {
        self.read(headers, LANGUAGE).and_then(Language::of_tag)
    }

    pub(super) fn keep_language(self, language: Language) -> Option<HeaderValue> {
        self.write(LANGUAGE, language.tag(), Some(YEAR))
    }

    fn name(self, name: &str) -> String {
        page_cookies::name(name, self.is_secure, self.port)
    }

    /// The value, when the browser sent exactly one.
    fn read<'a>(self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let name = self.name(name);
        let pairs =
            headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
        // Cookies of other programs on this host may hold anything.
        let texts = pairs.filter_map(|pair| std::str::from_utf8(pair).ok());
        let mut values = texts.filter_map(|pair| pair.trim().split_once('=')).filter(|(key, _)| *key == name);
        let (_, value) = values.next()?;
        (values.next().is_none() && value.len() <= MAX_TOKEN).then_some(value)
    }

    fn write(self, name: &str, value: &str, seconds: Option<u64>) -> Option<HeaderValue> {
        let (name, secure) = (self.name(name), if self.is_secure { "; Secure" } else { "" });
        let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        let mut value =
            HeaderValue::try_from(format!("{name}={value}; Path=/{age}; HttpOnly; SameSite=Lax{secure}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).expect("a value"))])
    }

    #[test]
    fn a_browser_and_its_flow_come_back_as_they_were_kept() {
        let (secret, id) = ("s".repeat(43), "019e4c3a-7f10-7c55-9d2b-3a6f0c8e1b42");
        let flow = Some((id.parse().expect("an id"), Secret::new("token")));
        let browser = Browser { secret: secret.clone(), flow, has_taken_answer: false };
        let secure = Cookies::at("https://id.example");
        let kept = secure.keep_browser(&browser).expect("a header").to_str().expect("text").to_owned();
        assert_eq!(kept, format!("__Host-orion_flow={secret}.{id}.token; Path=/; HttpOnly; SameSite=Lax; Secure"));
        let back = secure.browser(&headers(kept.split(';').next().expect("a pair"))).expect("a browser");
        assert_eq!(back.secret, secret);
        assert_eq!(
            back.flow.map(|(flow, token)| (flow.to_string(), token.expose().to_owned())),
            Some((id.into(), "token".into()))
        );
        assert!(!back.has_taken_answer);
        let kept = secure.keep_browser(&Browser { has_taken_answer: true, ..browser }).expect("a header");
        let kept = kept.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        let back = secure.browser(&headers(&kept)).expect("a browser");
        assert!(back.has_taken_answer && back.flow.is_some_and(|(_, token)| token.expose() == "token"));
    }

    #[test]
    fn what_is_no_browser_counts_as_none() {
        let plain = Cookies::at("http://localhost");
        let secret = "s".repeat(43);
        assert!(
            plain.browser(&headers(&format!("a=b; orion_flow={secret}"))).is_some_and(|known| known.flow.is_none())
        );
        for cookie in [
            "orion_flow=short".to_owned(),
            format!("orion_flow={}", "s".repeat(200)),
            format!("orion_flow={secret}; orion_flow={secret}"),
            format!("__Host-orion_flow={secret}"),
            format!("orion_flow_3000={secret}"),
            String::new(),
        ] {
            assert!(plain.browser(&headers(&cookie)).is_none(), "{cookie}");
        }
        let broken = plain.browser(&headers(&format!("orion_flow={secret}.nonsense.token"))).expect("a browser");
        assert!(broken.flow.is_none());
    }

    #[test]
    fn an_address_comes_back_as_it_was_kept_and_nothing_else_does() {
        let plain = Cookies::at("http://localhost");
        let email: Email = "goedel+1@example.com".parse().expect("an address");
        for mail in [Mail::Verification, Mail::Reset] {
            let kept = plain.keep_mailed(mail, &email).expect("a header").to_str().expect("text").to_owned();
            assert!(kept.ends_with("; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax"), "{kept}");
            let back = plain.mailed(&headers(kept.split(';').next().expect("a pair")));
            assert_eq!(back, Some((mail, email.clone())));
        }
        for value in
            ["", "!", "reset", "reset.", "reset.!", "reset.bm9uc2Vuc2U", "reset._w", "other.YUBleGFtcGxlLmNvbQ"]
        {
            assert_eq!(plain.mailed(&headers(&format!("orion_mailed={value}"))), None, "{value}");
        }
    }

    #[test]
    fn five_devices_of_a_browser_come_back_the_newest_first_and_one_alone_as_before() {
        let cookies = Cookies::at("http://localhost");
        let read = |cookie: &str| {
            let tokens = cookies.devices(&headers(cookie)).into_iter();
            tokens.map(|token| token.expose().to_owned()).collect::<Vec<_>>()
        };
        let kept = cookies.keep_devices(&[Secret::new("a.1"), Secret::new("b.2")]).expect("a header");
        let kept = kept.to_str().expect("text").split(';').next().expect("a pair").to_owned();
        assert_eq!((kept.as_str(), read(&kept)), ("orion_device=a.1~b.2", vec!["a.1".to_owned(), "b.2".to_owned()]));
        assert_eq!(read("orion_device=a.1"), ["a.1"]);
        assert_eq!(read("orion_device=~a~~b~c~d~e~f"), ["a", "b", "c", "d", "e"]);
        assert!(read("orion_device=").is_empty() && read(&format!("orion_device={}", "a".repeat(2000))).is_empty());
    }

    #[test]
    fn the_name_tells_one_platform_of_a_host_from_another() {
        for (url, name) in [
            ("http://localhost", "orion_flow"),
            ("http://localhost:3000", "orion_flow_3000"),
            ("http://localhost:4000", "orion_flow_4000"),
            ("https://id.example", "__Host-orion_flow"),
            ("https://id.example:8443", "__Host-orion_flow_8443"),
        ] {
            assert_eq!(Cookies::at(url).name(FLOW), name);
        }
    }
}
