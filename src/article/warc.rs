//! WARC, the form in which crawlers store pages (ISO 28500): record after record, each with the page as it
//! was sent.
//!
//! Of the responses of web servers those that are HTML or plain text are read, of other records the texts that
//! `conversion` records hold (WET files). Own code, as the crates there are allocate what a record claims to
//! hold before it is read. A record is never larger than [`MAX_PAGE`] here; a larger one is passed over.

use std::io::{self, BufRead, BufReader, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use serde_json::Value;

use super::{Article, ArticleError, Format, Input, ReadOptions, RecordError, whole};

/// A larger page is reported and passed over.
const MAX_PAGE: u64 = 64 << 20;

/// A longer head of a record, or of the answer in it, is damage.
const MAX_HEAD: u64 = 1 << 20;

/// Reads the pages of an archive that is held in memory.
pub(super) fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Input, ArticleError> {
    let mut pages = Pages::new(name, bytes);
    let mut all = Vec::new();
    while let Some(page) = pages.next_page()? {
        all.push(page);
    }
    Ok(articles(name, all, options))
}

/// An article for each page, named by its address.
pub(super) fn articles(name: &str, pages: Vec<Page>, options: &ReadOptions) -> Input {
    let mut input = Input::default();
    for (number, page) in (1..).zip(pages) {
        let place = match &page.uri {
            Some(uri) => format!("{name}: record {} ({uri})", page.record),
            None => format!("{name}: record {}", page.record),
        };
        match page.body.map(|body| article(&place, &body, options)) {
            Ok(Ok((mut article, notes))) => {
                article.number = number;
                article.name.clone_from(&page.uri);
                if options.other_columns {
                    let fetched = page.date.map_or(Value::Null, Value::from);
                    for part in &mut article.parts {
                        part.columns.push(("fetched".to_owned(), fetched.clone()));
                    }
                }
                input.articles.push(article);
                input.notes.extend(notes);
            }
            // Such an error begins with its place.
            Ok(Err(error)) => input.failed.push(RecordError {
                problem: error.to_string()[place.len()..]
                    .trim_start_matches([':', ' '])
                    .to_owned(),
                place,
            }),
            Err(problem) => input.failed.push(RecordError { place, problem }),
        }
    }
    input
}

fn article(
    place: &str,
    body: &Body,
    options: &ReadOptions,
) -> Result<(Article, Vec<String>), ArticleError> {
    let format = if body.is_html {
        Format::Html
    } else {
        Format::Text
    };
    let mut input = whole::read(place, &body.bytes, format, body.charset.as_deref(), options)?;
    Ok((input.articles.swap_remove(0), input.notes))
}

/// A page of an archive.
#[derive(Debug)]
pub(super) struct Page {
    /// Number of its record, from 1.
    pub(super) record: u64,
    /// Its address.
    pub(super) uri: Option<String>,
    /// When it was fetched.
    pub(super) date: Option<String>,
    /// Its bytes, or why they cannot be read.
    pub(super) body: Result<Body, String>,
}

/// What a page holds.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) is_html: bool,
    /// The encoding that the server named.
    pub(super) charset: Option<String>,
}

/// Reads the pages of an archive, one after the other.
pub(super) struct Pages<R> {
    name: String,
    reader: BufReader<R>,
    record: u64,
}

impl<R: Read> Pages<R> {
    pub(super) fn new(name: &str, reader: R) -> Self {
        Self {
            name: name.to_owned(),
            reader: BufReader::with_capacity(1 << 16, reader),
            record: 0,
        }
    }

