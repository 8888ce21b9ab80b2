//! What is known about the import of a rebuilt archive: data and one sentence for receipts, texts and both front ends.

use serde::{Deserialize, Serialize};

use crate::case::format;

/// GitLab ends an import after 24 hours (`Gitlab::Import::StuckProjectImportJobsWorker`). No source tells how many
/// records it imports in that time, so a larger number is told to the person, and nothing more.
const MANY_RECORDS: u64 = 100_000;

/// Why an import of the archive may fail, although nothing is wrong with the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ImportDoubt {
    /// The archive is larger than the import limit.
    TooLarge { bytes: u64, limit_bytes: u64 },
    /// The import may not end within the 24 hours after which GitLab stops it.
    ManyRecords { records: u64 },
}

impl ImportDoubt {
    /// The doubts about an archive of this size, with these records.
    pub fn of(bytes: u64, limit_bytes: u64, records: u64) -> Vec<Self> {
        let too_large = (bytes > limit_bytes).then_some(Self::TooLarge { bytes, limit_bytes });
        let many = (records > MANY_RECORDS).then_some(Self::ManyRecords { records });
        too_large.into_iter().chain(many).collect()
    }

    /// The code in JSON.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    pub fn sentence(&self) -> String {
        match self {
            Self::TooLarge { bytes, limit_bytes } => format!(
                "The archive has {}, but the import limit is {}.",
                format::bytes(*bytes),
                format::bytes(*limit_bytes)
            ),
            Self::ManyRecords { records } => format!(
                "The archive has {}. GitLab stops an import after 24 hours, and it is not known whether that is enough.",
                format::number_of(*records, "record", "records")
            ),
        }
    }
}

/// The verdict of a rebuilt archive. The verification of the file knows nothing of what is missing in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RebuiltVerdict {
    /// Whether the verification found that data in the archive will be lost.
    pub loses: bool,
    /// Number of missing parts.
    pub gaps: usize,
    /// Number of relations that the user left out by choice.
    pub without: usize,
    /// Whether the archive is larger than the import limit.
    pub too_large: bool,
    /// Whether it is a set of archives.
    pub is_set: bool,
}

impl RebuiltVerdict {
    /// The verdict's code: with a gap, the import finishes, but something is missing afterwards.
    pub fn code(self) -> &'static str {
        if self.loses || self.gaps > 0 { "importable_with_losses" } else { "importable" }
    }

    pub fn sentence(self) -> String {
        let mut buts = Vec::new();
        if self.gaps > 0 {
            buts.push("data is missing in it");
        }
        if self.loses {
            buts.push("some data will be lost");
        }
        let what = if self.is_set { "set of archives, one after the other" } else { "archive" };
        let only = if self.too_large { " only with a higher import limit" } else { "" };
        let can = format!("GitLab can import this {what}{only}");
        let but = if buts.is_empty() { String::new() } else { format!(", but {}", buts.join(", and ")) };
        let without = match self.without {
            0 => String::new(),
            some => format!(
                " {} left out by choice.",
                format::number_of(some as u64, "relation was", "relations were")
            ),
        };
        format!("{can}{but}.{without}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_knows_what_is_missing() {
        let whole = RebuiltVerdict::default();
        assert_eq!(
            (whole.code(), whole.sentence().as_str()),
            ("importable", "GitLab can import this archive.")
        );
        let one = RebuiltVerdict { gaps: 1, ..whole };
        let said = "GitLab can import this archive, but data is missing in it.";
        assert_eq!((one.code(), one.sentence().as_str()), ("importable_with_losses", said));
        let all = RebuiltVerdict { loses: true, gaps: 3, without: 2, too_large: true, is_set: false };
        assert_eq!(
            all.sentence(),
            "GitLab can import this archive only with a higher import limit, but data is missing in it, and some \
             data will be lost. 2 relations were left out by choice."
        );
        let set = RebuiltVerdict { is_set: true, ..whole };
        assert_eq!(set.sentence(), "GitLab can import this set of archives, one after the other.");
        let without = RebuiltVerdict { without: 1, ..whole };
        assert_eq!((without.code(), without.sentence().contains("1 relation was")), ("importable", true));
    }

    #[test]
    fn size_and_number_of_records_are_doubted_each_above_its_limit() {
        assert_eq!(ImportDoubt::of(5, 5, MANY_RECORDS), []);
        let both = ImportDoubt::of(6, 5, MANY_RECORDS + 1);
        assert_eq!(both.iter().map(ImportDoubt::code).collect::<Vec<_>>(), ["too_large", "many_records"]);
        assert!(both[0].sentence().contains("import limit is 5"), "{}", both[0].sentence());
        assert!(both[1].sentence().contains("24 hours"), "{}", both[1].sentence());
        let kept: Vec<ImportDoubt> = serde_json::from_str(&serde_json::to_string(&both).unwrap()).unwrap();
        assert_eq!(kept, both);
    }
}
