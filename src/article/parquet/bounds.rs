//! What a Parquet file says of sizes, looked at before the reader of the `parquet` crate takes it at its word: that one
//! reserves what a page claims to unpack to, two gigabytes of a few bytes, and follows a schema to any depth.
//!
//! Headers are Thrift's compact protocol (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>)
//! with the fields of <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.

use crate::article::columnar::{Problem, check_size};

/// Bytes that a page may unpack to.
pub(super) const MAX_PAGE: u64 = 64 << 20;

/// Levels of groups in a schema.
const MAX_DEPTH: usize = 32;

/// Structs, lists and maps within each other.
const MAX_NESTING: u32 = 32;

/// Bytes of a value in a dictionary that is read, beside its own.
const VALUE: u64 = 32;

/// The type of a page without values.
const INDEX: i64 = 1;

/// Encodings of values whose length stands in the header of a page, not in its bytes.
const PLAIN: [i64; 6] = [0, 2, 3, 5, 8, 9];

/// What a page's header says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// Bytes of the header itself.
    pub length: u64,
    /// Bytes of the page as it is stored.
    pub stored: u64,
    /// Bytes of it once it is unpacked.
    pub unpacked: u32,
    /// Bytes of memory that reading it takes.
    pub memory: u64,
    /// It holds no values.
    pub is_index: bool,
}

impl PageHeader {
    /// Reads the header that `bytes` begins with.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let mut compact = Compact {
            bytes,
            at: 0,
            kinds: page_kinds,
        };
        let (mut unpacked, mut stored, mut values, mut encoding) = (None, None, 0, None);
        let mut is_index = false;
        compact.structure(0, &mut |path, value| match path {
            [1] => is_index = value == INDEX,
            [2] => unpacked = u64::try_from(value).ok(),
            [3] => stored = u64::try_from(value).ok(),
            // Data pages of both versions, and dictionaries.
            [5, 2] | [8, 4] => encoding = Some(value),
            [7, 1] => values = u64::try_from(value).unwrap_or(u64::MAX),
            _ => {}
        })?;
        let (Some(unpacked), Some(stored)) = (unpacked, stored) else {
            return Err("a page without its size".into());
        };
        if let Some(encoding) = encoding.filter(|e| !PLAIN.contains(e)) {
            return Err(format!("a page in encoding {encoding}, which is not read").into());
        }
        check_size("a page", unpacked, MAX_PAGE)?;
        if values > unpacked {
            return Err(format!("{values} values in a page of {unpacked} bytes").into());
        }
        Ok(Self {
            length: compact.at as u64,
            stored,
            unpacked: u32::try_from(unpacked).unwrap_or(u32::MAX),
            memory: stored + unpacked + values * VALUE,
            is_index,
        })
    }
}

/// Refuses a footer whose schema is nested without end, or has groups of more elements than there can be, for which the
/// crate makes room.
pub(super) fn check_footer(bytes: &[u8]) -> Result<(), String> {
    let mut compact = Compact {
        bytes,
        at: 0,
        kinds: footer_kinds,
    };
    // How many elements each open group still has; the root is the first element.
    let mut open: Vec<i64> = Vec::new();
    let (mut deepest, mut claimed) = (0, 0_i64);
    compact.structure(0, &mut |path, value| {
        if path == [2, 5] && value > 0 {
            open.push(value);
            claimed = claimed.saturating_add(value);
            deepest = deepest.max(open.len());
        }
        if path == [2, LEAF] {
            while let Some(left) = open.last_mut() {
                *left -= 1;
                if *left > 0 {
                    break;
                }
                open.pop();
            }
        }
    })?;
    // An element takes a byte at least.
    if claimed > i64::try_from(bytes.len()).unwrap_or(i64::MAX) {
        return Err(format!(
            "groups of {claimed} elements in a footer of {} bytes",
            bytes.len()
        ));
    }
    if deepest > MAX_DEPTH {
        return Err(format!("groups in more than {MAX_DEPTH} levels"));
    }
    Ok(())
}

/// Stands for the end of an element without children.
const LEAF: i16 = -1;

/// Reads values one after the other, and passes over what nobody asks for.
struct Compact<'b> {
    bytes: &'b [u8],
    at: usize,
    /// The kinds that values at a path have. The crate reads a field that it knows as what it should be, whatever the
    /// bytes say: then it would see other values than this reader.
    kinds: fn(&[i16]) -> Kinds,
}

/// The kind of a field, and of the elements of a list; none where the crate goes by the bytes too.
type Kinds = (Option<u8>, Option<u8>);

