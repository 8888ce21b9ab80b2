//! Extended headers: what GNU `L` and PAX `x`/`g` say about the members that follow.

use super::header::HeaderKind;
use super::sparse::SparseKeys;

/// The keys of a PAX header that a verification needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keys {
    pub name: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub bytes: Option<u64>,
    pub sparse: Option<SparseKeys>,
}

/// The maximum number of stored bytes of a name: more than any file system accepts, so that a longer one is detected.
const MAX_NAME_BYTES: usize = 5000;

/// What is known about the next member beyond its plain header.
#[derive(Debug, Default)]
pub(super) struct Extended {
    global: Keys,
    next: Keys,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
}

impl Extended {
    pub(super) fn take(&mut self, purpose: HeaderKind, content: &[u8]) -> Result<(), &'static str> {
        match purpose {
            HeaderKind::Pax => self.next.read(content),
            HeaderKind::PaxGlobal => self.global.read(content),
            HeaderKind::LongName => {
                self.long_name = Some(kept(until_nul(content)));
                Ok(())
            }
            HeaderKind::LongLink => {
                self.long_link = Some(kept(until_nul(content)));
                Ok(())
            }
            HeaderKind::Skip | HeaderKind::Member(_) => Ok(()),
        }
    }

    /// The values for the next member; removes those that apply to it alone.
    pub(super) fn resolve(&mut self) -> Keys {
        let next = std::mem::take(&mut self.next);
        let long_name = self.long_name.take();
        let long_link = self.long_link.take();
        Keys {
            name: next.name.or(long_name).or_else(|| self.global.name.clone()),
            bytes: next.bytes.or(self.global.bytes),
            link: next.link.or(long_link).or_else(|| self.global.link.clone()),
            sparse: next.sparse.or_else(|| self.global.sparse.clone()),
        }
    }
}

impl Keys {
    /// Records have the form `LENGTH KEY=VALUE\n`, where the length includes itself.
    fn read(&mut self, mut content: &[u8]) -> Result<(), &'static str> {
        const WRONG: &str = "an extended header is unreadable";
        let mut sparse_name = None;
        while !content.is_empty() {
            let space = content.iter().position(|byte| *byte == b' ').ok_or(WRONG)?;
            let length = decimal(&content[..space]).ok_or(WRONG)?;
            let length = usize::try_from(length)
                .ok()
                .filter(|n| *n > space + 1 && *n <= content.len())
                .ok_or(WRONG)?;
            let record = content[space + 1..length].strip_suffix(b"\n").ok_or(WRONG)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or(WRONG)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => self.name = Some(kept(value)),
                b"linkpath" => self.link = Some(kept(value)),
                b"size" => self.bytes = Some(decimal(value).ok_or(WRONG)?),
                b"GNU.sparse.name" => {
                    self.sparse.get_or_insert_default();
                    sparse_name = Some(kept(value));
                }
                _ => {
                    if let Some(key) = key.strip_prefix(b"GNU.sparse.") {
                        self.sparse.get_or_insert_default().read(key, value).ok_or(WRONG)?;
                    }
                }
            }
            content = &content[length..];
        }
        // The plain path of a sparse member is an artificial one.
        if sparse_name.is_some() {
            self.name = sparse_name;
        }
        Ok(())
    }
}

fn until_nul(content: &[u8]) -> &[u8] {
    &content[..content.iter().position(|byte| *byte == 0).unwrap_or(content.len())]
}

fn kept(name: &[u8]) -> Vec<u8> {
    name[..name.len().min(MAX_NAME_BYTES)].to_vec()
}

pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_and_the_next_member_wins_over_the_global() {
        let mut extended = Extended::default();
        extended
            .take(
                HeaderKind::PaxGlobal,
                b"12 path=all\n52 comment=0123456789012345678901234567890123456789\n",
            )
            .unwrap();
        extended.take(HeaderKind::Pax, b"12 path=one\n11 size=42\n").unwrap();
        extended.take(HeaderKind::LongName, b"long\0rest").unwrap();
        let one = extended.resolve();
        assert_eq!((one.name.as_deref(), one.bytes), (Some(&b"one"[..]), Some(42)));
        assert_eq!(extended.resolve().name.as_deref(), Some(&b"all"[..]));
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in
            [&b"x"[..], b"5 a=b\n", b"7 a=b\n", b"6 a=b ", b"5 ab\n", b"0 ", b"-6 a=b\n", b"13 size=4294x\n"]
        {
            assert!(Keys::default().read(bad).is_err(), "{:?}", String::from_utf8_lossy(bad));
        }
        assert!(Keys::default().read(b"6 a=b\n").is_ok());
    }
}
