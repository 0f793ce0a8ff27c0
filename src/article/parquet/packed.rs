//! Pages packed by Zstandard, which the `parquet` crate can unpack by C code alone: it hands them on as they are stored,
//! and they are unpacked here as whole files are.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::vec::IntoIter;

use bytes::Bytes;
use parquet::basic::Compression;
use parquet::bloom_filter::Sbbf;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{ChunkReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;

use crate::io::unpack::{Packing, Unpacked};

/// A row group whose pages may be packed by Zstandard.
pub(super) struct Group<'g, S> {
    pub(super) inner: &'g dyn RowGroupReader,
    pub(super) source: Arc<S>,
    /// Bytes to which each page of each column unpacks, as their headers say.
    pub(super) pages: Vec<Vec<u32>>,
}

impl<S: ChunkReader + 'static> RowGroupReader for Group<'_, S> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.inner.metadata()
    }

    fn num_columns(&self) -> usize {
        self.inner.num_columns()
    }

    fn get_column_page_reader(&self, i: usize) -> Result<Box<dyn PageReader>> {
        let column = self.metadata().column(i);
        if !matches!(column.compression(), Compression::ZSTD(_)) {
            return self.inner.get_column_page_reader(i);
        }
        let as_stored = column.clone().into_builder();
        let as_stored = as_stored
            .set_compression(Compression::UNCOMPRESSED)
            .build()?;
        let rows = usize::try_from(self.metadata().num_rows())?;
        let source = Arc::clone(&self.source);
        Ok(Box::new(Pages {
            stored: SerializedPageReader::new(source, &as_stored, rows, None)?,
            sizes: self.pages.get(i).cloned().unwrap_or_default().into_iter(),
        }))
    }

    fn get_column_bloom_filter(&self, i: usize) -> Option<&Sbbf> {
        self.inner.get_column_bloom_filter(i)
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

/// Pages of one column.
struct Pages<R> {
    stored: R,
    /// Bytes to which the next ones unpack.
    sizes: IntoIter<u32>,
}

impl<R: PageReader> PageReader for Pages<R> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let Some(page) = self.stored.get_next_page()? else {
            return Ok(None);
        };
        let size = self
            .sizes
            .next()
            .ok_or_else(|| broken("one page too many"))?;
        unpacked(page, u64::from(size)).map(Some)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.stored.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.sizes.next();
        self.stored.skip_next_page()
    }
}

impl<R: PageReader> Iterator for Pages<R> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

fn unpacked(mut page: Page, size: u64) -> Result<Page> {
    match &mut page {
        Page::DataPage { buf, .. } | Page::DictionaryPage { buf, .. } => {
            *buf = unpack(buf, 0, size)?;
        }
        Page::DataPageV2 {
            buf,
            def_levels_byte_len: definition,
            rep_levels_byte_len: repetition,
            is_compressed: true,
            ..
        } => {
            // Levels are never packed.
            let levels = u64::from(*definition) + u64::from(*repetition);
            *buf = unpack(buf, usize::try_from(levels)?, size)?;
        }
        Page::DataPageV2 { .. } => {}
    }
    Ok(page)
}

/// Unpacks what stands behind the first bytes, which are kept as they are, to `size` bytes in all.
fn unpack(stored: &Bytes, kept: usize, size: u64) -> Result<Bytes> {
    let (levels, values) = stored
        .split_at_checked(kept)
        .ok_or_else(|| broken("a page shorter than its levels"))?;
    let mut page = levels.to_vec();
    // A page without values has no frame.
    if !values.is_empty() {
        let frames = Unpacked::new(Cursor::new(values))?;
        if frames.packing() != Some(Packing::Zstd) {
            return Err(broken(
                "a page that is not packed by Zstandard, as its column says",
            ));
        }
        let most = (size + 1).saturating_sub(kept as u64);
        frames.take(most).read_to_end(&mut page)?;
    }
    if page.len() as u64 != size {
        return Err(broken("a page that is longer or shorter than it says"));
    }
    Ok(page.into())
}

fn broken(problem: &str) -> ParquetError {
    ParquetError::General(problem.to_owned())
}

#[cfg(test)]
mod tests {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    #[test]
    fn d19_values_are_unpacked_behind_levels_that_are_not() {
        let page = [b"levels".to_vec(), packed(b"values")].concat();
        let found = unpack(&page.into(), 6, 12).unwrap();
        assert_eq!(found, b"levelsvalues"[..]);
        let found = unpack(&Bytes::from_static(b"levels"), 6, 6).unwrap();
        assert_eq!(found, b"levels"[..]);
    }

    #[test]
    fn d19_a_page_that_is_not_what_its_header_says_is_refused() {
        let problem = |page: Vec<u8>, kept, limit| {
            let error = unpack(&page.into(), kept, limit).unwrap_err();
            error.to_string()
        };
        let large = packed(&[b'x'; 1000]);
        for size in [999, 1001] {
            assert!(problem(large.clone(), 0, size).contains("longer or shorter"));
        }
        let cut = large[..large.len() - 1].to_vec();
        assert!(problem(cut, 0, 1000).contains("cut off"));
        assert!(problem(b"values".to_vec(), 0, 1000).contains("not packed by Zstandard"));
        assert!(problem(b"values".to_vec(), 7, 1000).contains("shorter than its levels"));
    }
}
