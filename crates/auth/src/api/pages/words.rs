//! What the pages say, in each language. A catalogue is a file of `locales/` with a text for every field of [`Words`]; templates
//! name the fields, so that the compiler finds a word that there is not.

use serde::Deserialize;
use std::sync::LazyLock;

/// The words of one language. `{product}`, `{email}`, `{min}`, `{days}`, `{minutes}`, `{hours}`, `{codes}`, `{new}`, `{organisation}` and
/// `{provider}` are filled in where they are shown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) language: String,
    pub(super) languages: String,
    pub(super) error: String,
    pub(super) continue_: String,
    pub(super) email: String,
    pub(super) password: String,
    pub(super) show_password: String,
    pub(super) name: String,
    pub(super) optional: String,
    pub(super) or: String,
    pub(super) provider_with: String,
    pub(super) provider_link_title: String,
    pub(super) provider_link_text: String,
    pub(super) provider_linked_title: String,
    pub(super) provider_linked_text: String,
    pub(super) provider_away_title: String,
    pub(super) provider_away_text: String,
    pub(super) provider_refused_title: String,
    pub(super) provider_refused_text: String,
    pub(super) provider_unverified_title: String,
    pub(super) provider_unverified_text: String,
    pub(super) provider_barred_title: String,
    pub(super) provider_barred_text: String,
    pub(super) provider_known_title: String,
    pub(super) provider_known_text: String,
    pub(super) provider_taken_title: String,
    pub(super) provider_taken_text: String,
    pub(super) provider_other_title: String,
    pub(super) provider_other_text: String,
    pub(super) provider_stale_title: String,
    pub(super) provider_stale_text: String,
    pub(super) go_back: String,
    pub(super) sign_in: String,
    pub(super) sign_in_title: String,
    pub(super) no_account: String,
    pub(super) sign_up_link: String,
    pub(super) sign_up_title: String,
    pub(super) sign_up: String,
    pub(super) have_account: String,
    pub(super) password_hint: String,
    pub(super) sent_title: String,
    pub(super) sent_text: String,
    pub(super) send_again: String,
    pub(super) sent_again: String,
    pub(super) wrong_address: String,
    pub(super) start_over: String,
    pub(super) fields_wrong: String,
    pub(super) email_wrong: String,
    pub(super) name_wrong: String,
    pub(super) password_missing: String,
    pub(super) password_short: String,
    pub(super) password_long: String,
    pub(super) password_characters: String,
    pub(super) password_refused: String,
    pub(super) password_leaked: String,
    pub(super) passwords_differ: String,
    pub(super) wrong_credentials: String,
    pub(super) confirm_title: String,
    pub(super) confirm_text: String,
    pub(super) confirm: String,
    pub(super) choose_title: String,
    pub(super) invited_text: String,
    pub(super) choose_text: String,
    pub(super) new_password: String,
    pub(super) once_more: String,
    pub(super) other_again: String,
    pub(super) confirmed_title: String,
    pub(super) confirmed_text: String,
    pub(super) already_title: String,
    pub(super) link_incomplete_title: String,
    pub(super) link_incomplete_text: String,
    pub(super) link_dead_title: String,
    pub(super) link_dead_text: String,
    pub(super) address_title: String,
    pub(super) address_current_text: String,
    pub(super) address_new_text: String,
    pub(super) address_confirm: String,
    pub(super) address_refuse: String,
    pub(super) address_waits_title: String,
    pub(super) address_waits_text: String,
    pub(super) address_done_title: String,
    pub(super) address_done_text: String,
    pub(super) address_refused_title: String,
    pub(super) address_refused_text: String,
    pub(super) address_barred_title: String,
    pub(super) address_barred_text: String,
    pub(super) address_dead_text: String,
    pub(super) join_title: String,
    pub(super) join_sign_in: String,
    pub(super) join_text: String,
    pub(super) join_organisation: String,
    pub(super) join_roles: String,
    pub(super) join_by: String,
    pub(super) join_until: String,
    pub(super) join_accept: String,
    pub(super) join_decline: String,
    pub(super) signed_in_as: String,
    pub(super) not_you: String,
    pub(super) sign_in_as_other: String,
    pub(super) join_changed: String,
    pub(super) join_accepted_title: String,
    pub(super) join_accepted_text: String,
    pub(super) join_declined_title: String,
    pub(super) join_declined_text: String,
    pub(super) join_withdrawn_title: String,
    pub(super) join_withdrawn_text: String,
    pub(super) join_expired_title: String,
    pub(super) join_expired_text: String,
    pub(super) join_void_title: String,
    pub(super) join_void_text: String,
    pub(super) join_left_title: String,
    pub(super) join_left_text: String,
    pub(super) join_full_title: String,
    pub(super) join_full_text: String,
    pub(super) join_denied_title: String,
    pub(super) join_denied_text: String,
    pub(super) join_none_title: String,
    pub(super) join_none_text: String,
    pub(super) join_unverified_title: String,
    pub(super) join_unverified_text: String,
    pub(super) join_away_text: String,
    pub(super) too_many_title: String,
    pub(super) wait_moment: String,
    pub(super) wait_minute: String,
    pub(super) wait_minutes: String,
    pub(super) wait_hours: String,
    pub(super) wait_busy: String,
    pub(super) wait_reset: String,
    pub(super) wait_reset_link: String,
    pub(super) away_title: String,
    pub(super) away_text: String,
    pub(super) done_title: String,
    pub(super) done_text: String,
    pub(super) unawaited_text: String,
    pub(super) go_on: String,
    pub(super) return_title: String,
    pub(super) return_text: String,
    pub(super) challenge_title: String,
    pub(super) challenge_text: String,
    pub(super) cross_title: String,
    pub(super) cross_text: String,
    pub(super) open_anew: String,
    pub(super) lost_title: String,
    pub(super) lost_text: String,
    pub(super) over_title: String,
    pub(super) over_text: String,
    pub(super) other_text: String,
    pub(super) begin_again: String,
    pub(super) code_title: String,
    pub(super) code_text: String,
    pub(super) code: String,
    pub(super) code_wrong: String,
    pub(super) trust_device: String,
    pub(super) use_backup: String,
    pub(super) use_app: String,
    pub(super) backup_title: String,
    pub(super) backup_text: String,
    pub(super) backup_code: String,
    pub(super) elsewhere_title: String,
    pub(super) elsewhere_text: String,
    pub(super) enrol_title: String,
    pub(super) enrol_text: String,
    pub(super) enrol_start: String,
    pub(super) enrol_scan: String,
    pub(super) enrol_picture: String,
    pub(super) enrol_key: String,
    pub(super) enrol_open: String,
    pub(super) copy: String,
    pub(super) copied: String,
    pub(super) change_title: String,
    pub(super) change_text: String,
    pub(super) forgot: String,
    pub(super) reset_title: String,
    pub(super) reset_text: String,
    pub(super) reset_send: String,
    pub(super) reset_sent_text: String,
    pub(super) reset_dead_text: String,
    pub(super) reset_again: String,
    pub(super) reset_for: String,
    pub(super) reset_done_title: String,
    pub(super) reset_done_text: String,
    pub(super) passkey_sign_in: String,
    pub(super) passkey_title: String,
    pub(super) passkey_text: String,
    pub(super) passkey_use: String,
    pub(super) use_passkey: String,
    pub(super) passkey_wrong: String,
    pub(super) passkey_late: String,
    pub(super) passkey_failed: String,
    pub(super) passkey_not_set_up: String,
    pub(super) passkey_unsupported: String,
    pub(super) passkey_address: String,
    pub(super) trust_device_passkey: String,
    pub(super) passkey_script: String,
    pub(super) enrol_passkey: String,
    pub(super) keep_title: String,
    pub(super) keep_text: String,
    pub(super) keep_download: String,
    pub(super) keep_done: String,
    pub(super) offer_title: String,
    pub(super) offer_text: String,
    pub(super) offer_start: String,
    pub(super) offer_passkey_title: String,
    pub(super) offer_passkey_text: String,
    pub(super) offer_decline: String,
    pub(super) codes_left: String,
    pub(super) codes_left_one: String,
    pub(super) codes_left_none: String,
}

