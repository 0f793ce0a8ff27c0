//! Reading from a path: C16, C19.

use std::fs;
use std::io::Write as _;

use super::*;

#[test]
fn c16_what_is_no_file_is_refused_without_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    fs::write(place("empty"), "").unwrap();
    let refused = |path: &std::path::Path| variant(&read_path(path, 1 << 30).unwrap_err());
    assert_eq!(refused(&place("empty")), "Empty");
    assert_eq!(refused(&place("missing")), "Io");
    assert_eq!(refused(directory.path()), "NotAFile");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("loop", place("loop")).unwrap();
        assert_eq!(refused(&place("loop")), "Io");
        let made = std::process::Command::new("mkfifo")
            .arg(place("pipe"))
            .status();
        assert!(made.unwrap().success());
        let pipe = place("pipe");
        for path in [
            pipe.as_path(),
            "/dev/zero".as_ref(),
            "/dev/urandom".as_ref(),
            "/dev/null".as_ref(),
        ] {
            assert_eq!(refused(path), "NotAFile", "{}", path.display());
        }
    }
}

#[test]
fn c19_a_model_may_be_as_large_as_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    let bytes = write(&small()).unwrap();
    fs::write(&path, &bytes).unwrap();
    let size = bytes.len() as u64;
    assert_eq!(read_path(&path, size).unwrap(), bytes);
    let error = read_path(&path, size - 1).unwrap_err();
    assert_eq!(variant(&error), "TooLarge");
    // The header ends in the first 64 KiB or behind them, the data too.
    let mut large = least();
    large.metadata.created_by = "a".repeat(100_000);
    for words in [1, 20_000] {
        large.words = (0..words).map(|i| format!("{i:05}")).collect();
        large.weights = vec![0.5; 2 * words];
        let bytes = write(&large).unwrap();
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read_path(&path, u64::MAX).unwrap(), bytes);
        for cut in [bytes.len() - 1, 200] {
            fs::write(&path, &bytes[..cut]).unwrap();
            let error = read_path(&path, u64::MAX).unwrap_err();
            assert_eq!(variant(&error), "Truncated");
        }
    }
}

#[test]
fn c19_a_file_that_grows_while_it_is_read_has_changed() {
    let bytes = write(&small()).unwrap();
    let size = bytes.len() as u64;
    let read = |mut file: &[u8]| path::read_file(&mut file, size, "m".as_ref());
    assert_eq!(read(&bytes).unwrap(), bytes);
    let error = read(&[&bytes[..], b"more"].concat()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file changed while it was read: 1,519 bytes became 1,520"
    );
}

#[test]
fn c19_large_files_are_refused_by_their_header() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    let bytes = write(&small()).unwrap();
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(&bytes).unwrap();
    file.set_len(10 << 30).unwrap();
    let start = std::time::Instant::now();
    assert_eq!(
        variant(&read_path(&path, u64::MAX).unwrap_err()),
        "TrailingBytes"
    );
    file.set_len(bytes.len() as u64 - 1).unwrap();
    assert_eq!(
        variant(&read_path(&path, u64::MAX).unwrap_err()),
        "Truncated"
    );
    file.set_len(0).unwrap();
    file.set_len(10 << 30).unwrap();
    assert_eq!(
        variant(&read_path(&path, u64::MAX).unwrap_err()),
        "NotAModel"
    );
    assert!(start.elapsed().as_secs() < 1);
}
