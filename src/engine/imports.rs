//! Imports: look at the target and at the archive before anything is sent, send it in constant memory, watch GitLab
//! to the end, and bring lost relations again.

mod begin;
mod explain;
mod send;
mod target;
mod verify;
mod watch;

use std::sync::Arc;

use crate::archive::Report;
use crate::case::import::{self as judge, ImportInput, ImportSeen};
use crate::case::{Code, Entry, ImportId, ImportJob, Trouble, UtcMs, What};
use crate::store::Write;

use super::access::LookFailed;
use super::api::{Answer, AskId, ImportCommand};
use super::router::Router;

pub(super) use watch::LiveImport;

use begin::Draft;
use target::TargetSurvey;

/// What comes back from the network and the disk about imports.
#[derive(Debug)]
pub enum ImportNews {
    /// The target of an import that is about to begin.
    Targeted {
        ask: AskId,
        draft: Box<Draft>,
        result: Result<Box<TargetSurvey>, Trouble>,
    },
    Verified {
        import: ImportId,
        result: Result<Arc<Report>, Trouble>,
    },
    Sent {
        import: ImportId,
        result: Result<Box<ImportSeen>, Trouble>,
    },
    /// What the target says of an import that may have arrived before the program ended.
    Found {
        import: ImportId,
        result: Result<Option<Box<ImportSeen>>, Trouble>,
    },
    Looked {
        import: ImportId,
        result: Result<Box<ImportSeen>, LookFailed>,
    },
    /// A look that somebody asked for.
    Met {
        ask: AskId,
        instance: String,
        result: Result<Box<ImportSeen>, Trouble>,
    },
}

impl Router {
    pub(super) fn import_command(&mut self, ask: AskId, command: ImportCommand) {
        use ImportCommand as C;
        let begun = match command {
            C::File { instance, file, target, case, options } => {
                self.begin_file(ask, &instance, file, target, case, options)
            }
            C::Remote { instance, url, target, case, options } => {
                self.begin_remote(ask, &instance, &url, target, case, options)
            }
            C::S3 { instance, object, keys, target, case } => {
                self.begin_s3(ask, &instance, object, keys, target, case)
            }
            C::Relation { instance, project, file, relation, case, options } => {
                self.begin_relation(ask, &instance, &project, file, relation, case, options)
            }
            C::Repair { import, relation } => self.begin_repair(ask, import, relation),
            C::Again { import } => self.begin_again(ask, import),
            C::Look { instance, project } => self.look_at_import(ask, &instance, &project),
            C::Leave { import } => {
                let left = self.leave_import(import);
                self.core.reply(ask, left.map(|()| Answer::Done));
                Ok(())
            }
            C::CheckTarget { instance, target } => self.check_target(ask, &instance, target),
            C::Probe { instance, url } => self.probe(ask, &instance, &url),
        };
        // The reply of what has begun comes with its first news.
        if let Err(trouble) = begun {
            self.core.reply(ask, Err(trouble));
        }
    }

    pub(super) fn import_news(&mut self, news: ImportNews) {
        match news {
            ImportNews::Targeted { ask, draft, result } => {
                let reply = result.and_then(|survey| self.begin_import(*draft, &survey));
                self.core.reply(ask, reply.map(Answer::Import));
            }
            ImportNews::Verified { import, result } => self.archive_verified(import, result),
            ImportNews::Sent { import, result } => self.import_sent(import, result),
            ImportNews::Found { import, result } => self.import_found(import, result),
            ImportNews::Looked { import, result } => self.import_looked(import, result),
            ImportNews::Met { ask, instance, result } => {
                let reply = result.and_then(|seen| self.import_met(&instance, *seen));
                self.core.reply(ask, reply.map(Answer::Import));
            }
        }
    }

    fn import_sent(&mut self, id: ImportId, result: Result<Box<ImportSeen>, Trouble>) {
        let now = crate::engine::clock::now();
        if let Some(live) = self.imports.get_mut(&id) {
            live.task = None;
            live.doubt_a_changed_file();
            live.job.unheard = live.meter.unheard.load(std::sync::atomic::Ordering::Relaxed);
        }
        let input = match result {
            Ok(seen) => ImportInput::Accepted(*seen),
            Err(trouble) => ImportInput::NotSent { trouble },
        };
        // A full disk is told in the picture, and this is remembered all the same.
        if let Err(trouble) = self.take_in_import(id, input, now)
            && let Some(live) = self.imports.get_mut(&id)
        {
            live.trouble = Some(trouble);
        }
        self.schedule_import_look(id);
    }

    /// Decides, writes, and only then remembers.
    fn take_in_import(&mut self, id: ImportId, input: ImportInput, now: UtcMs) -> Result<(), Trouble> {
        let patience = self.core.timing.import_patience();
        let Some(before) = self.imports.get(&id).map(|live| live.job.clone()) else {
            return Err(no_such(id));
        };
        let next = judge::step(&before, input, patience, now);
        let mut entries = Vec::new();
        if next.is_ended() && next.outcome != before.outcome {
            let (to, headline) = (next.target_path.clone(), judge::standing(&next).sentence);
            let what = match (&next.rehearsal, judge::rehearsed(&next)) {
                (None, _) => What::ImportEnded { to, headline },
                (Some(_), None) => What::RehearsalEnded { to, headline },
                (Some(_), Some(rehearsed)) => What::RehearsalEnded { to, headline: rehearsed.sentence },
            };
            entries.push(Entry { case_id: next.case_id, run_id: None, what });
        }
        if next != before {
            self.core.commit(now, vec![Write::PutImport(Box::new(next.clone()))], entries)?;
        }
        let is_rehearsal = next.rehearsal.is_some();
        if let Some(live) = self.imports.get_mut(&id) {
            live.now_is(next);
        }
        if is_rehearsal {
            self.join_rehearsals();
        }
        self.publisher.imports_changed();
        Ok(())
    }

    fn put_import(&mut self, live: LiveImport, say: bool, now: UtcMs) -> Result<ImportId, Trouble> {
        let job: ImportJob = live.job.clone();
        let (from, to) = (job.kind.shown(), job.target_path.clone());
        let what = match job.rehearsal {
            None => What::ImportStarted { from, to },
            Some(_) => What::RehearsalStarted { from, to },
        };
        let entry = say.then_some(Entry { case_id: job.case_id, run_id: None, what });
        let id = job.id;
        self.core.commit(now, vec![Write::PutImport(Box::new(job))], entry.into_iter().collect())?;
        self.imports.insert(id, live);
        self.publisher.imports_changed();
        Ok(id)
    }

    fn next_import_id(&self) -> Result<ImportId, Trouble> {
        self.core.store.next_import_id().map_err(|error| error.trouble())
    }

    fn leave_import(&mut self, id: ImportId) -> Result<(), Trouble> {
        let now = crate::engine::clock::now();
        let Some(live) = self.imports.get_mut(&id) else { return Err(no_such(id)) };
        live.stop();
        self.take_in_import(id, ImportInput::Left, now)
    }
}

fn no_such(id: ImportId) -> Trouble {
    Trouble::new(Code::Usage, format!("There is no import {id}."), "Look at the project again.")
}
