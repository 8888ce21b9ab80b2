//! GNU tar headers, as `tar -czf archive -C dir .` writes them (GitLab's `command_line_util`).

use super::huge::Huge;

/// Headers and padding come in records of this length.
pub const RECORD_BYTES: usize = 512;
/// The longest name that fits the header; the practice tree keeps below it.
const NAME_BYTES: usize = 100;

/// One member of the archive.
#[derive(Debug)]
pub struct TarMember {
    pub name: String,
    pub content: Content,
    /// The member this one is a hard link to.
    pub link_to: Option<String>,
}

#[derive(Debug)]
pub enum Content {
    None,
    Bytes(Vec<u8>),
    Huge(Huge),
}

impl TarMember {
    pub fn file(name: &str, content: impl Into<Vec<u8>>) -> Self {
        Self { name: format!("./{name}"), content: Content::Bytes(content.into()), link_to: None }
    }

    /// A folder; the empty name is the archive's root.
    pub fn folder(name: &str) -> Self {
        let name = if name.is_empty() { "./".to_owned() } else { format!("./{name}/") };
        Self { name, content: Content::None, link_to: None }
    }

    pub fn huge(name: &str, huge: Huge) -> Self {
        Self { name: format!("./{name}"), content: Content::Huge(huge), link_to: None }
    }

    pub fn hard_link(name: &str, target: &str) -> Self {
        Self { name: format!("./{name}"), content: Content::None, link_to: Some(format!("./{target}")) }
    }

    fn size_bytes(&self) -> u64 {
        match &self.content {
            Content::None => 0,
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Huge(huge) => huge.content_bytes(),
        }
    }
}

/// The header record of a member.
pub fn header(member: &TarMember) -> [u8; RECORD_BYTES] {
    let folder = member.name.ends_with('/');
    let kind = match (&member.link_to, folder) {
        (Some(_), _) => b'1',
        (None, true) => b'5',
        (None, false) => b'0',
    };
    let mut record = [0; RECORD_BYTES];
    put(&mut record[..NAME_BYTES], member.name.as_bytes());
    put(&mut record[100..108], if folder { b"0000700" } else { b"0000644" });
    put(&mut record[108..116], b"0001750");
    put(&mut record[116..124], b"0001750");
    put(&mut record[124..136], format!("{:011o}", member.size_bytes()).as_bytes());
    put(&mut record[136..148], b"14700000000");
    record[156] = kind;
    if let Some(target) = &member.link_to {
        put(&mut record[157..257], target.as_bytes());
    }
    put(&mut record[257..265], b"ustar  \0");
    put(&mut record[265..297], b"git");
    put(&mut record[297..329], b"git");
    // The sum counts its own field as blanks.
    record[148..156].fill(b' ');
    let sum: u32 = record.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut record[148..156], format!("{sum:06o}\0 ").as_bytes());
    record
}

fn put(field: &mut [u8], bytes: &[u8]) {
    let len = bytes.len().min(field.len());
    field[..len].copy_from_slice(&bytes[..len]);
}