/// Kinds of the protocol; a value that is true or false has one for each.
const BOOL: u8 = 1;
const I8: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// What the format says of a footer: `FileMetaData`.
fn footer_kinds(path: &[i16]) -> Kinds {
    let (kind, elements) = match path {
        [2 | 4 | 5 | 7] | [4, 1 | 4] | [4, 1, 3, 8 | 13] => (LIST, Some(STRUCT)),
        [4, 1, 3, 2] => (LIST, Some(I32)),
        [4, 1, 3, 3] => (LIST, Some(BINARY)),
        [4, 1, 3, 16, 2 | 3] => (LIST, Some(I64)),
        [4, 1, 3, 12, field] => return (statistics_kind(*field), None),
        [1]
        | [2, 1..=3 | 5..=9]
        | [2, 10, 5, 1 | 2]
        | [4, 4, 1]
        | [4, 1, 5 | 7]
        | [4, 1, 3, 1 | 4 | 15]
        | [4, 1, 3, 13, 1..=3] => (I32, None),
        [3]
        | [4, 2 | 3 | 5 | 6]
        | [4, 1, 2 | 4 | 6]
        | [4, 1, 3, 5..=7 | 9..=11 | 14]
        | [4, 1, 3, 16, 1] => (I64, None),
        [6 | 9] | [2, 4] | [5, 1 | 2] | [4, 1, 1 | 9] | [4, 1, 3, 8, 1 | 2] => (BINARY, None),
        [8]
        | [2, 10]
        | [2, 10, _]
        | [2, 10, 7 | 8, 2]
        | [4, 1, 3 | 8]
        | [4, 1, 3, 12 | 16 | 17]
        | [7, 1] => (STRUCT, None),
        [4, 7] => (I16, None),
        [2, 10, 10, 1] => (I8, None),
        [2, 10, 7 | 8, 1] | [2, 10, 10, 2] | [4, 4, 2 | 3] => (BOOL, None),
        _ => return (None, None),
    };
    (Some(kind), elements)
}

/// What the format says of the header of a page: `PageHeader`.
fn page_kinds(path: &[i16]) -> Kinds {
    let kind = match path {
        [1..=4] | [5, 1..=4] | [7, 1 | 2] | [8, 1..=6] => I32,
        [5..=8] | [5, 5] | [8, 8] => STRUCT,
        [7, 3] | [8, 7] => BOOL,
        [5, 5, field] | [8, 8, field] => return (statistics_kind(*field), None),
        _ => return (None, None),
    };
    (Some(kind), None)
}

fn statistics_kind(field: i16) -> Option<u8> {
    match field {
        1 | 2 | 5 | 6 => Some(BINARY),
        3 | 4 => Some(I64),
        7 | 8 => Some(BOOL),
        _ => None,
    }
}

fn check_kind(expected: Option<u8>, found: u8) -> Result<(), String> {
    let found = if found == 2 { BOOL } else { found };
    match expected {
        Some(expected) if expected != found => Err(broken()),
        _ => Ok(()),
    }
}

/// Told of each whole number: the fields that lead to it, and its value.
type Visit<'v> = dyn FnMut(&[i16], i64) + 'v;

impl Compact<'_> {
    fn structure(&mut self, nesting: u32, visit: &mut Visit<'_>) -> Result<(), String> {
        self.fields(&mut Vec::new(), nesting, visit)
    }

    fn fields(
        &mut self,
        path: &mut Vec<i16>,
        nesting: u32,
        visit: &mut Visit<'_>,
    ) -> Result<(), String> {
        let mut field = 0_i16;
        let mut is_group = false;
        loop {
            let byte = self.byte()?;
            let kind = byte & 15;
            if kind == 0 {
                if !is_group {
                    path.push(LEAF);
                    visit(path, 0);
                    path.pop();
                }
                return Ok(());
            }
            field = match byte >> 4 {
                0 => i16::try_from(self.signed()?).map_err(|_| broken())?,
                step => field.checked_add(i16::from(step)).ok_or_else(broken)?,
            };
            path.push(field);
            check_kind((self.kinds)(path).0, kind)?;
            let number = self.value(kind, path, nesting, visit)?;
            if let Some(number) = number {
                visit(path, number);
                is_group |= field == 5 && number > 0;
            }
            path.pop();
        }
    }

    /// Reads a value of this kind; gives it if it is a whole number.
    fn value(
        &mut self,
        kind: u8,
        path: &mut Vec<i16>,
        nesting: u32,
        visit: &mut Visit<'_>,
    ) -> Result<Option<i64>, String> {
        if nesting > MAX_NESTING {
            return Err("values nested without end".to_owned());
        }
        match kind {
            // Of a field, its kind is the value.
            1 | 2 => {}
            3 => self.pass(1)?,
            4..=6 => return self.signed().map(Some),
            7 => self.pass(8)?,
            8 => {
                let length = self.unsigned()?;
                self.pass(length)?;
            }
            9 | 10 => self.list(path, nesting, visit)?,
            11 => self.map(path, nesting, visit)?,
            12 => self.fields(path, nesting + 1, visit)?,
            13 => self.pass(16)?,
            _ => return Err(broken()),
        }
        Ok(None)
    }

    fn list(
        &mut self,
        path: &mut Vec<i16>,
        nesting: u32,
        visit: &mut Visit<'_>,
    ) -> Result<(), String> {
        let byte = self.byte()?;
        let count = match byte >> 4 {
            15 => self.unsigned()?,
            count => u64::from(count),
        };
        if count > 0 {
            check_kind((self.kinds)(path).1, byte & 15)?;
        }
        self.elements(count, &[byte & 15], path, nesting, visit)
    }

    fn map(
        &mut self,
        path: &mut Vec<i16>,
        nesting: u32,
        visit: &mut Visit<'_>,
    ) -> Result<(), String> {
        let count = self.unsigned()?;
        if count == 0 {
            return Ok(());
        }
        let kinds = self.byte()?;
        self.elements(count, &[kinds >> 4, kinds & 15], path, nesting, visit)
    }

    fn elements(
        &mut self,
        count: u64,
        kinds: &[u8],
        path: &mut Vec<i16>,
        nesting: u32,
        visit: &mut Visit<'_>,
    ) -> Result<(), String> {
        // Each takes a byte at least.
        if count > (self.bytes.len() - self.at) as u64 {
            return Err(broken());
        }
        for _ in 0..count {
            for &kind in kinds {
                match kind {
                    1 | 2 => self.pass(1)?,
                    kind => {
                        self.value(kind, path, nesting + 1, visit)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, String> {
        let byte = *self.bytes.get(self.at).ok_or_else(broken)?;
        self.at += 1;
        Ok(byte)
    }

    fn pass(&mut self, count: u64) -> Result<(), String> {
        let left = self.bytes.len() - self.at;
        let count = usize::try_from(count).ok().filter(|count| *count <= left);
        self.at += count.ok_or_else(broken)?;
        Ok(())
    }

    fn unsigned(&mut self) -> Result<u64, String> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(value);
            }
        }
        Err(broken())
    }

    /// Zigzag: the sign stands in the lowest bit.
    fn signed(&mut self) -> Result<i64, String> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }
}

