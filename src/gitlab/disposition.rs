//! Reduces file names from servers to a bare name without a path.

use percent_encoding::percent_decode_str;

/// The file name of a `Content-Disposition` header: `filename*` (RFC 8187) before `filename`.
pub(super) fn file_name(header: &str) -> Option<String> {
    let mut plain = None;
    let mut extended = None;
    for (key, value) in parameters(header) {
        match key.as_str() {
            "filename*" => extended = extended.or_else(|| extended_value(&value)),
            "filename" => plain = plain.or(Some(value)),
            _ => {}
        }
    }
    extended.as_deref().and_then(bare_name).or_else(|| plain.as_deref().and_then(bare_name))
}

/// The last component of a name, without control characters; `None` where nothing is left.
pub(super) fn bare_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).collect();
    let clean = clean.trim();
    (!clean.is_empty() && clean != "." && clean != "..").then(|| clean.to_owned())
}

/// Percent-decodes a text; invalid UTF-8 becomes replacement characters.
pub(super) fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Parses `UTF-8'en'na%C3%AFve.gz`. GitLab sends no other character set, so others are ignored.
fn extended_value(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let charset = parts.next()?;
    let _language = parts.next()?;
    charset.eq_ignore_ascii_case("utf-8").then(|| percent_decoded(parts.next().unwrap_or_default()))
}

/// Parses `key=value` pairs between semicolons, and unquotes quoted strings.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut quoted = false;
    let mut chars = header.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => piece.extend(chars.next()),
            ';' if !quoted => pieces.push(std::mem::take(&mut piece)),
            _ => piece.push(c),
        }
    }
    pieces.push(piece);
    pieces
        .iter()
        .filter_map(|piece| piece.split_once('='))
        .map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_form() {
        for (header, name) in [
            ("attachment; filename=\"a.tar.gz\"; filename*=UTF-8''a.tar.gz", Some("a.tar.gz")),
            ("attachment; filename=\"na_ve.gz\"; filename*=UTF-8''na%C3%AFve.gz", Some("naïve.gz")),
            ("attachment; filename=plain.gz", Some("plain.gz")),
            ("attachment; FileName = \"semi;colon \\\"x\\\".gz\"", Some("semi;colon \"x\".gz")),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            ("attachment; filename=\"C:\\\\temp\\\\x.gz\"", Some("x.gz")),
            ("attachment; filename*=UTF-8''..%2F..; filename=ok.gz", Some("ok.gz")),
            ("attachment; filename*=latin1'de'x; filename=ok.gz", Some("ok.gz")),
            ("attachment", None),
            ("attachment; filename=\"\"", None),
            ("attachment; filename=\"unclosed", Some("unclosed")),
            ("", None),
        ] {
            assert_eq!(file_name(header).as_deref(), name, "{header}");
        }
    }
}
