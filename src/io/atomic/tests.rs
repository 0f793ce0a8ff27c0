//! Rows B16 to B24 of the fault matrix.

use std::collections::BTreeMap;
use std::error::Error as _;

use super::*;

const REPLACE: Options = Options { overwrite: true };
const KEEP: Options = Options { overwrite: false };

/// Every name in a directory with its content, so that a test can say what has changed.
fn listing(directory: &Path) -> BTreeMap<OsString, Vec<u8>> {
    let read = |path: &Path| {
        if path.is_file() {
            fs::read(path).unwrap_or_default()
        } else {
            Vec::new()
        }
    };
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| (entry.file_name(), read(&entry.path())))
        .collect()
}

fn save(path: &Path, content: &[u8], options: Options) -> Result<(), AtomicError> {
    let mut file = AtomicFile::create(path, options)?;
    file.write_all(content).unwrap();
    file.commit(|written| {
        assert_eq!(fs::read(written)?, content);
        Ok(())
    })
}

#[test]
fn b17_failed_verification_leaves_the_old_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    fs::write(&path, "old").unwrap();
    let before = listing(directory.path());
    let mut file = AtomicFile::create(&path, REPLACE).unwrap();
    file.write_all(b"new").unwrap();
    let error = file
        .commit(|_| Err(io::Error::new(ErrorKind::InvalidData, "bit 3")))
        .unwrap_err();
    assert_eq!(
        (error.step, error.source.kind()),
        (Step::Verify, ErrorKind::InvalidData)
    );
    assert_eq!(listing(directory.path()), before);
    assert_eq!(io::Error::from(error).kind(), ErrorKind::InvalidData);
}

#[test]
fn b19_missing_directory_is_an_error_before_the_work() {
    let directory = tempfile::tempdir().unwrap();
    let error = AtomicFile::create(&directory.path().join("no/m"), REPLACE).unwrap_err();
    assert_eq!(
        (error.step, error.source.kind()),
        (Step::OpenDirectory, ErrorKind::NotFound)
    );
    let wanted = format!(
        "cannot open the directory `{}`",
        directory.path().join("no").display()
    );
    assert_eq!(error.to_string(), wanted);
    assert!(error.source().is_some());
    assert!(listing(directory.path()).is_empty());
}

#[test]
fn b19_dropping_without_commit_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = AtomicFile::create(&directory.path().join("m"), KEEP).unwrap();
    file.write_all(&vec![7; 100_000]).unwrap();
    assert_eq!(listing(directory.path()).len(), 1);
    drop(file);
    assert!(listing(directory.path()).is_empty());
}

#[test]
fn b20_an_existing_file_is_replaced_as_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    fs::write(&path, "old").unwrap();
    let mut reader = File::open(&path).unwrap();
    let mut file = AtomicFile::create(&path, REPLACE).unwrap();
    file.write_all(b"new").unwrap();
    file.flush().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    file.commit(|_| Ok(())).unwrap();
    assert_eq!(
        listing(directory.path()),
        BTreeMap::from([("m".into(), b"new".to_vec())])
    );
    assert_eq!(io::read_to_string(&mut reader).unwrap(), "old");
}

#[test]
fn b20_no_overwrite_refuses_before_and_after_the_work() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    let late = AtomicFile::create(&path, KEEP).unwrap();
    save(&path, b"first", KEEP).unwrap();
    let error = late.commit(|_| Ok(())).unwrap_err();
    assert_eq!(
        (error.step, error.source.kind()),
        (Step::Rename, ErrorKind::AlreadyExists)
    );
    let error = AtomicFile::create(&path, KEEP).unwrap_err();
    assert_eq!(
        (error.step, error.source.kind()),
        (Step::Prepare, ErrorKind::AlreadyExists)
    );
    assert_eq!(
        listing(directory.path()),
        BTreeMap::from([("m".into(), b"first".to_vec())])
    );
}

#[test]
fn b21_a_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for path in [directory.path().to_owned(), directory.path().join("new/")] {
        let error = AtomicFile::create(&path, REPLACE).unwrap_err();
        assert_eq!(
            error.source.kind(),
            ErrorKind::IsADirectory,
            "{}",
            path.display()
        );
    }
    assert_eq!(
        AtomicFile::create(Path::new(""), REPLACE).unwrap_err().step,
        Step::Prepare
    );
    assert!(listing(directory.path()).is_empty());
}

#[test]
fn a_long_name_can_be_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("é".repeat(127));
    save(&path, b"new", KEEP).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn sizes_are_for_people() {
    for (bytes, text) in [
        (999, "999 bytes"),
        (1_000, "1.0 KB"),
        (12_345, "12 KB"),
        (1_950_000, "1.9 MB"),
    ] {
        assert_eq!(Size(bytes).to_string(), text);
    }
}

