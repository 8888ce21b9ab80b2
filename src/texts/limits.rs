//! Limits of a person's template, checked before it is parsed: the parser recurses as deep as an expression nests,
//! and a value that is concatenated with itself doubles with every line.

use std::collections::BTreeMap;

use minijinja::machinery::{Token, Tokenizer};
use minijinja::syntax::SyntaxConfig;

/// The largest template, in bytes; the longest built-in one has about six thousand.
pub const LARGEST_TEMPLATE_BYTES: usize = 64 * 1024;
/// The maximum number of tokens of one `{{ … }}` or `{% … %}`.
const MOST_PARTS: usize = 400;
/// The maximum number of `if` branches of one template, which the parser nests.
const MOST_BRANCHES: usize = 100;
/// The maximum number of bytes that one tag can produce, and that all values of `set` can hold.
const LARGEST_VALUES_BYTES: u64 = 64 << 20;
/// The longest text that a template may produce, in bytes; GitLab accepts about a million characters.
pub(super) const LONGEST_BYTES: usize = 500_000;

/// Filters that turn a value into a list; the text of a list is longer than its source.
const LISTING: [&str; 16] = [
    "list",
    "split",
    "lines",
    "sort",
    "unique",
    "items",
    "dictsort",
    "map",
    "select",
    "reject",
    "selectattr",
    "rejectattr",
    "groupby",
    "chain",
    "zip",
    "reverse",
];
/// Keywords of the template language, which are no names of values.
const WORDS: [&str; 25] = [
    "if",
    "else",
    "elif",
    "endif",
    "for",
    "in",
    "endfor",
    "set",
    "not",
    "and",
    "or",
    "is",
    "true",
    "false",
    "none",
    "True",
    "False",
    "None",
    "with",
    "endwith",
    "loop",
    "defined",
    "undefined",
    "raw",
    "endraw",
];
/// An upper bound for what a keyword, a number or a sign can print.
const SMALL_BYTES: u64 = 40;

/// Refuses a template that could grow or nest without bounds, naming the line. `known_bytes` is an upper bound for
/// every name of the case.
pub(super) fn refuse_excess(template: &str, known_bytes: u64) -> Result<(), String> {
    if template.len() > LARGEST_TEMPLATE_BYTES {
        return Err(format!("The template is longer than {LARGEST_TEMPLATE_BYTES} bytes."));
    }
    let mut tokens = Tokenizer::new(template, "template", false, SyntaxConfig::default());
    let mut seen = Seen { known_bytes, kept: BTreeMap::new(), around: Vec::new(), branches: 0 };
    let mut tag: Vec<Token<'_>> = Vec::new();
    let mut line = 1;
    loop {
        let next = tokens.next_token();
        match next {
            Ok(Some((Token::TemplateData(text), _))) => seen.told(text.len() as u64),
            Ok(Some((Token::VariableStart | Token::BlockStart, span))) => {
                tag.clear();
                line = span.start_line;
            }
            Ok(Some((token @ (Token::VariableEnd | Token::BlockEnd), _))) => {
                seen.judge(&tag, matches!(token, Token::BlockEnd))
                    .map_err(|why| format!("Line {line}: {why}."))?;
            }
            Ok(Some((token, _))) => {
                tag.push(token);
                if tag.len() > MOST_PARTS {
                    return Err(format!(
                        "Line {line}: this tag has more than {MOST_PARTS} parts; cut it in two."
                    ));
                }
            }
            // The parser stops where the tokens end, and reports the reason.
            Ok(None) | Err(_) => return Ok(()),
        }
    }
}

struct Seen<'a> {
    known_bytes: u64,
    /// Upper bounds for the values that the template itself sets.
    kept: BTreeMap<&'a str, u64>,
    /// The enclosing `set` blocks, with an upper bound for their content so far.
    around: Vec<(&'a str, u64)>,
    branches: usize,
}

