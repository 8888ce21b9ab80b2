//! The highest IIDs of a project, which newer exports contain as `max_iids.json`: GitLab then gives no such number to
//! a new issue while an import is running (`import_export_preallocate_iids`).
//!
//! The numbers are read from the records while these are joined. Nothing is kept of a line but the key that is being
//! read.

use std::collections::BTreeMap;

/// GitLab's names of what is numbered, and the relations that contain it.
const NUMBERED: [(&str, &str); 4] = [
    ("issues", "issues"),
    ("merge_requests", "merge_requests"),
    ("project_milestones", "milestones"),
    ("ci_pipelines", "ci_pipelines"),
];
/// Designs are parts of issues.
const DESIGNS: &str = "design_management_designs";
const DESIGNS_KEY: &[u8] = b"designs";
const IID: &[u8] = b"iid";
/// Longer keys are none of those that count.
const MOST_KEY_BYTES: usize = 16;

/// The highest numbers so far.
#[derive(Debug, Default)]
pub(super) struct MaxIids {
    highest: BTreeMap<&'static str, u64>,
}

impl MaxIids {
    /// The relations that have to be read for all numbers.
    pub(super) fn relations() -> impl Iterator<Item = &'static str> {
        NUMBERED.iter().map(|(_, relation)| *relation)
    }

    /// A reader for the records of this relation; `None` where they have no numbers.
    pub(super) fn of(relation: &str) -> Option<IidScan> {
        let (name, _) = NUMBERED.iter().find(|(_, known)| *known == relation)?;
        Some(IidScan { name, scan: Scan::default(), own: 0, designs: 0 })
    }

    pub(super) fn take(&mut self, read: &IidScan) {
        for (name, highest) in [(read.name, read.own), (DESIGNS, read.designs)] {
            if highest > 0 {
                self.highest.insert(name, highest);
            }
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.highest.len() as u64
    }

    /// The member's content.
    pub(super) fn json(&self) -> Vec<u8> {
        let names = NUMBERED.iter().map(|(name, _)| *name).chain([DESIGNS]);
        let pairs = names.filter_map(|name| Some(format!("\"{name}\":{}", self.highest.get(name)?)));
        format!("{{{}}}", pairs.collect::<Vec<_>>().join(",")).into_bytes()
    }
}

/// Reads the numbers of one relation.
#[derive(Debug)]
pub(super) struct IidScan {
    name: &'static str,
    scan: Scan,
    own: u64,
    designs: u64,
}

impl IidScan {
    pub(super) fn push(&mut self, piece: &[u8]) {
        let (own, designs) = (&mut self.own, &mut self.designs);
        self.scan.push(piece, &mut |is_design, iid| {
            let highest = if is_design { &mut *designs } else { &mut *own };
            *highest = (*highest).max(iid);
        });
    }
}

/// Finds the values of `iid` in lines of JSON objects: in the object itself, and in its list `designs`. The lines are
/// verified elsewhere, so that malformed ones may give any numbers here.
#[derive(Debug, Default)]
struct Scan {
    /// Open objects and lists.
    depth: u32,
    in_string: bool,
    is_escaped: bool,
    /// The last string, as far as it may be a key.
    string: Vec<u8>,
    /// Whether `string` was followed by a colon, so that it is a key whose value comes now.
    is_key: bool,
    in_designs: bool,
    /// The digits of a number that counts.
    digits: Option<u64>,
}

impl Scan {
    fn push(&mut self, mut piece: &[u8], on: &mut impl FnMut(bool, u64)) {
        while let Some((&byte, rest)) = piece.split_first() {
            if self.in_string {
                piece = self.in_string(piece);
                continue;
            }
            piece = rest;
            if let Some(digits) = self.digits {
                if byte.is_ascii_digit() {
                    self.digits = Some(digits.saturating_mul(10).saturating_add(u64::from(byte - b'0')));
                    continue;
                }
                on(self.depth > 1, digits);
                self.digits = None;
            }
            self.outside(byte);
        }
    }

