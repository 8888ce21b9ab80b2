/* Loaded before the program (LD_PRELOAD): lets one call on a regular file fail. FAULT_CALL names the call, FAULT_AT says
   which one of them counted from 1, FAULT_ERRNO with what, FAULT_PATH a part of the file's path ("" is any file).
   Or FAULT_BELOW names a folder: then every call that FAULT_CALLS lists fails for what is below it, folders too, as on a
   share that does not know these calls. FAULT_RENAMEAT2 is the answer to every renameat2, which programs also call
   without a library: then the kernel itself gives it.
   Or FOLD_BELOW names a folder whose names are compared without case and normal form, as macOS does (ASCII and the
   letter e with an acute accent). */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

static atomic_long seen;

static int matches_path(const char *path) {
    const char *part = getenv("FAULT_PATH");
    size_t path_len = strlen(path), part_len = part ? strlen(part) : 0;
    /* A path that ends with it: `.part` is not `.part-state`. */
    return part_len == 0 || (path_len >= part_len && strcmp(path + path_len - part_len, part) == 0);
}

static int is_unknown_below(const char *call, const char *path) {
    const char *below = getenv("FAULT_BELOW"), *calls = getenv("FAULT_CALLS"), *number = getenv("FAULT_ERRNO");
    if (!below || !calls || !number || !strstr(path, below)) return 0;
    const char *listed = strstr(calls, call);
    size_t len = strlen(call);
    if (!listed || (listed[len] != ',' && listed[len] != 0) || (listed != calls && listed[-1] != ',')) return 0;
    /* As on a disk that does not answer: they wait as long as the file of FAULT_WHILE exists. */
    const char *hangs = getenv("FAULT_WHILE");
    if (hangs) {
        while (access(hangs, F_OK) == 0) usleep(10000);
        return 0;
    }
    errno = atoi(number);
    return 1;
}

static int strikes(const char *call, const char *path) {
    if (is_unknown_below(call, path)) return 1;
    const char *wanted = getenv("FAULT_CALL"), *at = getenv("FAULT_AT"), *number = getenv("FAULT_ERRNO");
    if (!wanted || !at || !number || strcmp(wanted, call) != 0 || !matches_path(path)) return 0;
    if (atomic_fetch_add(&seen, 1) + 1 != atol(at)) return 0;
    errno = atoi(number);
    return 1;
}

static int strikes_fd(const char *call, int fd) {
    struct stat facts;
    char link[64], path[4096];
    int is_share = getenv("FAULT_BELOW") != NULL;
    if (fstat(fd, &facts) != 0 || !(S_ISREG(facts.st_mode) || (is_share && S_ISDIR(facts.st_mode)))) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    path[len < 0 ? 0 : len] = 0;
    return strikes(call, path);
}

__attribute__((constructor)) static void without_renameat2(void) {
    const char *number = getenv("FAULT_RENAMEAT2");
    if (!number) return;
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_renameat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | atoi(number)),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) abort();
}

/* The next letter of a name, as every form of that letter. */
static int folded(const char **name) {
    const unsigned char *at = (const unsigned char *)*name;
    if (at[0] == 0) return 0;
    if (at[0] == 0xc3 && (at[1] == 0xa9 || at[1] == 0x89)) { *name += 2; return 0xe9; }
    if ((at[0] == 'e' || at[0] == 'E') && at[1] == 0xcc && at[2] == 0x81) { *name += 3; return 0xe9; }
    *name += 1;
    return tolower(at[0]);
}

static int is_one_name(const char *a, const char *b) {
    for (;;) {
        int one = folded(&a), other = folded(&b);
        if (one != other) return 0;
        if (one == 0) return 1;
    }
}

/* The path as the file that it leads to was named; the path itself where there is none. */
static const char *named(const char *path, char *found) {
    const char *below = getenv("FOLD_BELOW"), *name = path ? strrchr(path, '/') : NULL;
    if (!below || !name || strncmp(path, below, strlen(below)) != 0 || strlen(path) >= 2048) return path;
    int kept = errno;
    memcpy(found, path, name - path + 1);
    found[name - path + 1] = 0;
    DIR *folder = opendir(found);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!is_one_name(entry->d_name, name + 1)) continue;
        strcat(found, entry->d_name);
        path = found;
        break;
    }
    if (folder) closedir(folder);
    errno = kept;
    return path;
}

#define REAL(type, name) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)

#define SYNC(name) \
    int name(int fd) { \
        typedef int (*call)(int); REAL(call, #name); \
        if (strikes_fd(#name, fd)) { int kept = errno; real(fd); errno = kept; return -1; } \
        return real(fd); \
    }
SYNC(fsync)
SYNC(fdatasync)

int flock(int fd, int operation) {
    typedef int (*call)(int, int); REAL(call, "flock");
    return strikes_fd("flock", fd) ? -1 : real(fd, operation);
}

ssize_t write(int fd, const void *bytes, size_t len) {
    typedef ssize_t (*call)(int, const void *, size_t); REAL(call, "write");
    return strikes_fd("write", fd) ? -1 : real(fd, bytes, len);
}

#define AT(name, kind) \
    ssize_t name(int fd, kind bytes, size_t len, off_t at) { \
        typedef ssize_t (*call)(int, kind, size_t, off_t); REAL(call, #name); \
        return strikes_fd(#name, fd) ? -1 : real(fd, bytes, len, at); \
    }
AT(pwrite64, const void *)
AT(pread64, void *)

int ftruncate64(int fd, off_t len) {
    typedef int (*call)(int, off_t); REAL(call, "ftruncate64");
    return strikes_fd("ftruncate64", fd) ? -1 : real(fd, len);
}

int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags) {
    typedef int (*call)(int, const char *, int, const char *, int); REAL(call, "linkat");
    char one[4096], other[4096];
    return strikes("linkat", from) ? -1 : real(from_dir, named(from, one), to_dir, named(to, other), flags);
}

int rename(const char *from, const char *to) {
    typedef int (*call)(const char *, const char *); REAL(call, "rename");
    char one[4096], other[4096];
    return strikes("rename", from) ? -1 : real(named(from, one), named(to, other));
}

int unlink(const char *path) {
    typedef int (*call)(const char *); REAL(call, "unlink");
    char found[4096];
    return strikes("unlink", path) ? -1 : real(named(path, found));
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        typedef int (*call)(const char *, int, mode_t); REAL(call, #name); \
        va_list more; va_start(more, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        char found[4096]; \
        return real(named(path, found), flags, mode); \
    }
OPEN(open)
OPEN(open64)

int statx(int dir, const char *restrict path, int flags, unsigned mask, struct statx *restrict facts) {
    typedef int (*call)(int, const char *, int, unsigned, struct statx *); REAL(call, "statx");
    char found[4096];
    return real(dir, named(path, found), flags, mask, facts);
}

#define STAT(name) \
    int name(const char *path, struct stat64 *facts) { \
        typedef int (*call)(const char *, struct stat64 *); REAL(call, #name); \
        char found[4096]; \
        return real(named(path, found), facts); \
    }
STAT(stat64)
STAT(lstat64)

int bind(int fd, const struct sockaddr *address, socklen_t len) {
    typedef int (*call)(int, const struct sockaddr *, socklen_t); REAL(call, "bind");
    int is_named = address->sa_family == AF_UNIX && len > sizeof(sa_family_t);
    if (is_named && strikes("bind", ((const struct sockaddr_un *)address)->sun_path)) return -1;
    return real(fd, address, len);
}
