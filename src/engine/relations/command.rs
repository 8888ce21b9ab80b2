//! What can be asked about relations exports, and what their files do when GitLab was asked again.

use crate::case::{Code, JobId, RelationsId, Trouble};
use crate::engine::api::{AskId, RelationsCommand};
use crate::engine::jobs::{Jobs, RelationsPurpose as P};
use crate::engine::router::Router;

use super::bringing::Bringing;

impl Router {
    pub fn relations_command(&mut self, ask: AskId, command: RelationsCommand) {
        let (project, purpose) = match command {
            RelationsCommand::Start { instance, project, case, batched, collect } => {
                ((instance, project), P::Start { case, batched, collect })
            }
            RelationsCommand::Look { instance, project, case } => ((instance, project), P::Look { case }),
            RelationsCommand::Download { instance, project, case, options } => {
                ((instance, project), P::Download { case, options })
            }
            RelationsCommand::Leave { run } => return self.unwatch(ask, JobId::Relations(run)),
            RelationsCommand::Pause { run } => return self.pause_relations(ask, run),
            RelationsCommand::Resume { run } => return self.resume_relations(ask, run),
            RelationsCommand::Halt { run } => return self.halt_relations(ask, run),
        };
        Jobs::look_at_relations(&mut self.core, ask, (&project.0, &project.1), purpose);
    }

    /// Files that were on their way when the program ended go on once GitLab has said what it lists now; what was
    /// paused stays paused.
    pub fn take_up_relation_files(&mut self) {
        let orders = self.jobs.relations_runs().filter_map(|run| Some((run.id, Bringing::of_order(run)?)));
        self.relation_files = orders.collect();
        let moving = |(id, bringing): (&RelationsId, &Bringing)| bringing.is_moving().then_some(*id);
        let moving: Vec<_> = self.relation_files.iter().filter_map(moving).collect();
        for id in moving {
            self.list_relations_again(id);
        }
    }

    /// Polls a relations export at once: what GitLab lists may have changed.
    pub(super) fn list_relations_again(&mut self, id: RelationsId) {
        let happened = self.jobs.poll_relations_now(&mut self.core, id);
        self.tell(happened);
    }

    /// Goes on with the files that wait, as far as GitLab still lists them as they were asked for.
    pub fn go_on_with_files(&mut self, id: RelationsId) {
        let Some(listed) = self.jobs.relations_run(id).map(crate::case::RelationsRun::files) else { return };
        let Some(bringing) = self.relation_files.get_mut(&id).filter(|bringing| bringing.is_moving()) else {
            return;
        };
        bringing.fail_unlisted(&listed);
        self.start_relation_files(id);
    }

    /// What GitLab lists cannot be known: the files that wait for it do not come.
    pub fn fail_waiting_files(&mut self, id: RelationsId, trouble: &Trouble) {
        let Some(bringing) = self.relation_files.get_mut(&id) else { return };
        bringing.fail_waiting(trouble);
        self.keep_order(id, false);
    }
}

pub(super) fn no_such(id: RelationsId) -> Trouble {
    Trouble::new(Code::Usage, format!("There is no relations export {id}."), "Check the project again.")
}