impl<'a> Seen<'a> {
    fn judge(&mut self, tag: &[Token<'a>], is_block: bool) -> Result<(), String> {
        if tag.iter().any(|token| matches!(token, Token::Mul | Token::Pow)) {
            return Err("templates cannot use `*`".to_owned());
        }
        let word = match tag.first() {
            Some(Token::Ident(word)) if is_block => *word,
            _ => "",
        };
        let assigned = tag.iter().filter(|token| matches!(token, Token::Assign)).count();
        let place = |wanted: fn(&Token<'_>) -> bool| tag.iter().position(wanted).unwrap_or(0);
        // Where the names end that the tag sets.
        let made = match word {
            "filter" => {
                return Err("`filter` cannot enclose a text; write `| filter` after a name".to_owned());
            }
            "with" if assigned > 1 => return Err("`with` accepts one name at a time".to_owned()),
            "set" | "with" => place(|token| matches!(token, Token::Assign)),
            "for" if tag.iter().any(|token| matches!(token, Token::Ident("recursive"))) => {
                return Err("templates cannot use `recursive`".to_owned());
            }
            "for" if !self.around.is_empty() => {
                return Err("`for` cannot be used between `set` and `endset`".to_owned());
            }
            "for" => place(|token| matches!(token, Token::Ident("in"))),
            _ => 0,
        };
        self.branches += usize::from(word == "elif");
        if self.branches > MOST_BRANCHES {
            return Err(format!("there are more than {MOST_BRANCHES} `elif`s"));
        }
        let bytes = self.bytes(&tag[made..]);
        self.told(bytes);
        if word == "set" && assigned == 0 {
            let name = tag
                .iter()
                .skip(1)
                .find_map(|token| if let Token::Ident(name) = token { Some(*name) } else { None });
            self.around.push((name.unwrap_or_default(), bytes));
        } else if word == "endset"
            && let Some((name, bytes)) = self.around.pop()
        {
            let kept = self.kept.entry(name).or_default();
            *kept = bytes.max(*kept);
        }
        for token in tag[..made].iter().skip(1) {
            if let Token::Ident(name) = token {
                let kept = self.kept.entry(name).or_default();
                *kept = bytes.max(*kept);
            }
        }
        let all = self.kept.values().fold(bytes, |sum, bytes| sum.saturating_add(*bytes));
        if all > LARGEST_VALUES_BYTES {
            return Err("this expression could produce an endless text".to_owned());
        }
        Ok(())
    }

    /// Records that something is printed, possibly into an enclosing `set` block.
    fn told(&mut self, bytes: u64) {
        for (_, around) in &mut self.around {
            *around = around.saturating_add(bytes);
        }
    }

    /// An upper bound for the value of an expression: the sum of everything it names, times three for letters that
    /// grow when their case changes, and times six for each list that becomes a text.
    fn bytes(&self, expression: &[Token<'a>]) -> u64 {
        let (mut sum, mut lists, mut joins) = (0_u64, 0_u32, 1_u32);
        let mut before: Option<&Token<'_>> = None;
        for token in expression {
            let bytes = match (before, token) {
                (Some(Token::Dot), _) => 0,
                (Some(Token::Pipe), Token::Ident(name)) if LISTING.contains(name) => {
                    lists += 1;
                    0
                }
                // `render` enforces this bound for all other filters.
                (Some(Token::Pipe), Token::Ident(_)) => {
                    joins += 1;
                    LONGEST_BYTES as u64
                }
                (_, Token::Ident("range")) => LONGEST_BYTES as u64,
                (_, Token::Ident(name)) if WORDS.contains(name) => SMALL_BYTES,
                (_, Token::Ident(name)) => self.kept.get(name).copied().unwrap_or(self.known_bytes),
                (_, Token::Str(text)) => text.len() as u64,
                (_, Token::String(text)) => text.len() as u64,
                (_, Token::BracketOpen | Token::BraceOpen) => {
                    lists += 1;
                    SMALL_BYTES
                }
                (_, Token::Tilde) => {
                    joins += 1;
                    SMALL_BYTES
                }
                _ => SMALL_BYTES,
            };
            sum = sum.saturating_add(bytes);
            before = Some(token);
        }
        sum.saturating_mul(3).saturating_mul(6_u64.saturating_pow(lists.min(joins)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: u64 = 20_000;

    fn refused(template: &str) -> String {
        refuse_excess(template, KNOWN).unwrap_err()
    }

    #[test]
    fn what_grows_or_nests_without_end_is_refused_with_its_line() {
        let deep = ["-", "not ", "a.", "a|upper|", "a~", "a+", "[", "(", "a if b else "];
        for part in deep {
            let why = refused(&format!("Hello\n\n{{{{ {}a }}}}", part.repeat(3_000)));
            assert!(why.starts_with("Line 3: this tag has more than 400 parts"), "{part}: {why}");
        }
        let branches = format!("{{% if a %}}{}{{% endif %}}", "{% elif a %}b".repeat(3_000));
        assert!(refused(&branches).contains("`elif`s"));
        let doubling = format!("{{% set a = \"x\" %}}{}", "{% set a = a ~ a %}\n".repeat(40));
        assert!(refused(&doubling).starts_with("Line "), "doubling");
        let lists = format!("{{% set a = \"x\" %}}{}", "{% set a = [a, a] %}\n".repeat(40));
        assert!(refused(&lists).contains("endless text"));
        let blocks =
            format!("{{% set a %}}x{{% endset %}}{}", "{% set a %}{{ a }}{{ a }}{% endset %}".repeat(40));
        assert!(refused(&blocks).contains("endless text"));
        for (template, why) in [
            ("{{ 'a' * 1000 }}", "templates cannot use `*`"),
            ("{% set a %}{% for b in c %}{{ b }}{% endfor %}{% endset %}", "between `set` and `endset`"),
            ("{% filter upper %}b{% endfilter %}", "cannot enclose a text"),
            ("{% for a in b recursive %}{% endfor %}", "`recursive`"),
            ("{% with a = b, c = a ~ a %}{% endwith %}", "one name at a time"),
        ] {
            assert!(refused(template).contains(why), "{template}");
        }
        assert!(refused(&"x".repeat(LARGEST_TEMPLATE_BYTES + 1)).contains("longer than 65536 bytes"));
    }

    #[test]
    fn what_people_write_is_accepted() {
        for template in [
            "Hello {{ticket.requester.first_name}}, {{ a | upcase }} and {{ b | capitalize }}.",
            "{% if a and b or not c %}x{% elif d %}y{% else %}z{% endif %}",
            "{% set title %}Export of {{ a }}{% if b %}: {{ b[:80] }}{% endif %}{% endset %}{{ title }}",
            "{% for line in timeline %}- {{ line }}\n{% endfor %}",
            "{{ known_issues | map(attribute=\"link\") | unique | sort | join(\", \") }}",
            "{% set title = \"Export of \" ~ project.path %}{% set title = title ~ \".\" %}{{ title }}",
            "| a | b |\n| --- | --- |\n---------- a*b*c {# {{ - }} #} {% raw %}{{ '{% endraw %}",
            "{{ fact.ui_attempt_message | replace(\"a\", \"b\") | trim | block }}",
        ] {
            assert_eq!(refuse_excess(template, KNOWN), Ok(()), "{template}");
        }
    }
}