/// The languages that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    En,
    De,
    Es,
}

static EN: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../../locales/en.json")));
static DE: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../../locales/de.json")));
static ES: LazyLock<Words> = LazyLock::new(|| read(include_str!("../../../locales/es.json")));

fn read(catalogue: &str) -> Words {
    serde_json::from_str(catalogue).expect("a catalogue has a text for each word, as a test of this file looks")
}

impl Language {
    /// All of them, the one that is spoken where nothing is known first.
    pub(super) const ALL: [Self; 3] = [Self::En, Self::De, Self::Es];

    /// Its tag.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Es => "es",
        }
    }

    /// Its words.
    pub(super) fn words(self) -> &'static Words {
        match self {
            Self::En => &EN,
            Self::De => &DE,
            Self::Es => &ES,
        }
    }

    /// The one with this tag, whatever its region: `de-AT` is German.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().trim();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The one that a browser wants most (RFC 9110, section 12.5.4).
    pub(super) fn accepted(header: &str) -> Option<Self> {
        let ranked = header.split(',').take(MOST_RANGES).filter_map(|range| {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(0.0);
            Some((Self::of_tag(tag)?, weight)).filter(|(_, weight)| *weight > 0.0)
        });
        // The first of several that are wanted as much.
        ranked.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(language, _)| language)
    }
}

/// How many ranges of a header are looked at.
const MOST_RANGES: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn every_language_says_every_word() {
        let catalogues: Vec<Value> = ["en", "de", "es"]
            .map(|tag| std::fs::read_to_string(format!("{}/locales/{tag}.json", env!("CARGO_MANIFEST_DIR"))))
            .into_iter()
            .map(|text| serde_json::from_str(&text.expect("a file")).expect("JSON"))
            .collect();
        let holes = |text: &str| {
            [
                "{product}",
                "{email}",
                "{min}",
                "{days}",
                "{provider}",
                "{minutes}",
                "{hours}",
                "{codes}",
                "{new}",
                "{organisation}",
            ]
            .map(|hole| text.matches(hole).count())
        };
        for (language, catalogue) in Language::ALL.into_iter().zip(&catalogues) {
            assert!(!language.words().sign_in.is_empty(), "every field of the words has a text");
            for (word, text) in catalogue.as_object().expect("an object") {
                let (text, english) = (text.as_str().expect("a text"), catalogues[0][word].as_str().expect("a text"));
                assert!(!text.trim().is_empty(), "{word} is empty in {}", language.tag());
                assert_eq!(holes(text), holes(english), "{word} in {}", language.tag());
            }
        }
    }

    #[test]
    fn a_browser_gets_the_language_that_it_wants_most() {
        for (header, language) in [
            ("de", Some(Language::De)),
            ("de-AT,de;q=0.9,en;q=0.8", Some(Language::De)),
            ("fr,es;q=0.5,en;q=0.8", Some(Language::En)),
            ("en;q=0.5, ES;q=0.5", Some(Language::En)),
            ("de;q=0,es;q=0.1", Some(Language::Es)),
            ("fr, ja;q=nonsense, *", None),
            ("", None),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
