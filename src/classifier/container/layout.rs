//! Which sections there are, in which order, and how large.

use std::ops::Range;

use super::error::ModelFileError as Error;

/// Type of the numbers of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// Double precision.
    F64,
    /// Unsigned, eight bytes.
    U64,
    /// Single precision.
    F32,
    /// Bytes.
    U8,
}

impl Dtype {
    const ALL: [Self; 4] = [Self::F64, Self::U64, Self::F32, Self::U8];

    /// Its name in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F64 => "F64",
            Self::U64 => "U64",
            Self::F32 => "F32",
            Self::U8 => "U8",
        }
    }

    /// Bytes a number.
    #[must_use]
    pub fn size(self) -> u64 {
        match self {
            Self::F64 | Self::U64 => 8,
            Self::F32 => 4,
            Self::U8 => 1,
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dtype| dtype.name() == name)
    }
}

/// A known section: its name, its type, and whether a model can do without.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) dtype: Dtype,
    pub(super) required: bool,
    shape: fn(labels: u64, words: u64) -> Option<Vec<u64>>,
}

/// All sections of the profile in the order of the file.
pub(super) const KNOWN: [Known; 9] = [
    Known {
        name: "bias",
        dtype: Dtype::F64,
        required: true,
        shape: |k, _| Some(vec![k]),
    },
    Known {
        name: "calibration",
        dtype: Dtype::F64,
        required: false,
        shape: |k, _| k.checked_add(1).map(|n| vec![n]),
    },
    Known {
        name: "chain.transitions",
        dtype: Dtype::F64,
        required: false,
        shape: |k, _| Some(vec![k, k]),
    },
    Known {
        name: "chain.weight",
        dtype: Dtype::F64,
        required: false,
        shape: |_, _| Some(vec![1]),
    },
    Known {
        name: "idf",
        dtype: Dtype::F64,
        required: false,
        shape: |_, v| Some(vec![v]),
    },
    Known {
        name: "text_hashes",
        dtype: Dtype::U64,
        required: false,
        shape: |_, _| None,
    },
    Known {
        name: "vocab.offsets",
        dtype: Dtype::U64,
        required: true,
        shape: |_, v| v.checked_add(1).map(|n| vec![n]),
    },
    Known {
        name: "weights",
        dtype: Dtype::F32,
        required: true,
        shape: |k, v| Some(vec![v, k]),
    },
    Known {
        name: "vocab.bytes",
        dtype: Dtype::U8,
        required: true,
        shape: |_, _| None,
    },
];

/// One section as the header describes it.
#[derive(Debug, Clone)]
pub(super) struct Section {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<u64>,
    /// In the data buffer, not in the file.
    pub(super) start: u64,
    pub(super) end: u64,
    /// Where the header speaks of it, in the file.
    pub(super) at: u64,
}

impl Section {
    pub(super) fn is_extra(&self) -> bool {
        self.name.starts_with("x-")
    }

    /// Sections stand in ascending order of this key: larger numbers first, ours before others'.
    pub(super) fn rank(&self) -> (u64, bool, &str) {
        (8 - self.dtype.size(), self.is_extra(), &self.name)
    }
}

/// The sections of a file, in order.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) sections: Vec<Section>,
    /// Where the header ends and the data begins.
    pub(super) data: u64,
}

impl Layout {
    /// Names, types and order; no numbers yet.
    pub(super) fn check_names(&self) -> Result<(), Error> {
        for (index, section) in self.sections.iter().enumerate() {
            check_name(section)?;
            check_order(section, &self.sections[..index])?;
        }
        let offset = 8;
        let missing = |known: &&Known| known.required && self.find(known.name).is_none();
        if let Some(known) = KNOWN.iter().find(missing) {
            return Err(Error::MissingSection {
                offset,
                name: known.name,
            });
        }
        for (name, other) in [
            ("chain.transitions", "chain.weight"),
            ("chain.weight", "chain.transitions"),
        ] {
            if self.find(other).is_some() && self.find(name).is_none() {
                return Err(Error::MissingSection { offset, name });
            }
        }
        Ok(())
    }