    /// The next page; records of other kinds are passed over.
    pub(super) fn next_page(&mut self) -> Result<Option<Page>, ArticleError> {
        while let Some(head) = self.next_head()? {
            let length = head
                .get("content-length")
                .and_then(|value| value.parse().ok());
            let Some(length) = length else {
                return Err(self.damaged("no Content-Length".to_owned()));
            };
            let kind = head
                .get("warc-type")
                .unwrap_or_default()
                .to_ascii_lowercase();
            let is_page = matches!(&kind[..], "response" | "conversion" | "resource");
            let body = if is_page && length <= MAX_PAGE {
                let content = self.content(length)?;
                if kind == "response" {
                    of_response(&content)
                } else {
                    of_record(&head, content)
                }
            } else {
                self.pass_over(length)?;
                is_page.then(|| {
                    Err(format!(
                        "a page of {length} bytes, at most {MAX_PAGE} are read"
                    ))
                })
            };
            if let Some(body) = body {
                return Ok(Some(Page {
                    record: self.record,
                    uri: head
                        .get("warc-target-uri")
                        .map(|uri| uri.trim_matches(['<', '>']).to_owned()),
                    date: head.get("warc-date").map(str::to_owned),
                    body,
                }));
            }
        }
        Ok(None)
    }

    /// The head of the next record.
    fn next_head(&mut self) -> Result<Option<Head>, ArticleError> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.read_line(MAX_HEAD, &mut line)? == 0 {
                return Ok(None);
            }
            if !line.trim_ascii().is_empty() {
                break;
            }
        }
        self.record += 1;
        if !line.starts_with(b"WARC/") {
            let found = String::from_utf8_lossy(&line[..line.len().min(40)])
                .trim()
                .to_owned();
            return Err(self.damaged(format!("`{found}`, expected `WARC/1.0` or `WARC/1.1`")));
        }
        let mut head = Vec::new();
        loop {
            let before = head.len();
            let left = MAX_HEAD.saturating_sub(before as u64);
            if self.read_line(left, &mut head)? == 0 {
                return Err(self.damaged("the head of the record does not end".to_owned()));
            }
            if head[before..].trim_ascii().is_empty() {
                return Ok(Some(Head::of(&head)));
            }
        }
    }

    fn read_line(&mut self, most: u64, line: &mut Vec<u8>) -> Result<usize, ArticleError> {
        let read = self.reader.by_ref().take(most).read_until(b'\n', line);
        read.map_err(|error| self.io(error))
    }

    fn content(&mut self, length: u64) -> Result<Vec<u8>, ArticleError> {
        let mut content = Vec::new();
        let read = self.reader.by_ref().take(length).read_to_end(&mut content);
        read.map_err(|error| self.io(error))?;
        if content.len() as u64 == length {
            Ok(content)
        } else {
            Err(self.damaged(format!("cut off after {} of {length} bytes", content.len())))
        }
    }

    fn pass_over(&mut self, length: u64) -> Result<(), ArticleError> {
        let passed = io::copy(&mut self.reader.by_ref().take(length), &mut io::sink());
        let passed = passed.map_err(|error| self.io(error))?;
        if passed == length {
            Ok(())
        } else {
            Err(self.damaged(format!("cut off after {passed} of {length} bytes")))
        }
    }

    fn damaged(&self, problem: String) -> ArticleError {
        ArticleError::Archive {
            name: self.name.clone(),
            record: self.record,
            problem,
        }
    }

    fn io(&self, source: io::Error) -> ArticleError {
        ArticleError::Io {
            name: self.name.clone(),
            source,
        }
    }
}

/// Fields of a head, names in small letters.
struct Head(Vec<(String, String)>);

impl Head {
    fn of(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            } else if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
            }
        }
        Self(fields)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(found, _)| found == name);
        field.map(|(_, value)| value.as_str())
    }
}

/// The text of a record that is no answer of a server, if it is one.
fn of_record(head: &Head, bytes: Vec<u8>) -> Option<Result<Body, String>> {
    let media = Media::of(head.get("content-type").unwrap_or("text/plain"))?;
    Some(Ok(media.body(bytes)))
}

