//! Root certificates.

use super::os::{OS, Os};

/// The system's root certificates (DER), where this program must judge certificates by its own rules as soon as a
/// person has named one: macOS rejects certificates that are valid for more than 825 days, as many GitLab instances
/// have them, even if the person named their root. `None` where the system's own judgement is right.
pub fn judged_by_ourselves() -> Option<Vec<Vec<u8>>> {
    judged_by_ourselves_on(OS)
}

fn judged_by_ourselves_on(os: Os) -> Option<Vec<Vec<u8>>> {
    (os == Os::Mac).then(roots)
}

/// What could be read; a person's own certificate works without the others too.
fn roots() -> Vec<Vec<u8>> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("the system's root certificates: {error}");
    }
    found.certs.into_iter().map(|certificate| certificate.to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_macos_refuses_what_a_person_has_named() {
        assert!(judged_by_ourselves_on(Os::Linux).is_none() && judged_by_ourselves_on(Os::Windows).is_none());
        let roots = judged_by_ourselves_on(Os::Mac).unwrap();
        // ASN.1: a sequence.
        assert!(roots.iter().all(|root| root.first() == Some(&0x30)));
    }
}
