//! Invitations to organisations, which users keeps: what the page of the mail's link shows of one, and the answer.

use super::Auth;
use crate::error::AuthError;
use orion_contracts::internal::{FindOrganisationInvitation, GiveInvitationAnswer, Nothing};
use orion_contracts::organisations::{AnswerOrganisationInvitation, OrganisationInvitationFound};
use orion_contracts::{OrganisationInvitationId, UserId};
use orion_infra::peers::PeerError;

impl Auth {
    /// An invitation of somebody; none where it is not theirs, or nobody knows it.
    pub(crate) async fn invitation_of(
        &self,
        user: UserId,
        id: OrganisationInvitationId,
    ) -> Result<Option<OrganisationInvitationFound>, AuthError> {
        found(self.infra.peers.call(&FindOrganisationInvitation { user, id }, &Nothing {}).await)
    }

    /// Their answer, which users carries out as theirs.
    pub(crate) async fn answer_invitation(
        &self,
        user: UserId,
        id: OrganisationInvitationId,
        accept: bool,
    ) -> Result<Option<OrganisationInvitationFound>, AuthError> {
        let answer = AnswerOrganisationInvitation { accept };
        found(self.infra.peers.call(&GiveInvitationAnswer { user, id }, &answer).await)
    }
}

/// Who may not answer for themselves is told no more than who was not invited.
fn found(
    answer: Result<OrganisationInvitationFound, PeerError>,
) -> Result<Option<OrganisationInvitationFound>, AuthError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(PeerError::Problem { problem, .. }) if matches!(problem.status, 403 | 404) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
