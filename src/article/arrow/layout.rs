//! Which columns a stream has, and which of them are read.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_ipc::MetadataVersion;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};

use super::message::{Counted, Fault, Message, Next};
use super::plain;
use crate::article::columnar::{Problem, quoted};

/// Columns, those within columns included; as many as in CSV.
const MAX_COLUMNS: usize = 10_000;

/// Bytes after which it is known whether a message begins.
const START: u64 = 8;

/// What the first message says.
pub(super) struct Layout {
    pub(super) schema: SchemaRef,
    pub(super) version: MetadataVersion,
    /// The places of the columns that are read, if these are not all.
    pub(super) columns: Option<Vec<usize>>,
    /// The names of the others.
    pub(super) left_out: Vec<String>,
    /// Of each dictionary that is read the schema of a column that uses it.
    pub(super) dictionaries: HashMap<i64, Schema>,
}

/// The message that the layout is read from.
pub(super) fn first(reader: &mut Counted) -> Result<Message, Fault> {
    match Message::read(reader) {
        Ok(Next::Message(message)) => Ok(message),
        Ok(_) => Err(Problem::from("it ends before its schema").into()),
        // The schema of such a file stands at its end alone.
        Err(Fault::Problem(problem)) if reader.is_file() && reader.count() == START => {
            Err(Problem::from(format!("{problem} (Polars writes such files)")).into())
        }
        Err(fault) => Err(fault),
    }
}

impl Layout {
    /// Reads the schema; `text` is the column that holds the text, and must be there; `others` says whether the rest is
    /// wanted too.
    pub(super) fn read(message: &Message, text: &str, others: bool) -> Result<Self, Problem> {
        let parsed = message.parse()?;
        let schema = parsed.header_as_schema();
        let schema = schema.ok_or("it begins with no schema")?;
        if !schema.endianness().equals_to_target_endianness() {
            return Err("numbers in the byte order of another machine".into());
        }
        check_count(schema.fields().map_or(0, |fields| fields.len()))?;
        let schema = try_fb_to_schema(schema).map_err(plain)?;
        check_count(count(schema.fields()))?;
        let schema = Schema::new(as_read(schema.fields()));
        let (flat, rest): (Vec<usize>, Vec<usize>) =
            (0..schema.fields().len()).partition(|i| is_flat(schema.field(*i).data_type()));
        let place = text_column(&schema, &flat, text)?;
        let wanted = if others { flat } else { vec![place] };
        check_names(&schema, &wanted)?;
        let mut dictionaries = HashMap::new();
        for &i in &wanted {
            add_dictionaries(&schema.fields()[i], &mut dictionaries);
        }
        let all = wanted.len() == schema.fields().len();
        let name = |i: usize| schema.field(i).name().clone();
        Ok(Self {
            left_out: rest.into_iter().filter(|_| others).map(name).collect(),
            columns: (!all).then_some(wanted),
            schema: Arc::new(schema),
            version: parsed.version(),
            dictionaries,
        })
    }
}

fn check_count(count: usize) -> Result<(), Problem> {
    if count > MAX_COLUMNS {
        let text = format!("{count} columns, more than {MAX_COLUMNS}");
        return Err(Problem::limit(text));
    }
    Ok(())
}

fn count(fields: &Fields) -> usize {
    let children = |field: &FieldRef| match field.data_type() {
        DataType::Struct(children) => count(children),
        _ => 0,
    };
    fields.iter().map(|field| 1 + children(field)).sum()
}

/// Times are stored in UTC; the zone is for show, and names of zones would need their database. Some writers say that
/// there are no nulls where there are; a null is told where it stands.
fn as_read(fields: &Fields) -> Fields {
    let data_type = |data_type: &DataType| match data_type {
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        DataType::Struct(children) => DataType::Struct(as_read(children)),
        other => other.clone(),
    };
    let field = |field: &FieldRef| {
        let known: &Field = field;
        let known = known.clone().with_data_type(data_type(known.data_type()));
        Arc::new(known.with_nullable(true))
    };
    fields.iter().map(field).collect()
}

/// The place of the column with the text.
fn text_column(schema: &Schema, flat: &[usize], text: &str) -> Result<usize, Problem> {
    let all = 0..schema.fields().len();
    let places: Vec<usize> = all.filter(|i| schema.field(*i).name() == text).collect();
    match places[..] {
        [place] if is_string(schema.field(place).data_type()) => Ok(place),
        [place] => {
            let found = schema.field(place).data_type();
            Err(format!("column `{text}` holds {found}, expected strings (Utf8)").into())
        }
        _ => {
            let found = quoted(flat.iter().map(|i| schema.field(*i).name().as_str()));
            Err(format!("expected one column `{text}`, found {found}").into())
        }
    }
}

fn check_names(schema: &Schema, wanted: &[usize]) -> Result<(), Problem> {
    let mut known = HashSet::new();
    let mut names = wanted.iter().map(|i| schema.field(*i).name());
    match names.find(|name| !known.insert(*name)) {
        Some(twice) => Err(format!("two columns are called `{twice}`").into()),
        None => Ok(()),
    }
}

fn is_string(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => true,
        DataType::Dictionary(_, values) => is_string(values),
        _ => false,
    }
}

/// Each row has one value of this type, whose bytes are its own or a dictionary's.
fn is_flat(data_type: &DataType) -> bool {
    use DataType as T;
    match data_type {
        T::Struct(fields) => {
            let mut known = HashSet::new();
            let mut fields = fields.iter();
            fields.all(|field| known.insert(field.name()) && is_flat(field.data_type()))
        }
        T::Dictionary(_, values) => !values.is_nested() && is_flat(values),
        T::Utf8 | T::LargeUtf8 | T::Binary | T::LargeBinary | T::FixedSizeBinary(_) => true,
        other => other.is_null() || *other == T::Boolean || other.is_primitive(),
    }
}

fn add_dictionaries(field: &FieldRef, found: &mut HashMap<i64, Schema>) {
    match field.data_type() {
        DataType::Struct(children) => {
            for child in children {
                add_dictionaries(child, found);
            }
        }
        DataType::Dictionary(..) => {
            #[expect(deprecated, reason = "the crate's own reader finds them so")]
            let id = field.dict_id();
            let schema = || Schema::new(vec![Arc::clone(field)]);
            found.entry(id.unwrap_or(0)).or_insert_with(schema);
        }
        _ => {}
    }
}
