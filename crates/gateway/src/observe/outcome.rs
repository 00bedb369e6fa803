//! How an exchange ended, and whose doing that was.

/// How an exchange ended. ARCHITECTURE.md has the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// All of the answer was handed to the client's connection.
    Complete,
    /// ORION refused the request for what it asks, or for how it does that.
    Refused,
    /// The client broke off its request, or went away before it had the answer.
    ClientGone,
    /// The client was too slow to send its request or to take the answer.
    ClientSlow,
    /// There was no connection to the upstream.
    UpstreamUnreachable,
    /// The upstream closed without a whole answer, or gave none that can be read.
    UpstreamBroke,
    /// The upstream was silent for too long.
    UpstreamSilent,
    /// The time was over that the route gives to a whole request, while its answer was still under way.
    Late,
    /// ORION let the upstream alone: its breaker is open, or it has all the requests that it may have.
    Shed,
    /// ORION could not do what it should.
    Failed,
    /// The process ended before the answer did.
    Cut,
}

impl Outcome {
    /// Its name in the access log and in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Refused => "refused",
            Self::ClientGone => "client_gone",
            Self::ClientSlow => "client_slow",
            Self::UpstreamUnreachable => "upstream_unreachable",
            Self::UpstreamBroke => "upstream_broke",
            Self::UpstreamSilent => "upstream_silent",
            Self::Late => "late",
            Self::Shed => "shed",
            Self::Failed => "failed",
            Self::Cut => "cut",
        }
    }

    /// The status that an exchange has which ended like this before its answer did.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Complete => 200,
            Self::Refused => 400,
            // What nginx made common: the client closed its request.
            Self::ClientGone => 499,
            Self::ClientSlow => 408,
            Self::UpstreamUnreachable | Self::UpstreamBroke => 502,
            Self::UpstreamSilent | Self::Late => 504,
            Self::Failed => 500,
            Self::Shed | Self::Cut => 503,
        }
    }
}
