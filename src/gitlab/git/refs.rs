//! The list of references that a server sends first, and the request for all their objects.

use std::collections::BTreeSet;

use super::pkt::{self, Packet};

/// The name that stands for a repository without references.
const NOTHING: &[u8] = b"capabilities^{}";

/// Which hash names the objects of a repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectFormat {
    #[default]
    Sha1,
    Sha256,
}

/// A reference: `HEAD`, or a name under `refs/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRef {
    /// The object's name, lower-case hex.
    pub oid: String,
    /// Without white space and control characters.
    pub name: Vec<u8>,
}

/// The references of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RefList {
    pub refs: Vec<GitRef>,
    pub format: ObjectFormat,
}

/// Why a list cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RefsFault {
    /// The server's own message.
    Said(String),
    Odd(&'static str),
}

/// Parses the whole answer.
pub(super) fn parse(answer: &[u8]) -> Result<RefList, RefsFault> {
    let mut rest = answer;
    if next(&mut rest)?.map(pkt::line) != Some(&b"# service=git-upload-pack"[..]) {
        return Err(RefsFault::Odd("the list of git references has a wrong first line"));
    }
    if next(&mut rest)?.is_some() {
        return Err(RefsFault::Odd("the list of git references has a wrong first line"));
    }
    let mut list = RefList::default();
    let mut is_first = true;
    while let Some(content) = next(&mut rest)? {
        let text = pkt::line(content);
        let (text, capabilities) = match text.iter().position(|byte| *byte == 0) {
            Some(at) if is_first => (&text[..at], &text[at + 1..]),
            _ => (text, &b""[..]),
        };
        if is_first {
            list.format = format_of(capabilities)?;
            is_first = false;
        }
        list.add(text)?;
    }
    Ok(list)
}

/// The content of the next packet; `None` at the end of a list.
fn next<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, RefsFault> {
    let (packet, length) = pkt::first(rest);
    *rest = &rest[length..];
    match packet {
        Packet::Content(content) => match content.strip_prefix(b"ERR ") {
            Some(said) => Err(RefsFault::Said(String::from_utf8_lossy(pkt::line(said)).into_owned())),
            None => Ok(Some(content)),
        },
        Packet::Flush => Ok(None),
        Packet::Incomplete => Err(RefsFault::Odd("the list of git references ends early")),
        Packet::Odd => Err(RefsFault::Odd("the list of git references is not in packets")),
    }
}

fn format_of(capabilities: &[u8]) -> Result<ObjectFormat, RefsFault> {
    let mut words = capabilities.split(|byte| *byte == b' ');
    if !words.clone().any(|word| word == b"side-band-64k") {
        return Err(RefsFault::Odd("the git server is too old: it does not offer side-band-64k"));
    }
    match words.find_map(|word| word.strip_prefix(b"object-format=")) {
        None | Some(b"sha1") => Ok(ObjectFormat::Sha1),
        Some(b"sha256") => Ok(ObjectFormat::Sha256),
        Some(_) => Err(RefsFault::Odd("the git repository has an object format that is not known")),
    }
}

impl RefList {
    fn add(&mut self, text: &[u8]) -> Result<(), RefsFault> {
        if text.starts_with(b"shallow ") {
            return Err(RefsFault::Odd("the server has only a part of the repository's history"));
        }
        let odd = || RefsFault::Odd("a git reference has the wrong form");
        let digits = if self.format == ObjectFormat::Sha1 { 40 } else { 64 };
        let (oid, name) = text.split_at_checked(digits).ok_or_else(odd)?;
        let is_hex = oid.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let name = name.strip_prefix(b" ").filter(|_| is_hex).ok_or_else(odd)?;
        let is_null = oid.iter().all(|byte| *byte == b'0');
        if is_null && name == NOTHING {
            return Ok(());
        }
        // A line break in a name would become another line of the bundle's header.
        if is_null || name.iter().any(|byte| *byte <= b' ' || *byte == 0x7f) {
            return Err(odd());
        }
        // The second line of an annotated tag tells the commit behind it.
        let is_peeled = name.ends_with(b"^{}");
        if !is_peeled && (name == b"HEAD" || name.starts_with(b"refs/")) {
            let oid = String::from_utf8_lossy(oid).into_owned();
            self.refs.push(GitRef { oid, name: name.to_vec() });
        }
        Ok(())
    }
}

