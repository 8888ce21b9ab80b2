//! Builds archives shaped like GitLab 18's: what `tar -czf archive -C dir .` makes of an export folder.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use crate::archive::hex::to_hex;

pub(super) const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The members of an archive to be, in order.
#[derive(Debug, Clone)]
pub(super) struct Archive {
    pub members: Vec<Part>,
}

#[derive(Debug, Clone)]
pub(super) struct Part {
    pub name: String,
    pub kind: EntryType,
    pub content: Vec<u8>,
    /// Where a link leads.
    pub link: String,
}

impl Part {
    /// An empty file.
    pub(super) fn file(name: &str) -> Self {
        let link = String::new();
        Self { name: format!("./{name}"), kind: EntryType::Regular, content: Vec::new(), link }
    }
}

/// A whole export with something of everything.
pub(super) fn good() -> Archive {
    let object = b"a large file, in spirit".to_vec();
    let object_name = to_hex(&Sha256::digest(&object));
    let mut archive = Archive { members: Vec::new() };
    for folder in ["./", "./tree/", "./tree/project/", "./uploads/", "./snippets/", "./lfs-objects/"] {
        archive = archive.also(folder, EntryType::Directory, "");
    }
    let issue = format!("{{\"title\":\"crash\",\"description\":\"![x](/uploads/{SECRET}/a_b.png)\"}}\n");
    archive
        .with("VERSION", "0.2.4")
        .with("GITLAB_VERSION", "18.9.0-pre")
        .with("GITLAB_REVISION", "1a2b3c4d5e6")
        .with("tree/project.json", "{\"description\":\"caf\u{e9}\",\"visibility_level\":0}")
        .with("tree/project/issues.ndjson", issue.repeat(3))
        .with("tree/project/labels.ndjson", "{\"title\":\"bug\"}\n{\"title\":\"\\u00e9\"}\n")
        .with("tree/project/ci_cd_settings.ndjson", "{\"group_runners_enabled\":true}")
        .with("tree/project/project_feature.ndjson", "null")
        .with("tree/project/snippets.ndjson", "")
        .with("project.bundle", bundle())
        .with("project.wiki.bundle", bundle())
        .with("snippets/1f.bundle", bundle())
        .with("lfs-objects.json", format!("{{\"{object_name}\":[0]}}"))
        .with(&format!("lfs-objects/{object_name}"), object)
        .with(&format!("uploads/{SECRET}/a_b.png"), "not really a picture")
        .with("avatar/logo.png", vec![0x89; 3000])
}

impl Archive {
    /// Adds a file, or replaces the one of that name.
    pub(super) fn with(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        let part = Part { content: content.into(), ..Part::file(name) };
        match self.members.iter_mut().find(|known| known.name == part.name) {
            Some(known) => *known = part,
            None => self.members.push(part),
        }
        self
    }

    /// Adds a member with a name as it is, not caring whether there is one already.
    pub(super) fn also(mut self, name: &str, kind: EntryType, content: &str) -> Self {
        self.members.push(Part { name: name.into(), kind, content: content.into(), link: String::new() });
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        let before = self.members.len();
        self.members.retain(|part| part.name != format!("./{name}"));
        assert!(self.members.len() < before, "{name} was not there");
        self
    }

    pub(super) fn tar(&self) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for part in &self.members {
            append(&mut builder, part);
        }
        builder.into_inner().unwrap()
    }

    pub(super) fn tar_gz(&self) -> Vec<u8> {
        gzip(&self.tar())
    }
}

fn append(builder: &mut Builder<Vec<u8>>, part: &Part) {
    let mut header = Header::new_gnu();
    header.set_entry_type(part.kind);
    header.set_mode(0o644);
    header.set_size(part.content.len() as u64);
    let name = part.name.as_bytes();
    if name.len() > 100 {
        let mut long = Header::new_gnu();
        long.set_entry_type(EntryType::GNULongName);
        long.as_gnu_mut().unwrap().name[..13].copy_from_slice(b"././@LongLink");
        long.set_size(name.len() as u64 + 1);
        long.set_cksum();
        builder.append(&long, &[name, b"\0"].concat()[..]).unwrap();
    }
    // Not by `set_path`, which refuses the names that tests need.
    let kept = name.len().min(100);
    header.as_gnu_mut().unwrap().name[..kept].copy_from_slice(&name[..kept]);
    header.as_gnu_mut().unwrap().linkname[..part.link.len()].copy_from_slice(part.link.as_bytes());
    header.set_cksum();
    builder.append(&header, &part.content[..]).unwrap();
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A bundle with one branch, whose commit has one file.
pub(in crate::archive) fn bundle() -> Vec<u8> {
    let content = b"hello, repository".to_vec();
    let blob = object_name("blob", &content);
    let tree = [&b"100644 README\0"[..], &blob].concat();
    let commit = format!(
        "tree {}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nfirst\n",
        to_hex(&object_name("tree", &tree))
    )
    .into_bytes();
    let tip = to_hex(&object_name("commit", &commit));
    bundle_of(&format!("{tip} refs/heads/main\n"), &[(1, commit), (2, tree), (3, content)])
}

/// A bundle with these lines in its header, and a pack of these objects: 1 a commit, 2 a tree, 3 a blob.
pub(super) fn bundle_of(refs: &str, objects: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend((objects.len() as u32).to_be_bytes());
    for (kind, content) in objects {
        let (mut first, mut rest) = (kind << 4 | (content.len() & 15) as u8, content.len() >> 4);
        while rest > 0 {
            pack.push(first | 0x80);
            (first, rest) = ((rest & 0x7f) as u8, rest >> 7);
        }
        pack.push(first);
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(content).unwrap();
        pack.extend(zlib.finish().unwrap());
    }
    let mut bytes = format!("# v2 git bundle\n{refs}\n").into_bytes();
    bytes.extend(&pack);
    bytes.extend(Sha1::digest(&pack));
    bytes
}

pub(super) fn object_name(kind: &str, content: &[u8]) -> [u8; 20] {
    let header = format!("{kind} {}\0", content.len());
    Sha1::new_with_prefix(header).chain_update(content).finalize().into()
}