/// The page in an answer of a web server, if it has one.
fn of_response(content: &[u8]) -> Option<Result<Body, String>> {
    let end = memchr::memmem::find(content, b"\r\n\r\n").map(|at| (at, at + 4));
    let (end, start) =
        end.or_else(|| memchr::memmem::find(content, b"\n\n").map(|at| (at, at + 2)))?;
    let status = content.split(|byte| *byte == b'\n').next()?.trim_ascii();
    if !status.starts_with(b"HTTP/") || status.split(|byte| *byte == b' ').nth(1) != Some(b"200") {
        return None;
    }
    let head = Head::of(&content[..end]);
    let media = Media::of(head.get("content-type")?)?;
    let bytes = plain(&head, &content[start..]);
    Some(bytes.map(|bytes| media.body(bytes)))
}

/// The content as it was before the server packed it.
fn plain(head: &Head, content: &[u8]) -> Result<Vec<u8>, String> {
    let is_chunked = head
        .get("transfer-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    // Many crawlers store the content unpacked and leave the fields as they were.
    let joined = if is_chunked { unchunked(content) } else { None };
    let bytes = joined.as_deref().unwrap_or(content);
    match head
        .get("content-encoding")
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "gzip" | "x-gzip" if bytes.starts_with(b"\x1f\x8b") => unpacked(MultiGzDecoder::new(bytes)),
        // Zlib by the standard, bare deflate by some servers.
        "deflate" if is_zlib(bytes) => unpacked(ZlibDecoder::new(bytes)),
        "deflate" => unpacked(DeflateDecoder::new(bytes)).or_else(|_| Ok(bytes.to_vec())),
        "br" | "zstd" if std::str::from_utf8(bytes).is_err() => {
            Err("packed by Brotli or Zstandard, which is not read in archives".to_owned())
        }
        _ => Ok(bytes.to_vec()),
    }
}

fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, flags, ..] if (0x7800 + u16::from(*flags)) % 31 == 0)
}

fn unpacked(decoder: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = decoder.take(MAX_PAGE + 1).read_to_end(&mut bytes);
    match read {
        Err(error) => Err(format!("the packed page is damaged: {error}")),
        Ok(_) if bytes.len() as u64 > MAX_PAGE => {
            Err(format!("unpacks to more than {MAX_PAGE} bytes"))
        }
        Ok(_) => Ok(bytes),
    }
}

