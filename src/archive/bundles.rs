//! The bundles of an archive: small ones are checked at once, large ones after everything was read.

use super::bundle::ReadBundle;
use super::problem::ProblemCode;
use super::problems::Problems;
use super::report::BundleReport;

/// The maximum number of bundles; each snippet has one.
const MAX_KEPT: usize = 1000;

/// The bundles so far.
#[derive(Debug)]
pub(super) struct Bundles {
    reports: Vec<BundleReport>,
    problems: Problems,
    /// The bundles whose packs are in temporary files.
    waiting: Vec<ReadBundle>,
}

impl Bundles {
    pub(super) fn new(max_problems_per_code: usize) -> Self {
        Self { reports: Vec::new(), problems: Problems::new(max_problems_per_code), waiting: Vec::new() }
    }

    /// Takes a bundle that was read to its end.
    pub(super) fn take(&mut self, mut read: ReadBundle) {
        if read.is_quick() {
            read.check_in_depth(&mut |_| true);
            self.keep(read);
        } else {
            self.waiting.push(read);
        }
    }

    /// Forgets the bundle of this name, because another member of the same name follows.
    pub(super) fn forget(&mut self, member: &str) {
        self.reports.retain(|known| known.member != member);
        self.waiting.retain(|known| known.report.member != member);
        self.problems.forget(member);
    }

    /// Checks the large bundles in depth, and adds what is wrong with any bundle. `on_objects` receives the number of
    /// checked objects and returns false to cancel; in that case the result is `None`.
    pub(super) fn finish(
        mut self,
        problems: &mut Problems,
        on_objects: &mut dyn FnMut(u64) -> bool,
    ) -> Option<Vec<BundleReport>> {
        let mut before = 0;
        for mut read in std::mem::take(&mut self.waiting) {
            if !read.check_in_depth(&mut |done| on_objects(before + done)) {
                return None;
            }
            before += read.report.objects;
            self.keep(read);
        }
        problems.append(self.problems);
        Some(self.reports)
    }

    fn keep(&mut self, read: ReadBundle) {
        let ReadBundle { report, flaw, .. } = read;
        let member = Some(report.member.as_str());
        if let Some(flaw) = flaw {
            self.problems.add_with(ProblemCode::BundleCorrupt, member, || {
                (format!("This git bundle {}.", flaw.words()), flaw.next_step().to_owned())
            });
        } else if !report.has_content {
            self.problems.add(
                ProblemCode::BundleMissing,
                member,
                || "This git bundle names no branch and no tag: its repository will be empty.",
            );
        }
        if self.reports.len() < MAX_KEPT {
            self.reports.push(report);
        }
    }
}
