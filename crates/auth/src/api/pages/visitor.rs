//! Who looks at a page: which browser, in which language, at which address.

use super::cookies::{Browser, Cookies, Mail};
use super::words::{Language, Words};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use orion_contracts::{Email, FlowId, Secret};
use url::form_urlencoded::{Serializer, parse};

/// The parameter that chooses a language.
const LANG: &str = "lang";

/// Somebody who looks at a page.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    cookies: Cookies,
    pub(super) browser: Browser,
    /// What marks forms as this browser's.
    pub(super) mark: String,
    pub(super) language: Language,
    /// The language, where it was chosen by this request.
    pub(super) chosen: Option<Language>,
    /// By what the device is known, to each who has signed in with this browser; the one who did last comes first.
    pub(super) devices: Vec<Secret>,
    /// The address that was sent a mail a moment ago, and which one.
    mailed: Option<(Mail, Email)>,
    /// Who has signed in to look at a page that has to know, as it was marked.
    pub(super) known: Option<String>,
    path: String,
    /// The parameters of the address, without the language.
    pub(super) query: Vec<(String, String)>,
}

impl Visitor {
    pub(super) fn new(parts: &Parts, cookies: Cookies, browser: Browser, mark: String) -> Self {
        let query = parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned();
        let (languages, query): (Vec<_>, Vec<_>) = query.partition(|(name, _)| name == LANG);
        let chosen = languages.first().and_then(|(_, tag)| Language::of_tag(tag));
        let language = chosen.or_else(|| cookies.language(&parts.headers)).or_else(|| accepted(&parts.headers));
        Self {
            devices: cookies.devices(&parts.headers),
            mailed: cookies.mailed(&parts.headers),
            known: cookies.known(&parts.headers),
            cookies,
            browser,
            mark,
            language: language.unwrap_or(Language::En),
            chosen,
            path: parts.uri.path().to_owned(),
            query,
        }
    }

    /// The words of their language.
    pub(super) fn words(&self) -> &'static Words {
        self.language.words()
    }

    /// A parameter of the address.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(parameter, _)| parameter == name).map(|(_, value)| value.as_str())
    }

    /// This page's address.
    pub(super) fn here(&self) -> String {
        address(&self.path, &self.query)
    }

    /// This page's address in a language.
    pub(super) fn here_in(&self, language: Language) -> String {
        let mut query = self.query.clone();
        query.push((LANG.to_owned(), language.tag().to_owned()));
        address(&self.path, &query)
    }

    /// Another page's address, with what this one's says of where to go afterwards.
    pub(super) fn link(&self, path: &str) -> String {
        let kept = |(name, _): &&(String, String)| super::return_to::PARAMETERS.contains(&name.as_str());
        address(path, &self.query.iter().filter(kept).cloned().collect::<Vec<_>>())
    }

    /// The same, with a parameter more.
    pub(super) fn link_by(&self, path: &str, name: &str, value: &str) -> String {
        let link = self.link(path);
        let joint = if link.contains('?') { '&' } else { '?' };
        format!("{link}{joint}{name}={value}")
    }

    /// Keeps a flow in the browser, or forgets the one that was kept.
    pub(super) fn keep_flow(&self, headers: &mut HeaderMap, flow: Option<(FlowId, Secret)>) {
        let browser = Browser { flow, has_taken_answer: false, ..self.browser.clone() };
        append(headers, self.cookies.keep_browser(&browser));
    }

    /// Marks that the browser takes the answer to the last step of its flow.
    pub(super) fn end_flow(&self, headers: &mut HeaderMap) {
        let browser = Browser { has_taken_answer: true, ..self.browser.clone() };
        append(headers, self.cookies.keep_browser(&browser));
    }

    /// The address that was sent this mail a moment ago.
    pub(super) fn sent(&self, mail: Mail) -> Option<&Email> {
        self.mailed.as_ref().filter(|(sent, _)| *sent == mail).map(|(_, email)| email)
    }

    /// Keeps the address that is sent a mail.
    pub(super) fn keep_mailed(&self, headers: &mut HeaderMap, mail: Mail, email: &Email) {
        append(headers, self.cookies.keep_mailed(mail, email));
    }

    /// Forgets the address that was sent a mail, once nobody waits for it: the next person at this browser is not to read it.
    pub(super) fn forget_mailed(&self, headers: &mut HeaderMap) {
        if self.mailed.is_some() {
            append(headers, self.cookies.forget_mailed());
        }
    }

    /// Keeps who has signed in to look at a page.
    pub(super) fn keep_known(&self, headers: &mut HeaderMap, marked: &str) {
        append(headers, self.cookies.keep_known(marked));
    }

    /// Forgets them, once what they came for is done, or somebody else is there.
    pub(super) fn forget_known(&self, headers: &mut HeaderMap) {
        append(headers, self.cookies.forget_known());
    }

    /// Keeps by what the device is known to whom.
    pub(super) fn keep_devices(&self, headers: &mut HeaderMap, tokens: &[Secret]) {
        append(headers, self.cookies.keep_devices(tokens));
    }
}

fn append(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
}

fn accepted(headers: &HeaderMap) -> Option<Language> {
    headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok().and_then(Language::accepted)
}

fn address(path: &str, query: &[(String, String)]) -> String {
    match query {
        [] => path.to_owned(),
        query => format!("{path}?{}", Serializer::new(String::new()).extend_pairs(query).finish()),
    }
}
