//! Root certificates: those of a file that a person names, and those of the system beside them.

use std::io::Read as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use reqwest::Certificate;

use crate::platform::certificates;

use super::transport;

/// The certificates of a whole system are smaller.
const MOST_PEM_BYTES: u64 = 4 * 1024 * 1024;

/// The system's root certificates that are valid. Reading them can take a while and never changes much, so the first
/// client that needs them reads them for all.
#[derive(Debug)]
pub(super) struct SystemRoots {
    /// Reads all of them (DER).
    read: fn() -> Vec<Vec<u8>>,
    valid: Mutex<Vec<Certificate>>,
}

/// The roots of this system.
pub(super) static SYSTEM_ROOTS: SystemRoots = SystemRoots::read_by(certificates::roots);

impl SystemRoots {
    pub(super) const fn read_by(read: fn() -> Vec<Vec<u8>>) -> Self {
        Self { read, valid: Mutex::new(Vec::new()) }
    }

    /// The person's certificates and those of the system.
    pub(super) fn and(&self, extra: &[Certificate]) -> Vec<Certificate> {
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        // A system that could not be read at first is read again.
        if valid.is_empty() {
            let system = (self.read)();
            *valid = valid_of(system.iter().filter_map(|der| Certificate::from_der(der).ok()).collect());
        }
        extra.iter().chain(valid.iter()).cloned().collect()
    }
}

/// The roots that a client can be built with: large collections have some that are not valid, and one of them would end
/// every connection. Few are, so halves without a fault need one look each.
fn valid_of(mut roots: Vec<Certificate>) -> Vec<Certificate> {
    if trusting(roots.clone()).is_ok() {
        return roots;
    }
    if roots.len() < 2 {
        return Vec::new();
    }
    let second_half = roots.split_off(roots.len() / 2);
    let mut valid = valid_of(roots);
    valid.extend(valid_of(second_half));
    valid
}

/// A client that trusts these roots alone. Their format does not show what they contain, so building a client is the
/// only test.
fn trusting(roots: Vec<Certificate>) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().tls_certs_only(roots).build()
}

/// Why a file cannot contain root certificates, as the end of a sentence; `None` where it can.
pub fn certificate_fault(path: &Path) -> Option<String> {
    certificates_of(path).err()
}

/// The certificates of a file, or why it contains none, as the end of a sentence.
pub(super) fn certificates_of(path: &Path) -> Result<Vec<Certificate>, String> {
    let pem = read_pem(path)?;
    let not_good = |what: &str, error: &reqwest::Error| {
        let cause = transport::cause(error).map(|cause| format!(" ({cause})")).unwrap_or_default();
        format!("{what}{cause}")
    };
    let found =
        Certificate::from_pem_bundle(&pem).map_err(|error| not_good("is not a valid PEM file", &error))?;
    if found.is_empty() {
        return Err("contains no PEM certificate".to_owned());
    }
    trusting(found.clone()).map_err(|error| not_good("contains a certificate that is not valid", &error))?;
    Ok(found)
}

/// Never opens a device or a pipe, and reads no more than certificates need.
fn read_pem(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
    if !path.metadata().map_err(unreadable)?.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let mut pem = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST_PEM_BYTES + 1).read_to_end(&mut pem).map_err(unreadable)?;
    if pem.len() as u64 > MOST_PEM_BYTES {
        return Err(format!("is longer than {MOST_PEM_BYTES} bytes"));
    }
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sequence with a number in it.
    const ODD: &[u8] = b"\x30\x03\x02\x01\x00";

    fn of_this_system() -> Vec<Certificate> {
        certificates::roots().iter().map(|der| Certificate::from_der(der).unwrap()).collect()
    }

    fn with_odd_ones() -> Vec<Vec<u8>> {
        let mut roots = certificates::roots();
        roots.insert(0, ODD.to_vec());
        roots.insert(roots.len() / 3, ODD.to_vec());
        roots.push(ODD.to_vec());
        roots
    }

    #[test]
    fn a_root_of_the_system_that_is_no_certificate_is_left_out() {
        let extra = Certificate::from_pem_bundle(include_bytes!("tests/certificates/root.pem")).unwrap();
        let valid = of_this_system().into_iter().filter(|root| trusting(vec![root.clone()]).is_ok()).count();
        assert!(valid > 0);
        let roots = SystemRoots::read_by(with_odd_ones).and(&extra);
        assert_eq!(roots.len(), 1 + valid, "the person's root and each valid one of the system");
        assert!(trusting(roots).is_ok());
        let odd = Certificate::from_der(ODD).unwrap();
        assert!(valid_of(vec![odd.clone(), odd]).is_empty() && valid_of(Vec::new()).is_empty());
    }

    #[test]
    fn a_file_is_not_read_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, vec![b'\n'; MOST_PEM_BYTES as usize + 1]).unwrap();
        assert!(certificate_fault(&path).unwrap().contains("longer than"));
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_not_read_as_certificates() {
        assert_eq!(certificate_fault(Path::new("/dev/zero")).as_deref(), Some("is not a regular file"));
    }
}
