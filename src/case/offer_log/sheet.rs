//! The offer log as a table, for a report or a spreadsheet.

use super::Offer;
use crate::case::UtcMs;
use crate::case::csv::csv_cell;

const HEADINGS: [&str; 10] = [
    "offered_at",
    "instance",
    "project",
    "project_id",
    "ticket",
    "ticket_url",
    "case",
    "by",
    "override_reason",
    "withdrawn_at",
];

/// CSV as in RFC 4180, one line per offer.
pub fn to_csv<'a>(offers: impl IntoIterator<Item = &'a Offer>) -> String {
    let mut sheet = HEADINGS.join(",") + "\r\n";
    for offer in offers {
        let row: Vec<String> = cells(offer).iter().map(|cell| csv_cell(cell).into_owned()).collect();
        sheet.extend([row.join(",").as_str(), "\r\n"]);
    }
    sheet
}

/// A Markdown table, one line per offer.
pub fn to_markdown<'a>(offers: impl IntoIterator<Item = &'a Offer>) -> String {
    let mut sheet = format!("| {} |\n|{}\n", HEADINGS.join(" | "), " --- |".repeat(HEADINGS.len()));
    for offer in offers {
        let row: Vec<String> = cells(offer).iter().map(|cell| markdown_cell(cell)).collect();
        sheet.extend(["| ", &row.join(" | "), " |\n"]);
    }
    sheet
}

fn cells(offer: &Offer) -> [String; 10] {
    let ticket = offer.ticket.as_ref();
    [
        offer.at.rfc3339(),
        offer.instance.clone(),
        offer.project_path.clone().unwrap_or_default(),
        offer.project_id.map(|id| id.to_string()).unwrap_or_default(),
        ticket.map(|ticket| ticket.id.to_string()).unwrap_or_default(),
        ticket.map(|ticket| ticket.url.clone()).unwrap_or_default(),
        offer.case_id.to_string(),
        offer.by.clone().unwrap_or_default(),
        offer.override_reason.clone().unwrap_or_default(),
        offer.withdrawn_at.map(UtcMs::rfc3339).unwrap_or_default(),
    ]
}

fn markdown_cell(cell: &str) -> String {
    cell.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{CaseId, Ticket, UtcMs};

    fn offer(reason: &str) -> Offer {
        Offer {
            at: UtcMs(1_795_000_000_000),
            case_id: CaseId(3),
            instance: "https://gitlab.com".to_owned(),
            project_id: Some(42),
            project_path: Some("acme/tool".to_owned()),
            ticket: Some(Ticket { url: "https://gitlab.zendesk.com/agent/tickets/5".to_owned(), id: 5 }),
            by: None,
            override_reason: Some(reason.to_owned()),
            withdrawn_at: None,
        }
    }

    #[test]
    fn a_reason_stays_in_its_cell() {
        let front = "2026-11-18T11:06:40Z,https://gitlab.com,acme/tool,42,5,\
                     https://gitlab.zendesk.com/agent/tickets/5,3,,";
        for (reason, cell) in [
            ("agreed", "agreed"),
            ("said \"yes\", twice", "\"said \"\"yes\"\", twice\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
        ] {
            let sheet = to_csv([&offer(reason)]);
            assert_eq!(sheet, format!("{}\r\n{front}{cell},\r\n", HEADINGS.join(",")));
        }
        let sheet = to_markdown([&offer("a | b\nc")]);
        let lines: Vec<&str> = sheet.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[2].ends_with("| a \\| b c |  |"), "{sheet}");
        assert_eq!(lines[1].matches("---").count(), HEADINGS.len());
    }
}
