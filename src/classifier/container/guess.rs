//! What a file may be that is not a model.

use std::fmt;

/// What the first bytes of a refused file look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Guess {
    /// `version https://git-lfs.github.com/spec/v1`.
    LfsPointer,
    /// A web page, most often an error page saved under a model's name.
    Html,
    /// A safetensors file of another tool.
    Safetensors,
    /// A Python pickle, the older form of `PyTorch` files.
    Pickle,
    /// A ZIP archive, the newer form of `PyTorch` files.
    Zip,
    /// gzip.
    Gzip,
    /// GGUF.
    Gguf,
    /// PNG.
    Png,
    /// JSON.
    Json,
    /// Comma- or tab-separated values.
    Csv,
    /// Some other text.
    Text,
    /// Nothing but zero bytes at the start, as after a torn write.
    Zeros,
    /// Nothing that is known.
    Unknown,
}

const MAGIC: [(&[u8], Guess); 9] = [
    (b"version https://git-lfs.github.com/", Guess::LfsPointer),
    (b"\x89PNG\r\n\x1a\n", Guess::Png),
    (b"GGUF", Guess::Gguf),
    (b"PK\x03\x04", Guess::Zip),
    (b"PK\x05\x06", Guess::Zip),
    (b"\x1f\x8b", Guess::Gzip),
    (b"\x80\x02", Guess::Pickle),
    (b"\x80\x04", Guess::Pickle),
    (b"\x80\x05", Guess::Pickle),
];

impl Guess {
    /// What `bytes`, the beginning of a file, look like. Only the first 4 KiB are looked at.
    #[must_use]
    pub fn from_start(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(4096)];
        let magic = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic));
        if let Some((_, guess)) = magic {
            return *guess;
        }
        if looks_like_safetensors(bytes) {
            return Self::Safetensors;
        }
        if bytes.len() >= 8 && bytes.iter().all(|&byte| byte == 0) {
            return Self::Zeros;
        }
        from_text(bytes)
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::LfsPointer => {
                "the model itself is not here; fetch it with `git lfs pull` and use that file"
            }
            Self::Html => "the download gave a web page; open the address in a browser and look",
            Self::Zip => "if the model is inside, unpack it first",
            Self::Gzip => "if the model is inside, unpack it first with `gunzip`",
            Self::Csv => "a corpus is given to `train`; a model is what `train` writes",
            Self::Zeros => "the file was never written to the end; copy it again",
            Self::Safetensors | Self::Pickle | Self::Gguf => {
                "models of other tools cannot be used; make one with `train`"
            }
            Self::Png | Self::Json | Self::Text => "give a file that `train` has written",
            Self::Unknown => return None,
        })
    }
}

impl fmt::Display for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LfsPointer => "a git-LFS pointer",
            Self::Html => "an HTML page",
            Self::Safetensors => "a safetensors file of another tool",
            Self::Pickle => "a PyTorch pickle",
            Self::Zip => "a ZIP archive or a PyTorch file",
            Self::Gzip => "a gzip file",
            Self::Gguf => "a GGUF file",
            Self::Png => "a PNG image",
            Self::Json => "JSON",
            Self::Csv => "a CSV file",
            Self::Text => "plain text",
            Self::Zeros => "zero bytes",
            Self::Unknown => "nothing known",
        })
    }
}

fn looks_like_safetensors(bytes: &[u8]) -> bool {
    let Some((length, header)) = bytes.split_first_chunk::<8>() else {
        return false;
    };
    (2..1 << 32).contains(&u64::from_le_bytes(*length)) && header.starts_with(b"{\"")
}

fn from_text(bytes: &[u8]) -> Guess {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        // The cut at 4 KiB may split the last character.
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return Guess::Unknown,
    };
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    if text.is_empty() || text.chars().any(control) {
        return Guess::Unknown;
    }
    from_words(text.trim_start())
}

fn from_words(text: &str) -> Guess {
    let start: String = text
        .chars()
        .take(14)
        .collect::<String>()
        .to_ascii_lowercase();
    if ["<!doctype html", "<html", "<head", "<?xml"]
        .iter()
        .any(|tag| start.starts_with(tag))
    {
        return Guess::Html;
    }
    if text.starts_with(['{', '[']) {
        return Guess::Json;
    }
    let first = text.lines().next().unwrap_or_default();
    if first.contains([',', '\t', ';']) {
        Guess::Csv
    } else {
        Guess::Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_may_be_cut_inside_a_character_but_not_broken() {
        // The 4,096 bytes that are looked at end between the two of an `é`.
        let long = format!("a{}", "é".repeat(3000));
        for (bytes, guess) in [
            (long.as_bytes(), Guess::Text),
            (b"caf\xc3", Guess::Text),
            (b"\xc3", Guess::Unknown),
            (b"caf\xe9 au lait", Guess::Unknown),
        ] {
            assert_eq!(Guess::from_start(bytes), guess, "{bytes:.12?}");
        }
    }

    #[test]
    fn a_safetensors_file_is_a_length_and_an_object() {
        for (bytes, guess) in [
            (&b"\x02\0\0\0\0\0\0\0{\"a\":"[..], Guess::Safetensors),
            (b"\xff\xff\xff\xff\0\0\0\0{\"a\":", Guess::Safetensors),
            (b"\x01\0\0\0\0\0\0\0{\"a\":", Guess::Unknown),
            (b"\0\0\0\0\x01\0\0\0{\"a\":", Guess::Unknown),
            (b"\x10\0\0\0\0\0\0\0[1, 2]", Guess::Unknown),
            (b"\x10\0\0\0\0\0\0", Guess::Unknown),
            (b"somebody{\"said\"}", Guess::Text),
        ] {
            assert_eq!(Guess::from_start(bytes), guess, "{bytes:?}");
        }
    }
}