#[test]
fn b24_two_writers_leave_one_of_two_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    let contents = [vec![b'a'; 20_000], vec![b'b'; 30_000]];
    for _ in 0..50 {
        std::thread::scope(|scope| {
            for content in &contents {
                scope.spawn(|| save(&path, content, REPLACE).unwrap());
            }
            scope.spawn(|| {
                for _ in 0..20 {
                    assert!(fs::read(&path).map_or(true, |seen| contents.contains(&seen)));
                }
            });
        });
        let after = listing(directory.path());
        assert_eq!(after.len(), 1);
        assert!(contents.contains(&after[OsStr::new("m")]));
    }
}

#[test]
fn b24_one_of_two_writers_wins_without_overwrite() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..50 {
        let path = directory.path().join(round.to_string());
        let files = [
            AtomicFile::create(&path, KEEP).unwrap(),
            AtomicFile::create(&path, KEEP).unwrap(),
        ];
        let won = std::thread::scope(|scope| {
            let threads = files.map(|file| scope.spawn(|| file.commit(|_| Ok(())).is_ok()));
            threads
                .map(|thread| usize::from(thread.join().unwrap()))
                .iter()
                .sum::<usize>()
        });
        assert_eq!((won, listing(directory.path()).len()), (1, round + 1));
    }
}