fn broken() -> String {
    "a header that is cut off or damaged".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Type 0; field 2 and 3 zigzag; field 5: values, encoding, two levels' encodings.
    fn data_page(unpacked: u8, stored: u8, encoding: u8) -> Vec<u8> {
        vec![
            0x15, 0, 0x15, unpacked, 0x15, stored, 0x2c, 0x15, 6, 0x15, encoding, 0x15, 6, 0x15, 6,
            0, 0,
        ]
    }

    #[test]
    fn d19_sizes_of_a_page_are_read() {
        let header = data_page(40, 20, 0);
        let read = PageHeader::read(&[&header[..], b"rest"].concat()).unwrap();
        assert_eq!((read.length, read.stored, read.memory), (17, 10, 30));
        for end in 0..header.len() {
            assert!(PageHeader::read(&header[..end]).is_err());
        }
        let error = PageHeader::read(&data_page(40, 20, 14)).unwrap_err();
        assert_eq!(error.to_string(), "a page in encoding 7, which is not read");
    }

    #[test]
    fn d19_a_page_or_a_dictionary_that_claims_too_much_is_refused() {
        let huge = [0x15, 4, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x15, 20, 0];
        let error = PageHeader::read(&huge).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a page of 2147483647 bytes, more than 67108864"
        );
        let dictionary = [
            0x15, 4, 0x15, 40, 0x15, 20, 0x4c, 0x15, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x15, 0, 0, 0,
        ];
        let error = PageHeader::read(&dictionary).unwrap_err();
        assert_eq!(error.to_string(), "2147483647 values in a page of 20 bytes");
    }

    #[test]
    fn d19_a_schema_without_end_is_refused() {
        // Field 2: a list of structs whose field 5 says that one more follows.
        let footer = |levels: usize| {
            let group = [0x55, 2, 0];
            let count = u8::try_from(levels + 1).unwrap();
            let mut bytes = vec![0x29, 0xfc, count];
            bytes.extend(group.repeat(levels));
            bytes.extend([0x15, 2, 0, 0]);
            bytes
        };
        assert_eq!(check_footer(&footer(32)), Ok(()));
        assert!(check_footer(&footer(33)).is_err());
        // A name that says of itself that it is a set, of no elements: to the crate it is a name.
        let set = [0x29, 0x1c, 0x4a, 4, b'n', b'a', b'm', b'e', 0, 0];
        assert!(check_footer(&set).is_err());
        // A group of 2^31 - 1 elements.
        let group = [0x29, 0x1c, 0x55, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0, 0];
        let error = check_footer(&group).unwrap_err();
        assert!(
            error.starts_with("groups of 2147483647 elements"),
            "{error}"
        );
        assert!(check_footer(&[&[0x1c; 100][..], &[0; 100]].concat()).is_err());
        assert!(check_footer(&[0x29, 0xfc, 0xff, 0xff, 0xff, 0x7f]).is_err());
    }
}