    /// Sections lie one after another from the start of the data to the end of the file.
    pub(super) fn check_contiguous(&self, file_len: u64) -> Result<(), Error> {
        let mut expected = 0;
        for section in &self.sections {
            let Section {
                start,
                end,
                at: offset,
                ..
            } = *section;
            if start != expected || end < start {
                let section = section.name.clone();
                return Err(Error::SectionOffsets {
                    offset,
                    section,
                    start,
                    end,
                    expected,
                });
            }
            expected = end;
        }
        let expected = self.data.saturating_add(expected);
        if file_len < expected {
            return Err(Error::Truncated {
                found: file_len,
                expected,
                whole: true,
            });
        }
        if file_len > expected {
            return Err(Error::TrailingBytes {
                expected,
                found: file_len,
            });
        }
        Ok(())
    }

    /// Shapes make the sizes, and agree with each other.
    pub(super) fn check_shapes(&self) -> Result<(), Error> {
        self.sections.iter().try_for_each(check_size)?;
        let labels = self.first_dimension("bias");
        let words = self.first_dimension("vocab.offsets").saturating_sub(1);
        for known in &KNOWN {
            let Some(section) = self.find(known.name) else {
                continue;
            };
            let expected = (known.shape)(labels, words);
            let one_dimensional = expected.is_none() && section.shape.len() == 1;
            if expected.as_ref() != Some(&section.shape) && !one_dimensional {
                return Err(Error::Shape {
                    offset: section.at,
                    section: known.name,
                    found: section.shape.clone(),
                    expected: expected.unwrap_or_else(|| vec![section.shape.iter().product()]),
                    labels,
                    words,
                });
            }
        }
        Ok(())
    }

    pub(super) fn find(&self, name: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.name == name)
    }

    /// The bytes of a section; empty where there is none, or where the file is shorter.
    pub(super) fn bytes<'a>(&self, name: &str, data: &'a [u8]) -> Option<&'a [u8]> {
        data.get(range(self.find(name)?)?)
    }

    /// The feature flags that these sections make necessary.
    pub(super) fn features(&self) -> String {
        let present = |(flag, section): &(&'static str, &str)| self.find(section).map(|_| *flag);
        let flags: Vec<_> = FEATURES.iter().filter_map(present).collect();
        flags.join(",")
    }

    pub(super) fn first_dimension(&self, name: &str) -> u64 {
        self.find(name)
            .and_then(|section| section.shape.first().copied())
            .unwrap_or(0)
    }
}

/// Flags of `requires`, sorted, and the section that each stands for: whoever ignores that section gets
/// other scores.
const FEATURES: [(&str, &str); 2] = [
    ("calibration", "calibration"),
    ("chain", "chain.transitions"),
];

/// Whether this version knows the flag.
pub(super) fn is_feature(flag: &str) -> bool {
    FEATURES.iter().any(|(known, _)| *known == flag)
}

pub(super) fn range(section: &Section) -> Option<Range<usize>> {
    Some(usize::try_from(section.start).ok()?..usize::try_from(section.end).ok()?)
}

fn check_name(section: &Section) -> Result<(), Error> {
    if section.is_extra() {
        return Ok(());
    }
    let offset = section.at;
    let Some(known) = KNOWN.iter().find(|known| known.name == section.name) else {
        return Err(Error::UnknownSection {
            offset,
            name: section.name.clone(),
        });
    };
    if known.dtype != section.dtype {
        return Err(Error::Dtype {
            offset,
            section: section.name.clone(),
            found: section.dtype.name(),
            expected: known.dtype.name(),
        });
    }
    Ok(())
}

fn check_order(section: &Section, before: &[Section]) -> Result<(), Error> {
    let (offset, name) = (section.at, section.name.clone());
    if before.iter().any(|other| other.name == name) {
        return Err(Error::DuplicateKey { offset, name });
    }
    match before.last() {
        Some(last) if last.rank() >= section.rank() => Err(Error::KeyOrder {
            offset,
            name,
            previous: last.name.clone(),
        }),
        _ => Ok(()),
    }
}

fn check_size(section: &Section) -> Result<(), Error> {
    let Section {
        shape, at: offset, ..
    } = section;
    let (offset, name) = (*offset, || section.name.clone());
    if shape.is_empty() || shape.contains(&0) {
        return Err(Error::EmptyShape {
            offset,
            section: name(),
            shape: shape.clone(),
        });
    }
    let size = shape
        .iter()
        .try_fold(section.dtype.size(), |size, &n| size.checked_mul(n));
    let Some(expected) = size else {
        return Err(Error::ShapeOverflow {
            offset,
            section: name(),
            shape: shape.clone(),
        });
    };
    let found = section.end - section.start;
    if found != expected {
        return Err(Error::ShapeSize {
            offset,
            section: name(),
            shape: shape.clone(),
            found,
            expected,
        });
    }
    Ok(())
}
