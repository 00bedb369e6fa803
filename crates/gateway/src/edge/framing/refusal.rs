//! Why a message is refused, and what the client is told.

use orion_contracts::Problem;

/// The method of the request that hyper is given in place of a refused one. No client may use it.
pub const REFUSED_METHOD: &str = "ORION-REFUSED";

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident, $path:literal, $problem:ident, $detail:literal;)*) => {
        /// A reason to refuse a message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Refusal {$(
            $(#[$doc])*
            $name,
        )*}

        impl Refusal {
            /// All reasons.
            pub const ALL: &[Refusal] = &[$(Refusal::$name),*];

            /// The request that stands in for the refused one, as bytes for hyper.
            pub(crate) const fn stand_in(self) -> &'static [u8] {
                match self {$(
                    Refusal::$name => concat!(
                        "ORION-REFUSED ", $path, " HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n"
                    ).as_bytes(),
                )*}
            }

            /// The reason that a stand-in's path names.
            pub fn of_path(path: &str) -> Option<Self> {
                match path {
                    $($path => Some(Refusal::$name),)*
                    _ => None,
                }
            }

            /// What the client is told.
            pub fn problem(self) -> Problem {
                match self {$(
                    Refusal::$name => Problem::$problem().detail($detail),
                )*}
            }
        }
    };
}

refusals! {
    /// The request line is not `method SP target SP HTTP/1.x`.
    RequestLine, "/request-line", bad_request, "The request line is malformed";
    /// The protocol version is neither HTTP/1.1 nor HTTP/1.0.
    Version, "/version", bad_request, "Only HTTP/1.1 and HTTP/1.0 are spoken here";
    /// CONNECT and TRACE are not served.
    Method, "/method", method_not_allowed, "This method is not served here";
    /// The target has a forbidden byte or form.
    Target, "/target", bad_request, "The request target is malformed, or has a byte that must be percent-encoded";
    /// The target is longer than allowed.
    TargetTooLong, "/target-too-long", uri_too_long, "The request line is longer than allowed";
    /// A line of the head ends in LF without CR.
    BareLineFeed, "/bare-line-feed", bad_request, "A line of the head does not end in CR LF";
    /// A header's name is not a token, or white space stands before its colon.
    FieldName, "/field-name", bad_request, "A header's name is malformed";
    /// A header's value has a control character: a bare CR, a NUL, ….
    FieldValue, "/field-value", bad_request, "A header's value has a control character";
    /// A header is folded over several lines.
    Folding, "/folding", bad_request, "Headers must not be folded over several lines";
    /// The head is larger than allowed.
    HeadTooLarge, "/head-too-large", headers_too_large, "The header section is larger than allowed";
    /// Host is missing, double, or not the absolute target's authority.
    Host, "/host", bad_request, "There must be exactly one Host, and the target must agree with it";
    /// Content-Length is not one number.
    ContentLength, "/content-length", bad_request, "There must be at most one Content-Length, and it must be a number";
    /// Transfer-Encoding is not exactly `chunked`, stands beside Content-Length, or came with HTTP/1.0.
    TransferEncoding, "/transfer-encoding", bad_request,
        "Transfer-Encoding must be exactly \"chunked\", without Content-Length, and not in HTTP/1.0";
    /// A chunk's size, extension or end, or a trailer, is malformed.
    Chunk, "/chunk", bad_request, "The chunked body is malformed, or has too many trailers";
    /// The head or body did not arrive in time.
    Timeout, "/timeout", request_timeout, "The request did not arrive in time";
}

#[cfg(test)]
mod tests {
    use super::{REFUSED_METHOD, Refusal};

    #[test]
    fn a_stand_in_is_a_whole_request_that_names_its_reason() {
        for refusal in Refusal::ALL {
            let text = std::str::from_utf8(refusal.stand_in()).expect("ASCII");
            let mut words = text.split(' ');
            assert_eq!(words.next(), Some(REFUSED_METHOD));
            assert_eq!(words.next().and_then(Refusal::of_path), Some(*refusal));
            assert!(text.ends_with("\r\n\r\n"));
        }
    }
}
