//! Invitations to organisations, which users keeps: what the page of the mail's link shows of one, and the answer.

use super::Auth;
use crate::error::AuthError;
use orion_contracts::internal::{FindOrganisationInvitation, GiveInvitationAnswer, Nothing};
use orion_contracts::organisations::{AnswerOrganisationInvitation, NO_SUCH_INVITATION, OrganisationInvitationFound};
use orion_contracts::{OrganisationInvitationId, Problem, UserId};
use orion_infra::peers::PeerError;

impl Auth {
    /// An invitation of somebody; none where it is not theirs, or nobody knows it.
    pub(crate) async fn invitation_of(
        &self,
        user: UserId,
        id: OrganisationInvitationId,
    ) -> Result<Option<OrganisationInvitationFound>, AuthError> {
        Ok(found(self.infra.peers.call(&FindOrganisationInvitation { user, id }, &Nothing {}).await)?)
    }

    /// Their answer, which users carries out as theirs.
    pub(crate) async fn answer_invitation(
        &self,
        user: UserId,
        id: OrganisationInvitationId,
        answer: &AnswerOrganisationInvitation,
    ) -> Result<Option<OrganisationInvitationFound>, AuthError> {
        Ok(found(self.infra.peers.call(&GiveInvitationAnswer { user, id }, answer).await)?)
    }
}

/// None is what users says that there is none of. Whatever else it refuses, such as a path that its version does not know, says nothing of
/// the invitation, which is there once it does not any more.
fn found(
    answer: Result<OrganisationInvitationFound, PeerError>,
) -> Result<Option<OrganisationInvitationFound>, PeerError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(PeerError::Problem { problem, .. }) if is_none(&problem) => Ok(None),
        Err(PeerError::Problem { service, problem }) if problem.status < 500 => {
            tracing::error!(%service, %problem, "an invitation can neither be read nor answered");
            Err(PeerError::Unavailable { service, reason: problem.to_string() })
        }
        Err(error) => Err(error),
    }
}

fn is_none(problem: &Problem) -> bool {
    problem.kind == Problem::not_found().kind && problem.detail.as_deref() == Some(NO_SUCH_INVITATION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use orion_contracts::ServiceName;

    fn refused(problem: Problem) -> Result<Option<OrganisationInvitationFound>, PeerError> {
        found(Err(PeerError::Problem { service: ServiceName::Users, problem: Box::new(problem) }))
    }

    #[test]
    fn only_what_is_said_not_to_be_there_is_none_and_all_else_is_an_outage() {
        assert!(matches!(refused(Problem::not_found().detail(NO_SUCH_INVITATION)), Ok(None)));
        for problem in [
            Problem::nothing_at("GET", "/internal/v1/users/1/organisation-invitations/2"),
            Problem::not_found(),
            Problem::no_such_user(),
            Problem::permission_denied().detail(NO_SUCH_INVITATION),
            Problem::conflict(),
            Problem::validation(),
        ] {
            let told = Problem::from(refused(problem).expect_err("nothing is known of it"));
            assert_eq!(told.status, 503, "{told}");
        }
        assert!(refused(Problem::internal()).is_err());
    }
}
