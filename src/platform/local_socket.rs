//! A socket that only the same user's programs on this computer reach: a Unix socket, or a named pipe on Windows.
//!
//! It lies in the data folder as [`NAME`]. Where a socket cannot lie there (its path is longer than a socket's, the file
//! system has none, or others may open the folder), and on Windows, the file of that name holds the path of a socket elsewhere, in a new private
//! folder whose name cannot be guessed.
//!
//! tokio has both kinds, with the peer's user ID, and is in the program anyway; the crate `interprocess` would add its
//! own names and its own dependencies for the same calls.

use std::io;
#[cfg(unix)]
use std::path::absolute;
use std::path::{Path, PathBuf};

use super::disk::{self, Backups};
use super::private_file;

/// The socket's name in the data folder.
pub const NAME: &str = "export-desk.sock";
/// Longer than any path of a socket.
const MOST_POINTER_BYTES: usize = 1024;

/// Where a program listens. Dropping it removes the socket's name.
#[derive(Debug)]
pub struct SocketListener {
    inner: imp::Bound,
    /// The name in the data folder.
    name: PathBuf,
    /// The folder of a socket that lies elsewhere.
    _elsewhere: Option<tempfile::TempDir>,
}

/// A connection between two programs of the same user.
pub type Stream = imp::Stream;

impl SocketListener {
    /// Listens for programs that look in `folder`, which this program must have locked: whatever has the socket's name
    /// there was left by a program that has ended. Must be called within a tokio runtime.
    pub fn bind(folder: &Path) -> io::Result<Self> {
        let name = folder.join(NAME);
        match imp::bind_in(folder, &name) {
            Ok(inner) => Ok(Self { inner, name, _elsewhere: None }),
            Err(first) => {
                let (inner, elsewhere, place) = imp::bind_elsewhere().map_err(|_second| first)?;
                let text = place.to_str().ok_or(io::ErrorKind::InvalidFilename)?;
                private_file::replace(&name, text.as_bytes(), Backups::Keep)?;
                Ok(Self { inner, name, _elsewhere: elsewhere })
            }
        }
    }

    /// The next connection of the same user; others are closed.
    pub async fn accept(&mut self) -> io::Result<Stream> {
        loop {
            let stream = self.inner.accept().await?;
            if imp::is_same_user(&stream) {
                return Ok(stream);
            }
            tracing::warn!("a program of another user was turned away");
        }
    }
}

impl Drop for SocketListener {
    fn drop(&mut self) {
        // A name that stays is replaced by the next program.
        std::fs::remove_file(&self.name).ok();
    }
}

/// Removes what a program that has ended left under the socket's name in `folder`, which this program must have locked:
/// it could lead other programs to whoever has the old socket's place meanwhile.
pub fn remove_stale(folder: &Path) {
    // A folder of that name is not ours, and leads nowhere.
    std::fs::remove_file(folder.join(NAME)).ok();
}