#[test]
fn b15_stale_temps_of_the_same_name_are_removed() {
    let directory = tempfile::tempdir().unwrap();
    let old = SystemTime::now() - STALE - Duration::from_mins(1);
    let create = |name: &str, modified: SystemTime| {
        let file = File::create(directory.path().join(name)).unwrap();
        file.set_modified(modified).unwrap();
        file
    };
    create(".m.aB3dE6.tmp", old);
    create(".m.young0.tmp", SystemTime::now());
    create(".n.aB3dE6.tmp", old);
    create(".m.notours.tmp", old);
    let locked = create(".m.locked.tmp", old);
    locked.try_lock().unwrap();
    drop(AtomicFile::create(&directory.path().join("m"), KEEP).unwrap());
    let left: Vec<_> = listing(directory.path()).into_keys().collect();
    assert_eq!(
        left,
        [
            ".m.locked.tmp",
            ".m.notours.tmp",
            ".m.young0.tmp",
            ".n.aB3dE6.tmp"
        ]
    );
    drop(locked);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn b21_the_mode_is_kept_and_a_new_file_follows_the_umask() {
        let directory = tempfile::tempdir().unwrap();
        let [path, plain] = ["m", "plain"].map(|name| directory.path().join(name));
        fs::write(&path, "old").unwrap();
        for kept in [0o600, 0o640, 0o666, 0o444] {
            fs::set_permissions(&path, Permissions::from_mode(kept)).unwrap();
            save(&path, b"new", REPLACE).unwrap();
            assert_eq!(mode(&path), kept);
        }
        fs::write(&plain, "").unwrap();
        let created = directory.path().join("created");
        save(&created, b"new", KEEP).unwrap();
        assert_eq!(mode(&created), mode(&plain));
    }

    #[test]
    fn b21_a_symlink_stays_and_its_target_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let [inner, target, link, chain] =
            ["in", "in/m", "link", "in/chain"].map(|name| directory.path().join(name));
        fs::create_dir(&inner).unwrap();
        fs::write(&target, "old").unwrap();
        symlink("in/chain", &link).unwrap();
        symlink("m", &chain).unwrap();
        save(&link, b"new", REPLACE).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::symlink_metadata(&chain).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        let error = AtomicFile::create(&link, KEEP).unwrap_err();
        assert_eq!(error.source.kind(), ErrorKind::AlreadyExists);
        assert_eq!(listing(&inner).len(), 2);
    }

    #[test]
    fn b21_a_dangling_symlink_creates_its_target() {
        let directory = tempfile::tempdir().unwrap();
        let [target, link, there, back] =
            ["m", "link", "there", "back"].map(|name| directory.path().join(name));
        symlink("m", &link).unwrap();
        save(&link, b"new", KEEP).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        symlink(&back, &there).unwrap();
        symlink(&there, &back).unwrap();
        assert_eq!(
            AtomicFile::create(&there, REPLACE).unwrap_err().step,
            Step::Prepare
        );
    }

    #[test]
    fn b21_the_other_name_of_a_hard_link_keeps_the_old_file() {
        let directory = tempfile::tempdir().unwrap();
        let [path, other] = ["m", "other"].map(|name| directory.path().join(name));
        fs::write(&path, "old").unwrap();
        fs::hard_link(&path, &other).unwrap();
        save(&path, b"new", REPLACE).unwrap();
        assert_eq!(
            (fs::read(&path).unwrap(), fs::read(&other).unwrap()),
            (b"new".into(), b"old".into())
        );
    }

    #[test]
    fn b22_devices_are_written_in_place() {
        let before = fs::metadata("/dev/null").unwrap();
        for options in [KEEP, REPLACE] {
            let mut file = AtomicFile::create(Path::new("/dev/null"), options).unwrap();
            file.write_all(b"new").unwrap();
            file.commit(|_| panic!("a device cannot be verified"))
                .unwrap();
        }
        let after = fs::metadata("/dev/null").unwrap();
        assert!(after.file_type().is_char_device());
        assert_eq!((after.ino(), after.mode()), (before.ino(), before.mode()));
    }

    #[test]
    fn b22_a_full_device_is_an_error() {
        if !Path::new("/dev/full").exists() {
            return eprintln!("skipped: no /dev/full here");
        }
        let mut file = AtomicFile::create(Path::new("/dev/full"), REPLACE).unwrap();
        file.write_all(b"new").unwrap();
        let error = file.commit(|_| Ok(())).unwrap_err();
        assert_eq!(
            (error.step, error.source.kind()),
            (Step::Write, ErrorKind::StorageFull)
        );
    }

    #[test]
    fn b22_a_pipe_is_written_in_place() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        let reader = std::thread::spawn({
            let path = path.clone();
            move || fs::read(path).unwrap()
        });
        let mut file = AtomicFile::create(&path, REPLACE).unwrap();
        file.write_all(b"new").unwrap();
        file.commit(|_| Ok(())).unwrap();
        assert_eq!(reader.join().unwrap(), b"new");
        assert!(fs::metadata(&path).unwrap().file_type().is_fifo());
    }

    #[test]
    fn b22_standard_output_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("link");
        symlink("/dev/stdout", &link).unwrap();
        for path in [
            Path::new("/dev/stdout"),
            Path::new("/proc/self/fd/1"),
            &link,
        ] {
            let file = AtomicFile::create(path, REPLACE).unwrap();
            assert!(
                matches!(file.output, Output::InPlace(_)),
                "{}",
                path.display()
            );
            file.commit(|_| Ok(())).unwrap();
        }
        assert_eq!(listing(directory.path()).len(), 1);
    }

    /// A small file system of its own, for as long as it lives; needs root.
    struct Tmpfs(tempfile::TempDir);

    impl Tmpfs {
        fn mount(size: &str) -> Option<Self> {
            let directory = tempfile::tempdir().unwrap();
            let mut command = Command::new("mount");
            command
                .args(["-t", "tmpfs", "-o", size, "tmpfs"])
                .arg(directory.path());
            command
                .output()
                .is_ok_and(|output| output.status.success())
                .then_some(Self(directory))
        }
    }

    impl Drop for Tmpfs {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg(self.0.path()).status();
        }
    }

    /// Says that a row was not tested, or fails where all must be.
    fn left_out(why: &str) {
        assert!(std::env::var_os("PURPORT_FULL").is_none(), "{why}");
        eprintln!("LEFT OUT: {why}");
    }

    #[test]
    fn b16_a_full_disk_leaves_the_old_file() {
        let Some(disk) = Tmpfs::mount("size=64k") else {
            return left_out("b16: cannot mount a tmpfs here");
        };
        let path = disk.0.path().join("m");
        fs::write(&path, vec![1; 40_000]).unwrap();
        for size in (20_000..100_000).step_by(4_000) {
            let before = listing(disk.0.path());
            let mut file = AtomicFile::create(&path, REPLACE).unwrap();
            file.expect_size(size as u64);
            let result = file.write_all(&vec![1; size]);
            let error = match result {
                Ok(()) => file.commit(|_| Ok(())).map_err(io::Error::from),
                Err(error) => {
                    drop(file);
                    Err(error)
                }
            };
            let Err(error) = error else {
                assert!(size <= 24_576, "{size} bytes fit");
                fs::write(&path, vec![1; 40_000]).unwrap();
                continue;
            };
            assert_eq!(error.kind(), ErrorKind::StorageFull);
            let wanted = format!(
                "cannot write `{}`: needs {} KB, 24 KB free on `{}`",
                path.display(),
                size / 1000,
                disk.0.path().display()
            );
            assert_eq!(error.to_string(), wanted);
            assert_eq!(listing(disk.0.path()), before);
        }
    }

    #[test]
    fn b18_a_read_only_disk_is_an_error_before_the_work() {
        let Some(disk) = Tmpfs::mount("size=64k,ro") else {
            return left_out("b18: cannot mount a tmpfs here");
        };
        let error = AtomicFile::create(&disk.0.path().join("m"), REPLACE).unwrap_err();
        assert_eq!(
            (error.step, error.source.kind()),
            (Step::CreateTemp, ErrorKind::ReadOnlyFilesystem)
        );
    }
}