    fn outside(&mut self, byte: u8) {
        match byte {
            b'"' => {
                (self.in_string, self.is_key) = (true, false);
                self.string.clear();
            }
            b':' => {
                self.is_key = true;
                if self.depth == 1 {
                    self.in_designs = self.string == DESIGNS_KEY;
                }
            }
            b'{' | b'[' => (self.depth, self.is_key) = (self.depth + 1, false),
            b'}' | b']' => (self.depth, self.is_key) = (self.depth.saturating_sub(1), false),
            // Each line is an object of its own.
            b'\n' => *self = Self::default(),
            b'0'..=b'9' => {
                let is_place = self.depth == 1 || (self.depth == 3 && self.in_designs);
                if self.is_key && is_place && self.string == IID {
                    self.digits = Some(u64::from(byte - b'0'));
                }
                self.is_key = false;
            }
            byte => self.is_key = self.is_key && byte.is_ascii_whitespace(),
        }
    }

    /// Reads on inside a string, and returns what follows it.
    fn in_string<'a>(&mut self, piece: &'a [u8]) -> &'a [u8] {
        if std::mem::take(&mut self.is_escaped) {
            self.keep(&piece[..1]);
            return &piece[1..];
        }
        let Some(at) = memchr::memchr2(b'"', b'\\', piece) else {
            self.keep(piece);
            return &[];
        };
        self.keep(&piece[..at]);
        if piece[at] == b'"' {
            self.in_string = false;
        } else {
            self.is_escaped = true;
        }
        &piece[at + 1..]
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MOST_KEY_BYTES - self.string.len().min(MOST_KEY_BYTES);
        self.string.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn numbers(relation: &str, text: &[u8], piece_bytes: usize) -> (u64, u64) {
        let mut read = MaxIids::of(relation).unwrap();
        text.chunks(piece_bytes).for_each(|piece| read.push(piece));
        (read.own, read.designs)
    }

    #[test]
    fn only_the_records_own_numbers_count() {
        let text = concat!(
            r#"{"title":"iid\":99","iid":7,"notes":[{"iid":50}],"x":{"iid":60},"designs":[{"iid":3,"a":{"iid":70}},{"iid":9}]}"#,
            "\n",
            r#"{"iid" : 12,"designs":[],"epic":[{"iid":80}],"description":"\\"}"#,
            "\n",
            r#"{"\u0069id":100,"iid":null,"title":"iid","weight":200}"#,
            "\n",
        );
        for size in [1, 2, 3, 7, 1000] {
            assert_eq!(numbers("issues", text.as_bytes(), size), (12, 9), "{size}");
        }
        assert!(MaxIids::of("labels").is_none());
        let mut all = MaxIids::default();
        for (relation, line) in [("milestones", "{\"iid\":2}\n"), ("issues", text)] {
            let mut read = MaxIids::of(relation).unwrap();
            read.push(line.as_bytes());
            all.take(&read);
        }
        assert_eq!(
            String::from_utf8(all.json()).unwrap(),
            r#"{"issues":12,"project_milestones":2,"design_management_designs":9}"#
        );
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            "(iid|designs|[\\PC\"\\\\:,{}]{0,6})".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("(iid|designs|[a-z\"]{0,3})", inner, 0..4)
                    .prop_map(|map| json!(map)),
            ]
        })
    }

    proptest! {
        /// The scan agrees with a parser, however the text is cut.
        #[test]
        fn any_record_gives_what_a_parser_finds(
            records in prop::collection::vec(prop::collection::btree_map("(iid|designs|[a-z]{0,3})", any_value(), 0..5), 0..4),
            size in 1_usize..20,
        ) {
            let lines: Vec<_> = records.iter().map(|record| format!("{}\n", json!(record))).collect();
            let text = lines.concat();
            let own = records.iter().filter_map(|record| record.get("iid")?.as_u64()).max();
            let designs = records.iter().filter_map(|record| record.get("designs")?.as_array());
            let designs = designs.flatten().filter_map(|design| design.get("iid")?.as_u64()).max();
            let (seen_own, seen_designs) = numbers("issues", text.as_bytes(), size);
            prop_assert_eq!(seen_own, own.unwrap_or(0), "{}", text);
            // An object `designs` with lists inside is none of GitLab's.
            if records.iter().all(|record| record.get("designs").is_none_or(is_list_of_flat_objects)) {
                prop_assert_eq!(seen_designs, designs.unwrap_or(0), "{}", text);
            }
        }
    }

    fn is_list_of_flat_objects(value: &Value) -> bool {
        match value {
            Value::Array(all) => all.iter().all(|one| !one.is_array()),
            Value::Object(_) => false,
            _ => true,
        }
    }
}