/// The chunks joined (RFC 9112, section 7.1); `None` if these are no chunks.
fn unchunked(mut content: &[u8]) -> Option<Vec<u8>> {
    let mut joined = Vec::new();
    loop {
        let end = memchr::memchr(b'\n', content)?;
        let size = std::str::from_utf8(&content[..end]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        content = &content[end + 1..];
        if size == 0 {
            return Some(joined);
        }
        joined.extend_from_slice(content.get(..size)?);
        let rest = &content[size..];
        content = rest
            .strip_prefix(b"\r\n")
            .or_else(|| rest.strip_prefix(b"\n"))?;
    }
}

/// A media type that is read.
struct Media {
    is_html: bool,
    charset: Option<String>,
}

impl Media {
    fn of(value: &str) -> Option<Self> {
        let mut parts = value.split(';');
        let is_html = match parts.next()?.trim().to_ascii_lowercase().as_str() {
            "text/html" | "application/xhtml+xml" => true,
            "text/plain" => false,
            _ => return None,
        };
        let charset = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| value.trim().trim_matches(['"', '\'']).to_owned())
        });
        Some(Self { is_html, charset })
    }

    fn body(self, bytes: Vec<u8>) -> Body {
        Body {
            bytes,
            is_html: self.is_html,
            charset: self.charset,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn record(kind: &str, fields: &str, content: &[u8]) -> Vec<u8> {
        let head = format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://x.example/{kind}\r\nWARC-Date: 2024-03-01T10:00:00Z\r\n\
             {fields}Content-Length: {}\r\n\r\n",
            content.len()
        );
        [head.as_bytes(), content, b"\r\n\r\n"].concat()
    }

    fn response(fields: &str, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
        record(
            "response",
            "Content-Type: application/http; msgtype=response\r\n",
            &[head.as_bytes(), body].concat(),
        )
    }

    fn pages(bytes: &[u8]) -> (Vec<Page>, Option<String>) {
        let mut reader = Pages::new("a.warc", bytes);
        let mut pages = Vec::new();
        loop {
            match reader.next_page() {
                Ok(Some(page)) => pages.push(page),
                Ok(None) => return (pages, None),
                Err(error) => return (pages, Some(error.to_string())),
            }
        }
    }

    fn text(page: &Page) -> String {
        match &page.body {
            Ok(body) => String::from_utf8_lossy(&body.bytes).into_owned(),
            Err(problem) => format!("error: {problem}"),
        }
    }

    #[test]
    fn pages_are_read_as_servers_sent_them() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"<p>Packed.").unwrap();
        let packed = gzip.finish().unwrap();
        let archive = [
            record("warcinfo", "", b"software: x\r\n"),
            record("request", "", b"GET / HTTP/1.1\r\n\r\n"),
            response(
                "Content-Type: text/html; charset=\"latin1\"\r\n",
                b"<p>Plain.",
            ),
            response(
                "Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n",
                b"4\r\n<p>C\r\n7;x=y\r\nhunked.\r\n0\r\n\r\n",
            ),
            response(
                "Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n",
                b"<p>Joined already.",
            ),
            response(
                "Content-Type: text/html\r\nContent-Encoding: gzip\r\n",
                &packed,
            ),
            response(
                "Content-Type: text/html\r\nContent-Encoding: gzip\r\n",
                b"<p>Unpacked already.",
            ),
            response("Content-Type: image/png\r\n", b"\x89PNG"),
            record("conversion", "Content-Type: text/plain\r\n", b"Text alone."),
            record(
                "response",
                "",
                b"HTTP/1.1 200\r\nContent-Type: text/html\r\n\r\n<p>No reason.",
            ),
            record(
                "response",
                "",
                b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\n<p>Gone.",
            ),
        ]
        .concat();
        let (pages, error) = pages(&archive);
        assert_eq!(error, None);
        let texts: Vec<String> = pages.iter().map(text).collect();
        assert_eq!(
            texts,
            [
                "<p>Plain.",
                "<p>Chunked.",
                "<p>Joined already.",
                "<p>Packed.",
                "<p>Unpacked already.",
                "Text alone.",
                "<p>No reason."
            ]
        );
        assert_eq!(pages[0].record, 3);
        assert_eq!(pages[0].uri.as_deref(), Some("http://x.example/response"));
        assert_eq!(pages[0].date.as_deref(), Some("2024-03-01T10:00:00Z"));
        assert_eq!(
            pages[0].body.as_ref().unwrap().charset.as_deref(),
            Some("latin1")
        );
        assert!(!pages[5].body.as_ref().unwrap().is_html);
    }

    #[test]
    fn hostile_archives_are_refused_without_much_memory() {
        let good = response("Content-Type: text/html\r\n", b"<p>Good.");
        for (rest, part) in [
            (
                "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 18446744073709551615\r\n\r\nx",
                "cut off after 1 of 18446744073709551615",
            ),
            (
                "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 60000000\r\n\r\nx",
                "cut off after 1 of 60000000 bytes",
            ),
            (
                "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -1\r\n\r\nx",
                "no Content-Length",
            ),
            ("WARC/1.0\r\nWARC-Type: response\r\n", "does not end"),
            ("PK\u{3}\u{4} and so on", "expected `WARC/1.0`"),
        ] {
            let (pages, error) = pages(&[good.clone(), rest.into()].concat());
            assert_eq!(pages.len(), 1);
            let error = error.unwrap();
            assert!(
                error.starts_with("a.warc: record 2: ") && error.contains(part),
                "{error}"
            );
        }
        let endless = [&b"WARC/1.0\r\n"[..], &vec![b'a'; 3 << 20]].concat();
        assert!(pages(&endless).1.unwrap().contains("does not end"));
    }
}
