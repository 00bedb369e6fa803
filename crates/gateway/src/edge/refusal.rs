//! Why a message is refused, and what the client is told.

use orion_contracts::Problem;

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident, $problem:ident, $detail:literal;)*) => {
        /// A reason to refuse a message.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Refusal {$(
            $(#[$doc])*
            $name,
        )*}

        impl Refusal {
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
    RequestLine, bad_request, "The request line is malformed";
    /// The protocol version is neither HTTP/1.1 nor HTTP/1.0.
    Version, bad_request, "Only HTTP/1.1 and HTTP/1.0 are spoken here";
    /// CONNECT and TRACE are not served.
    Method, method_not_allowed, "This method is not served here";
    /// The target has a forbidden byte or form.
    Target, bad_request, "The request target is malformed, or has a byte that must be percent-encoded";
    /// The target is longer than allowed.
    TargetTooLong, uri_too_long, "The request line is longer than allowed";
    /// A line of the head ends in LF without CR.
    BareLineFeed, bad_request, "A line of the head does not end in CR LF";
    /// A header's name is not a token, or white space stands before its colon.
    FieldName, bad_request, "A header's name is malformed";
    /// A header's value has a control character: a bare CR, a NUL, ….
    FieldValue, bad_request, "A header's value has a control character";
    /// A header is folded over several lines.
    Folding, bad_request, "Headers must not be folded over several lines";
    /// The head is larger than allowed.
    HeadTooLarge, headers_too_large, "The header section is larger than allowed";
    /// Host is missing, double, or not the absolute target's authority.
    Host, bad_request, "There must be exactly one Host, and the target must agree with it";
    /// Connection has more options than anybody needs.
    Connection, bad_request, "Connection has too many options";
    /// Content-Length is not one number.
    ContentLength, bad_request, "There must be at most one Content-Length, and it must be a number";
    /// Transfer-Encoding is not exactly `chunked`, stands beside Content-Length, or came with HTTP/1.0.
    TransferEncoding, bad_request,
        "Transfer-Encoding must be exactly \"chunked\", without Content-Length, and not in HTTP/1.0";
    /// A chunk's size, extension or end, or a trailer, is malformed.
    Chunk, bad_request, "The chunked body is malformed, or has too many trailers";
    /// The head or body did not arrive in time.
    Timeout, request_timeout, "The request did not arrive in time";
}
