//! A git bundle v2 with a valid pack, built by hand (gitformat-bundle, gitformat-pack).

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use sha1::{Digest, Sha1};

use super::noise::hex;

const COMMIT: u8 = 1;
const TREE: u8 = 2;
const BLOB: u8 = 3;

/// A bundle whose `main` has one commit with these files.
pub fn bundle(files: &[(&str, Vec<u8>)], author: &str, message: &str, authored_at_s: i64) -> Vec<u8> {
    let mut objects = Vec::new();
    let mut tree = Vec::new();
    let mut sorted: Vec<_> = files.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    for (name, content) in sorted {
        let id = object_id("blob", content);
        tree.extend_from_slice(format!("100644 {name}\0").as_bytes());
        tree.extend_from_slice(&id);
        objects.push((BLOB, content.clone()));
    }
    let tree_id = hex(&object_id("tree", &tree));
    let commit = format!(
        "tree {tree_id}\nauthor {author} {authored_at_s} +0000\ncommitter {author} {authored_at_s} +0000\n\n{message}\n"
    );
    let commit_id = hex(&object_id("commit", commit.as_bytes()));
    objects.push((TREE, tree));
    objects.push((COMMIT, commit.into_bytes()));

    let mut out = format!("# v2 git bundle\n{commit_id} refs/heads/main\n{commit_id} HEAD\n\n").into_bytes();
    out.extend(pack(&objects));
    out
}

fn object_id(kind: &str, content: &[u8]) -> [u8; 20] {
    let mut hasher = Sha1::new();
    hasher.update(format!("{kind} {}\0", content.len()).as_bytes());
    hasher.update(content);
    hasher.finalize().into()
}

fn pack(objects: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = b"PACK".to_vec();
    out.extend(2_u32.to_be_bytes());
    out.extend((objects.len() as u32).to_be_bytes());
    for (kind, content) in objects {
        entry_header(*kind, content.len(), &mut out);
        let mut encoder = ZlibEncoder::new(&mut out, Compression::default());
        // Writing to a `Vec` cannot fail.
        encoder.write_all(content).unwrap_or_default();
        encoder.try_finish().unwrap_or_default();
    }
    let sum = Sha1::digest(&out);
    out.extend_from_slice(&sum);
    out
}

/// Kind and length: the lowest four bits of the length first, then seven at a time.
fn entry_header(kind: u8, len: usize, out: &mut Vec<u8>) {
    let mut left = len >> 4;
    let mut byte = (kind << 4) | (len & 15) as u8;
    while left > 0 {
        out.push(byte | 0x80);
        byte = (left & 0x7f) as u8;
        left >>= 7;
    }
    out.push(byte);
}