/// Connects to the program that listens for `folder`.
///
/// # Errors
/// [`io::ErrorKind::NotFound`] and [`io::ErrorKind::ConnectionRefused`] where no program listens,
/// [`io::ErrorKind::PermissionDenied`] where another user's program does.
pub async fn connect(folder: &Path) -> io::Result<Stream> {
    let name = folder.join(NAME);
    let place = if name.symlink_metadata()?.is_file() {
        let text = String::from_utf8(disk::read_short(&name, MOST_POINTER_BYTES)?);
        PathBuf::from(text.map_err(|_odd| io::ErrorKind::NotFound)?)
    } else {
        name
    };
    let stream = imp::connect(&place).await?;
    if imp::is_same_user(&stream) { Ok(stream) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// The process at the other end, where the system tells.
pub fn peer_process(stream: &Stream) -> Option<u32> {
    imp::peer_process(stream)
}

#[cfg(unix)]
mod imp {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use tokio::net::{UnixListener, UnixStream};

    use super::{Path, PathBuf, absolute, disk, io};

    pub type Stream = UnixStream;

    #[derive(Debug)]
    pub struct Bound(UnixListener);

    impl Bound {
        pub async fn accept(&mut self) -> io::Result<Stream> {
            self.0.accept().await.map(|(stream, _address)| stream)
        }
    }

    /// Binds under another name first, so that the name never leads to a socket that others may open, and replaces what
    /// an earlier program left.
    pub fn bind_in(folder: &Path, name: &Path) -> io::Result<Bound> {
        // Not every system heeds the mode of a socket: only the folder keeps others out.
        if folder.metadata()?.permissions().mode() & 0o077 != 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let new = folder.join(format!("{}.new", super::NAME));
        disk::remove_if_there(&new)?;
        let listener = UnixListener::bind(absolute(&new)?)?;
        let named = fs::set_permissions(&new, Permissions::from_mode(0o600)).and_then(|()| {
            // The final name must be one that can be connected to.
            std::os::unix::net::SocketAddr::from_pathname(absolute(name)?)?;
            fs::rename(&new, name)
        });
        if let Err(error) = named {
            fs::remove_file(&new).ok();
            return Err(error);
        }
        Ok(Bound(listener))
    }

    /// Binds in a new private folder: among the user's own run-time files, which nobody tidies up, or among the temporary
    /// ones.
    pub fn bind_elsewhere() -> io::Result<(Bound, Option<tempfile::TempDir>, PathBuf)> {
        let private = |parent: &Path| -> io::Result<_> {
            let folder = tempfile::Builder::new()
                .prefix("export-desk-")
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(parent)?;
            let place = folder.path().join("s");
            let listener = UnixListener::bind(&place)?;
            fs::set_permissions(&place, Permissions::from_mode(0o600))?;
            Ok((Bound(listener), Some(folder), place))
        };
        let of_user = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let places = of_user.into_iter().chain([std::env::temp_dir(), PathBuf::from("/tmp")]);
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for parent in places.filter(|place| place.is_absolute()) {
            match private(&parent) {
                Ok(bound) => return Ok(bound),
                // For example, too long a path for a socket.
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub async fn connect(place: &Path) -> io::Result<Stream> {
        UnixStream::connect(absolute(place)?).await
    }

    /// A pair of sockets tells who we are without a system call of our own.
    pub fn is_same_user(stream: &Stream) -> bool {
        let ours = UnixStream::pair().and_then(|(one, _other)| one.peer_cred());
        match (ours, stream.peer_cred()) {
            (Ok(ours), Ok(theirs)) => ours.uid() == theirs.uid(),
            (Err(_), _) | (_, Err(_)) => false,
        }
    }

    pub fn peer_process(stream: &Stream) -> Option<u32> {
        stream.peer_cred().ok()?.pid()?.try_into().ok()
    }
}

#[cfg(windows)]
mod imp {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};

    use super::{Path, PathBuf, io};

    /// All instances of the pipe are busy: the program is about to offer another.
    const ERROR_PIPE_BUSY: i32 = 231;

    #[derive(Debug)]
    pub enum Stream {
        Server(NamedPipeServer),
        Client(NamedPipeClient),
    }

    #[derive(Debug)]
    pub struct Bound {
        next: NamedPipeServer,
        place: PathBuf,
    }

    impl Bound {
        pub async fn accept(&mut self) -> io::Result<Stream> {
            self.next.connect().await?;
            let next = ServerOptions::new().create(&self.place)?;
            Ok(Stream::Server(std::mem::replace(&mut self.next, next)))
        }
    }

    /// A pipe has no place in a folder.
    pub fn bind_in(_folder: &Path, _name: &Path) -> io::Result<Bound> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The name cannot be guessed, so nobody else can have taken it, and Windows lets only the same user write to it.
    pub fn bind_elsewhere() -> io::Result<(Bound, Option<tempfile::TempDir>, PathBuf)> {
        let folder = tempfile::Builder::new().prefix("export-desk-").rand_bytes(24).tempdir()?;
        let unguessable = folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let place = PathBuf::from(format!(r"\\.\pipe\{unguessable}"));
        let next = ServerOptions::new().first_pipe_instance(true).create(&place)?;
        Ok((Bound { next, place: place.clone() }, Some(folder), place))
    }

    pub async fn connect(place: &Path) -> io::Result<Stream> {
        loop {
            match ClientOptions::new().open(place) {
                Ok(client) => return Ok(Stream::Client(client)),
                Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY) => {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Only the user who can read the data folder knows the pipe's name.
    pub fn is_same_user(_stream: &Stream) -> bool {
        true
    }

    pub fn peer_process(_stream: &Stream) -> Option<u32> {
        None
    }

    macro_rules! each {
        ($stream:expr, $inner:ident => $call:expr) => {
            match $stream.get_mut() {
                Stream::Server($inner) => $call,
                Stream::Client($inner) => $call,
            }
        };
    }

    impl AsyncRead for Stream {
        fn poll_read(
            self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            each!(self, inner => Pin::new(inner).poll_read(cx, buf))
        }
    }

    impl AsyncWrite for Stream {
        fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
            each!(self, inner => Pin::new(inner).poll_write(cx, buf))
        }

        fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            each!(self, inner => Pin::new(inner).poll_flush(cx))
        }

        fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            each!(self, inner => Pin::new(inner).poll_shutdown(cx))
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn say_and_hear(folder: &Path) -> io::Result<()> {
        let mut listener = SocketListener::bind(folder)?;
        let (client, server) = tokio::join!(connect(folder), listener.accept());
        let (mut client, mut server) = (client?, server?);
        assert_eq!(peer_process(&server), Some(std::process::id()));
        client.write_all(b"hello").await?;
        let mut heard = [0; 5];
        server.read_exact(&mut heard).await?;
        assert_eq!(&heard, b"hello");
        Ok(())
    }

    #[tokio::test]
    async fn it_is_private_replaces_what_was_left_and_leaves_nothing() {
        let home = tempfile::tempdir().unwrap();
        let name = home.path().join(NAME);
        drop(std::os::unix::net::UnixListener::bind(&name).unwrap());
        assert_eq!(connect(home.path()).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        let listener = SocketListener::bind(home.path()).unwrap();
        assert_eq!(name.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        drop(listener);
        say_and_hear(home.path()).await.unwrap();
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
        assert_eq!(connect(home.path()).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn a_path_that_is_too_long_for_a_socket_leads_to_one_elsewhere() {
        let home = tempfile::tempdir().unwrap();
        for name in ["a".repeat(90), "b".repeat(200)] {
            let folder = home.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            say_and_hear(&folder).await.unwrap();
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "the pointer is gone");
        }
    }

    #[tokio::test]
    async fn a_pointer_that_leads_nowhere_is_no_socket() {
        let home = tempfile::tempdir().unwrap();
        for text in ["/nowhere/at/all", "", "\0", "\u{fffd}"] {
            std::fs::write(home.path().join(NAME), text).unwrap();
            assert!(connect(home.path()).await.is_err(), "{text:?}");
        }
        std::fs::write(home.path().join(NAME), "x".repeat(5000)).unwrap();
        assert!(connect(home.path()).await.is_err());
        say_and_hear(home.path()).await.unwrap();
    }
}
