//! Lists that GitLab returns page by page (<https://docs.gitlab.com/api/rest/#offset-based-pagination>).

use serde::de::DeserializeOwned;

use super::client::{Call, Client};
use super::error::Error;

/// The largest page that GitLab allows.
const PER_PAGE: usize = 100;
/// A hundred pages of a hundred items. The rest of a longer list is not read.
const MOST_PAGES: usize = 100;

/// The items of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    pub items: Vec<T>,
    /// False where GitLab has more items than this program reads.
    pub is_whole: bool,
}

impl Client {
    /// All items of a list, up to 10,000. Costs one request per hundred items.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        call: Call,
        segments: &[&str],
    ) -> Result<Paged<T>, Error> {
        let mut items = Vec::new();
        for page in 1..=MOST_PAGES {
            let (page, per_page) = (page.to_string(), PER_PAGE.to_string());
            let query = [("page", page.as_str()), ("per_page", per_page.as_str())];
            let more: Vec<T> = self.get(call, segments, &query).await?.value;
            let is_last = more.len() < PER_PAGE;
            items.extend(more);
            if is_last {
                return Ok(Paged { items, is_whole: true });
            }
        }
        Ok(Paged { items, is_whole: false })
    }
}
