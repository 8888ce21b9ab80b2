//! The bundles of an archive: small ones are checked at once, large ones after everything was read.

use super::bundle::ReadBundle;
use super::problem::ProblemCode;
use super::problems::Problems;
use super::report::BundleReport;

/// The maximum number of bundles; each snippet has one.
const MAX_KEPT: usize = 1000;

/// The bundles so far.
#[derive(Debug, Default)]
pub(super) struct Bundles {
    reports: Vec<BundleReport>,
    /// The bundles whose packs are in temporary files.
    waiting: Vec<ReadBundle>,
}

impl Bundles {
    /// Takes a bundle that was read to its end.
    pub(super) fn take(&mut self, mut read: ReadBundle, problems: &mut Problems) {
        if read.is_quick() {
            read.check_in_depth(&mut |_| true);
            self.keep(read, problems);
        } else {
            self.waiting.push(read);
        }
    }

    /// Forgets the bundle of this name, because another member of the same name follows.
    pub(super) fn forget(&mut self, member: &str) {
        self.reports.retain(|known| known.member != member);
        self.waiting.retain(|known| known.report.member != member);
    }

    /// Checks the large bundles in depth. `on_objects` receives the number of checked objects and returns false to
    /// cancel; in that case this function returns false as well.
    pub(super) fn finish(
        &mut self,
        problems: &mut Problems,
        on_objects: &mut dyn FnMut(u64) -> bool,
    ) -> bool {
        let mut before = 0;
        for mut read in std::mem::take(&mut self.waiting) {
            if !read.check_in_depth(&mut |done| on_objects(before + done)) {
                return false;
            }
            before += read.report.objects;
            self.keep(read, problems);
        }
        true
    }

    pub(super) fn into_reports(self) -> Vec<BundleReport> {
        self.reports
    }

    fn keep(&mut self, read: ReadBundle, problems: &mut Problems) {
        let ReadBundle { report, flaw, .. } = read;
        let member = Some(report.member.as_str());
        if let Some(flaw) = flaw {
            problems.add_with(ProblemCode::BundleCorrupt, member, || {
                (format!("This git bundle {}.", flaw.words()), flaw.next_step().to_owned())
            });
        } else if !report.has_content {
            problems.add(
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
