//! A project is looked at before its archive is downloaded.

use crate::case::Trouble;

use super::api::AskId;
use super::input::{Download, Input};
use super::router::Router;
use super::survey::{self, Survey, Wanted};

impl Router {
    /// Looks at a project.
    pub(super) fn survey(&mut self, ask: AskId, url: &str, project: &str, download: Download) {
        let (api, key) = match self.core.api(url, project) {
            Ok(found) => found,
            Err(trouble) => return self.core.reply(ask, Err(trouble)),
        };
        let user = self.core.session(url).is_ok_and(|session| session.user().is_none());
        let on_wait = self.core.wait_reporter(ask);
        let wanted = Wanted { status: false, user };
        let work = async move { survey::survey(api, key, wanted, &on_wait).await.map(Box::new) };
        self.core.spawn(work, move |result| Input::Surveyed { ask, download, result });
    }

    pub(super) fn surveyed(&mut self, ask: AskId, download: Download, result: Result<Box<Survey>, Trouble>) {
        let reply = result.and_then(|survey| {
            if let (Some(user), Some(session)) = (&survey.user, self.core.sessions.get_mut(&survey.instance))
            {
                session.user = Some(user.clone());
            }
            if let Some(case) = download.case {
                // A case that was opened offline learns here who its project is.
                self.cases.project_seen(&mut self.core, case, &survey.project);
            }
            self.download(&survey, download.case, download.target, download.connections)
        });
        self.core.reply(ask, reply);
    }
}
