//! What is done with a project once GitLab has said who it is: an archive is downloaded, or a case learns of it.

use crate::case::Trouble;
use crate::gitlab::ProjectKey;

use super::access::ApiAccess;
use super::api::AskId;
use super::input::{Input, Purpose};
use super::router::Router;
use super::survey::{self, Survey, Wanted};

impl Router {
    /// Looks at a project.
    pub(super) fn survey(&mut self, ask: AskId, url: &str, project: &str, purpose: Purpose) {
        let (api, key) = match self.core.api(url, project) {
            Ok(found) => found,
            Err(trouble) => return self.core.reply(ask, Err(trouble)),
        };
        let user = self.core.session(url).is_ok_and(|session| session.user().is_none());
        let on_wait = self.core.wait_reporter(ask);
        let wanted = Wanted { status: false, user };
        let work = async move { survey::survey(api, key, wanted, &on_wait).await.map(Box::new) };
        self.core.spawn(work, move |result| Input::Surveyed { ask, purpose, result });
    }

    /// The same without a second try, and not for long.
    pub(super) fn survey_once(&mut self, ask: AskId, api: ApiAccess, key: ProjectKey, purpose: Purpose) {
        let work = async move { survey::survey_once(api, key).await.map(Box::new) };
        self.core.spawn(work, move |result| Input::Surveyed { ask, purpose, result });
    }

    pub(super) fn surveyed(&mut self, ask: AskId, purpose: Purpose, result: Result<Box<Survey>, Trouble>) {
        if let Ok(survey) = &result
            && let (Some(user), Some(session)) = (&survey.user, self.core.sessions.get_mut(&survey.instance))
        {
            session.user = Some(user.clone());
        }
        match purpose {
            Purpose::Download { case, target, connections } => {
                let reply = result.and_then(|survey| {
                    if let Some(case) = case {
                        // A case that was opened offline learns here who its project is; a refusal there is none here.
                        self.project_known(case, &survey).ok();
                    }
                    self.download(&survey, case, target, connections)
                });
                self.core.reply(ask, reply);
            }
            Purpose::KnowProject { case, then } => {
                self.project_told(ask, case, then, result.ok().as_deref());
            }
        }
    }
}
