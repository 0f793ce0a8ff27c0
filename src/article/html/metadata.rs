//! What a page says about itself: title, date of publication, name of the site.
//!
//! Open Graph and other `meta` elements, JSON-LD of schema.org, the `title`, and the first `time`; where several
//! name the same thing, the one written for readers outside the site wins.

use html5gum::StartTag;
use serde_json::Value;

/// What a page says about itself; white space folded, no longer than [`MAX_VALUE`] characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The headline.
    pub title: Option<String>,
    /// When it was published, as the page writes it: an ISO 8601 date mostly.
    pub date: Option<String>,
    /// The name of the site.
    pub site: Option<String>,
}

/// A longer value is cut: it stands beside every sentence of the page.
pub const MAX_VALUE: usize = 300;

/// A longer script of JSON-LD is passed over.
const MAX_SCRIPT: usize = 1 << 20;

/// Looks at the elements of a page as they go by.
#[derive(Default)]
pub(super) struct Collector {
    title: Best,
    date: Best,
    site: Best,
    inside: Inside,
    content: String,
}

/// An element whose content is wanted.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Inside {
    #[default]
    Nothing,
    Title,
    JsonLd,
}

/// The value of the lowest rank, the first of its rank.
#[derive(Default)]
struct Best(Option<(u8, String)>);

impl Best {
    fn offer(&mut self, rank: u8, value: &str) {
        if self.0.as_ref().is_none_or(|(best, _)| rank < *best) {
            let words: Vec<&str> = value.split_whitespace().collect();
            let value: String = words.join(" ").chars().take(MAX_VALUE).collect();
            if !value.is_empty() {
                self.0 = Some((rank, value));
            }
        }
    }

    fn value(self) -> Option<String> {
        self.0.map(|(_, value)| value)
    }
}

impl Collector {
    pub(super) fn start(&mut self, tag: &StartTag<()>) {
        match &tag.name[..] {
            b"title" => self.enter(Inside::Title),
            b"script" if attribute(tag, b"type").as_deref() == Some("application/ld+json") => {
                self.enter(Inside::JsonLd);
            }
            b"meta" => self.meta(tag),
            b"time" => {
                if let Some(date) = attribute(tag, b"datetime") {
                    let published =
                        attribute(tag, b"itemprop").is_some_and(|p| p == "datePublished");
                    self.date.offer(if published { 1 } else { 3 }, &date);
                }
            }
            _ => {}
        }
    }

    pub(super) fn end(&mut self, name: &[u8]) {
        match (self.inside, name) {
            (Inside::Title, b"title") => self.title.offer(3, &self.content),
            (Inside::JsonLd, b"script") => self.json_ld(),
            _ => return,
        }
        self.enter(Inside::Nothing);
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.inside != Inside::Nothing && self.content.len() <= MAX_SCRIPT {
            self.content.push_str(text);
        }
    }

    pub(super) fn finish(self) -> Metadata {
        Metadata {
            title: self.title.value(),
            date: self.date.value(),
            site: self.site.value(),
        }
    }

    fn enter(&mut self, inside: Inside) {
        self.inside = inside;
        self.content.clear();
    }

    fn meta(&mut self, tag: &StartTag<()>) {
        let name = [&b"property"[..], b"name", b"itemprop"]
            .into_iter()
            .find_map(|key| attribute(tag, key));
        let (Some(name), Some(content)) = (name, attribute(tag, b"content")) else {
            return;
        };
        match &name.to_ascii_lowercase()[..] {
            "og:title" => self.title.offer(0, &content),
            "twitter:title" => self.title.offer(2, &content),
            "og:site_name" => self.site.offer(0, &content),
            "application-name" => self.site.offer(2, &content),
            "article:published_time" | "og:article:published_time" => self.date.offer(0, &content),
            "datepublished" => self.date.offer(1, &content),
            "date" | "pubdate" | "publishdate" | "publish-date" | "parsely-pub-date"
            | "sailthru.date" | "dc.date" | "dc.date.issued" | "dcterms.date"
            | "dcterms.created" => {
                self.date.offer(2, &content);
            }
            _ => {}
        }
    }

    /// The first object that has a date of publication, in a list or under `@graph` as well.
    fn json_ld(&mut self) {
        let Ok(value) = serde_json::from_str::<Value>(&self.content) else {
            return;
        };
        let items = match &value {
            Value::Array(items) => items.as_slice(),
            Value::Object(object) => match object.get("@graph") {
                Some(Value::Array(items)) => items.as_slice(),
                _ => std::slice::from_ref(&value),
            },
            _ => return,
        };
        let is_story =
            |item: &&Value| item.get("headline").is_some() || item.get("datePublished").is_some();
        let Some(story) = items.iter().find(is_story) else {
            return;
        };
        let string = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        for (slot, value) in [
            (&mut self.title, string(story.get("headline"))),
            (&mut self.date, string(story.get("datePublished"))),
            (
                &mut self.site,
                string(story.get("publisher").and_then(|p| p.get("name"))),
            ),
        ] {
            if let Some(value) = value {
                slot.offer(1, &value);
            }
        }
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::page_of;

    #[test]
    fn a_page_says_what_it_is() {
        let some = |text: &str| Some(text.to_owned());
        let plain = page_of(
            "<title> The  Head\n - Site</title><p>Text <time datetime=2024-03-01>1 March</time>",
        );
        let metadata = plain.metadata;
        assert_eq!(metadata.title, some("The Head - Site"));
        assert_eq!(metadata.date, some("2024-03-01"));
        assert_eq!(metadata.site, None);
        let rich = page_of(
            r#"<head><title>Long | Daily</title>
            <meta property="og:title" content="Tom &amp; Jerry">
            <meta content="The Daily" property="og:site_name">
            <meta name=pubdate content=2020>
            <script type="application/ld+json">{"@graph": [{"@type": "WebSite"}, {"headline": "H",
              "datePublished": "2024-03-01T10:00:00Z", "publisher": {"name": "Daily News Ltd"}}]}</script>
            </head><body>Text"#,
        );
        assert_eq!(rich.metadata.title, some("Tom & Jerry"));
        assert_eq!(rich.metadata.date, some("2024-03-01T10:00:00Z"));
        assert_eq!(rich.metadata.site, some("The Daily"));
        assert_eq!(rich.text, "Text");
        assert_eq!(
            page_of("<script type=application/ld+json>{oops</script>x").metadata,
            super::Metadata::default()
        );
    }

    #[test]
    fn a_long_value_is_cut() {
        let page = page_of(&format!("<title>{}</title>", "é".repeat(10_000)));
        assert_eq!(
            page.metadata.title.map(|t| t.chars().count()),
            Some(super::MAX_VALUE)
        );
    }
}