/// The request for everything that the references reach.
pub(super) fn request(refs: &[GitRef], format: ObjectFormat) -> Vec<u8> {
    let mut body = Vec::new();
    let format = if format == ObjectFormat::Sha256 { " object-format=sha256" } else { "" };
    let mut capabilities = format!(" side-band-64k ofs-delta no-progress{format}");
    for oid in refs.iter().map(|one| one.oid.as_str()).collect::<BTreeSet<_>>() {
        pkt::write(&mut body, &format!("want {oid}{capabilities}\n"));
        capabilities.clear();
    }
    body.extend(b"0000");
    pkt::write(&mut body, "done\n");
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "0123456789012345678901234567890123456789";

    fn answer(lines: &[&str]) -> Vec<u8> {
        let mut out = Vec::new();
        pkt::write(&mut out, "# service=git-upload-pack\n");
        out.extend(b"0000");
        for line in lines {
            pkt::write(&mut out, line);
        }
        out.extend(b"0000");
        out
    }

    #[test]
    fn references_are_read_without_the_commits_behind_tags() {
        let lines = [
            format!("{OID} HEAD\0side-band-64k symref=HEAD:refs/heads/main object-format=sha1\n"),
            format!("{OID} refs/heads/main\n"),
            format!("{OID} refs/tags/v1\n"),
            format!("{OID} refs/tags/v1^{{}}\n"),
        ];
        let list = parse(&answer(&lines.each_ref().map(String::as_str))).unwrap();
        let names: Vec<_> = list.refs.iter().map(|one| String::from_utf8_lossy(&one.name)).collect();
        assert_eq!(names, ["HEAD", "refs/heads/main", "refs/tags/v1"]);
        let body = request(&list.refs, ObjectFormat::Sha256);
        let body = String::from_utf8(body).unwrap();
        assert_eq!(body.matches("want ").count(), 1, "{body}");
        assert!(body.contains("object-format=sha256\n") && body.ends_with("00000009done\n"), "{body}");
    }

    #[test]
    fn an_empty_repository_has_no_reference() {
        let null = format!("{} capabilities^{{}}\0side-band-64k object-format=sha256", "0".repeat(64));
        let list = parse(&answer(&[&null])).unwrap();
        assert_eq!((list.refs.len(), list.format), (0, ObjectFormat::Sha256));
        assert_eq!(parse(&answer(&[])).unwrap(), RefList::default());
    }

    #[test]
    fn what_a_hostile_server_writes_is_refused() {
        let first = format!("{OID} refs/heads/a\0side-band-64k");
        for second in [
            format!("{OID} refs/heads/b\nrefs/heads/c"),
            format!("{OID} refs/heads/b\0x"),
            format!("{OID}refs/heads/b"),
            format!("{} refs/heads/b", "0".repeat(40)),
            "shallow 0123".to_owned(),
            "-".to_owned(),
        ] {
            assert!(parse(&answer(&[&first, &second])).is_err(), "{second:?}");
        }
        assert!(parse(&answer(&[&format!("{OID} HEAD\0thin-pack")])).is_err(), "no side-band");
        let whole = answer(&[&first]);
        for cut in 0..whole.len() {
            assert!(parse(&whole[..cut]).is_err(), "{cut}");
        }
        let said = parse(&answer(&["ERR the disk is on fire\n"])).unwrap_err();
        assert_eq!(said, RefsFault::Said("the disk is on fire".to_owned()));
    }
}
