//! Root certificates.

use super::os::Os;

/// Whether this program must judge certificates by its own rules as soon as a person has named one: macOS rejects
/// certificates that are valid for more than 825 days, as many GitLab instances have them, even if the person named
/// their root. Elsewhere the system's own judgement is right.
pub fn judged_by_ourselves(os: Os) -> bool {
    os == Os::Mac
}

/// The system's root certificates (DER) that could be read; a person's own certificate works without the others too.
pub fn roots() -> Vec<Vec<u8>> {
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
        assert_eq!(Os::ALL.map(judged_by_ourselves), [false, true, false]);
        let roots = roots();
        // ASN.1: a sequence.
        assert!(!roots.is_empty() && roots.iter().all(|root| root.first() == Some(&0x30)));
    }
}
