//! A URL whose query is a secret: it can be used, but not read.

use std::fmt;

use url::Url;

use super::disposition;

/// The signed URL of a file in object storage. `Debug` and `Display` show it without its query.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl(Url);

impl SignedUrl {
    pub(super) fn new(url: Url) -> Self {
        Self(url)
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The last part of the path as a bare file name. Storages send no Content-Disposition for exports
    /// (`present_carrierwave_file!` requests none).
    pub fn file_name(&self) -> Option<String> {
        disposition::bare_name(&disposition::percent_decoded(self.0.path().rsplit('/').next()?))
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.0.path())
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_never_shown() {
        let url =
            Url::parse("https://s3.example/b/2026-11-21_a%20b.tar.gz?X-Amz-Signature=secret#x").unwrap();
        let link = SignedUrl::new(url);
        assert_eq!(link.to_string(), "https://s3.example/b/2026-11-21_a%20b.tar.gz");
        assert_eq!(format!("{link:?}"), "SignedUrl(https://s3.example/b/2026-11-21_a%20b.tar.gz)");
        assert_eq!(link.file_name().as_deref(), Some("2026-11-21_a b.tar.gz"));
    }

    #[test]
    fn a_path_in_disguise_is_no_file_name() {
        let name = |text| SignedUrl::new(Url::parse(text).unwrap()).file_name();
        assert_eq!(name("https://s3.example/b/..%2F..%2Fetc%2Fpasswd").as_deref(), Some("passwd"));
        assert_eq!(name("https://s3.example/b/"), None);
        assert_eq!(name("https://s3.example/b/%00"), None);
    }
}
