//! The values of one row.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::plain;
use crate::article::columnar::Problem;

/// Bytes of a row: dictionaries let each of its columns name the same long value.
const MAX_ROW: u64 = 16 << 20;

/// Bytes that stand for a value without a length of its own.
const VALUE: usize = 8;

/// A row of a table.
#[derive(Debug)]
pub(in crate::article) struct Row {
    /// `None` for null.
    pub(super) text: Option<String>,
    pub(super) columns: Vec<(String, Value)>,
}

/// The row at this place, whose text is in the column `text`, and its bytes.
pub(super) fn row(batch: &RecordBatch, at: usize, text: &str) -> Result<(Row, u64), Problem> {
    let mut left = MAX_ROW;
    let mut row = Row {
        text: None,
        columns: Vec::with_capacity(batch.num_columns()),
    };
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        spend(&mut left, field.name().len())?;
        match value(array, at, &mut left)? {
            Value::String(found) if field.name() == text => row.text = Some(found),
            _ if field.name() == text => {}
            value => row.columns.push((field.name().clone(), value)),
        }
    }
    Ok((row, MAX_ROW - left))
}

fn spend(left: &mut u64, bytes: usize) -> Result<(), Problem> {
    let rest = left.checked_sub(bytes as u64);
    *left = rest.ok_or_else(|| Problem::limit(format!("more than {MAX_ROW} bytes")))?;
    Ok(())
}

/// One value as JSON: binary as Base64, decimals and times as text.
fn value(array: &dyn Array, at: usize, left: &mut u64) -> Result<Value, Problem> {
    use DataType as T;
    macro_rules! number {
        ($type:ty) => {
            array.as_primitive::<$type>().value(at).into()
        };
    }
    spend(left, VALUE)?;
    if array.is_null(at) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        T::Null => Value::Null,
        T::Boolean => array.as_boolean().value(at).into(),
        T::Int8 => number!(Int8Type),
        T::Int16 => number!(Int16Type),
        T::Int32 => number!(Int32Type),
        T::Int64 => number!(Int64Type),
        T::UInt8 => number!(UInt8Type),
        T::UInt16 => number!(UInt16Type),
        T::UInt32 => number!(UInt32Type),
        T::UInt64 => number!(UInt64Type),
        T::Float16 => short(array.as_primitive::<Float16Type>().value(at).to_f32()),
        T::Float32 => short(array.as_primitive::<Float32Type>().value(at)),
        T::Float64 => number!(Float64Type),
        T::Utf8 => string(array.as_string::<i32>().value(at), left)?,
        T::LargeUtf8 => string(array.as_string::<i64>().value(at), left)?,
        T::Binary => binary(array.as_binary::<i32>().value(at), left)?,
        T::LargeBinary => binary(array.as_binary::<i64>().value(at), left)?,
        T::FixedSizeBinary(_) => binary(array.as_fixed_size_binary().value(at), left)?,
        T::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            let place = place(dictionary.keys(), at)?;
            value(dictionary.values(), place, left)?
        }
        T::Struct(fields) => {
            let mut object = Map::new();
            for (field, array) in fields.iter().zip(array.as_struct().columns()) {
                spend(left, field.name().len())?;
                object.insert(field.name().clone(), value(array, at, left)?);
            }
            object.into()
        }
        _ => shown(array, at)?,
    })
}

/// A number of few digits as it is read, which has more of them as one of many.
fn short(number: f32) -> Value {
    let digits = number.to_string().parse::<f64>();
    digits.map_or(Value::Null, Value::from)
}

/// What a key of a dictionary says.
fn place(keys: &dyn Array, at: usize) -> Result<usize, Problem> {
    // Keys are numbers of any width.
    let mut left = MAX_ROW;
    let key = value(keys, at, &mut left)?;
    let key = key.as_u64().and_then(|key| usize::try_from(key).ok());
    key.ok_or_else(|| "a key of a dictionary that is none".into())
}

fn string(text: &str, left: &mut u64) -> Result<Value, Problem> {
    spend(left, text.len())?;
    Ok(text.into())
}

fn binary(bytes: &[u8], left: &mut u64) -> Result<Value, Problem> {
    spend(left, bytes.len().saturating_mul(2))?;
    Ok(STANDARD.encode(bytes).into())
}

/// Decimals and times as they are read; a time beyond every calendar is no value.
fn shown(array: &dyn Array, at: usize) -> Result<Value, Problem> {
    let options = FormatOptions::new().with_display_error(false);
    let formatter = ArrayFormatter::try_new(array, &options).map_err(plain)?;
    let text = formatter.value(at).try_to_string();
    Ok(text.map_or(Value::Null, Value::from))
}
