/* Makes the files below one directory fail on demand, flush slowly, or tell every change for the replay of a power cut.
 *
 * Preloaded into a process (see __init__.py for the words of the knobs). It must not know what the files hold.
 *
 *   FAULTFS_ROOT      absolute path without links; what lies elsewhere is left alone (absent: every regular file)
 *   FAULTFS_FLUSH_US  each flush takes so many microseconds more
 *   FAULTFS_KNOBS     a file of 64-bit words, mapped here and there
 *   FAULTFS_LOG       a file that takes each change: write, length, flush, create, rename, unlink
 *
 * System calls are made directly: nothing of libc is needed to find the functions that these stand in for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
enum { WRITES = 1, FLUSHES = 2, SIZES = 4, NAMES = 8, READS = 16 }; /* kinds of calls, for the knob `kinds` */

struct knobs {
    int64_t calls;    /* changes below the root so far */
    int64_t kill_at;  /* the process ends itself at this change, unless 0 */
    int64_t kill_late; /* after it was made instead of before */
    int64_t kinds;    /* which calls fail */
    int64_t error;    /* with this errno, unless 0 */
    int64_t chance;   /* one call of so many fails; 0 = none */
    int64_t shorter;  /* writes are cut short, on the same chance */
    int64_t lie;      /* flushes succeed without flushing */
    int64_t flush_us; /* each flush takes longer */
    int64_t faults;   /* faults done so far */
    uint64_t seed;
};

static struct knobs none, *knobs = &none;
static char root[PATH_MAX];
static size_t root_length;
static int log_to = -1;
static int64_t flush_us;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    const char *path;
    if ((path = getenv("FAULTFS_ROOT"))) root_length = (size_t)snprintf(root, sizeof root, "%s/", path);
    if ((path = getenv("FAULTFS_FLUSH_US"))) flush_us = atoll(path);
    if ((path = getenv("FAULTFS_KNOBS"))) {
        int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        void *words = mmap(NULL, sizeof *knobs, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (words != MAP_FAILED) knobs = words;
    }
    if ((path = getenv("FAULTFS_LOG")))
        log_to = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* --- whose call it is ------------------------------------------------------------------------------------------- */

static int below(const char *path) {
    if (!root_length) return 1;
    return !strncmp(path, root, root_length) || (!strncmp(path, root, root_length - 1) && !path[root_length - 1]);
}

static int ours(int file, char *path) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    return path[0] == '/' && below(path) && strncmp(path, "/dev/", 5) && strncmp(path, "/proc/", 6);
}

/* --- what befalls it -------------------------------------------------------------------------------------------- */

static void kill_if(int64_t call, int late) {
    if (knobs->kill_at != call || knobs->kill_late != late) return;
    syscall(SYS_kill, (int)syscall(SYS_getpid), SIGKILL);
    for (;;) pause();
}

static int strikes(int kind) {
    if (!(knobs->kinds & kind) || !knobs->chance) return 0;
    knobs->seed = knobs->seed * 6364136223846793005u + 1442695040888963407u;
    if ((knobs->seed >> 33) % (uint64_t)knobs->chance) return 0;
    knobs->faults++;
    return 1;
}

static int fails(int kind) {
    if (!knobs->error || !strikes(kind)) return 0;
    errno = (int)knobs->error;
    return 1;
}

struct __attribute__((packed)) record {
    char what; /* w write, t length, s flushed, f flush failed, c created, m directory made, r renamed, u unlinked */
    int64_t offset;
    uint32_t path, to, data; /* lengths of what follows */
};

static void tell(char what, const char *path, const char *to, int64_t offset, const void *data, size_t length) {
    if (log_to < 0) return;
    struct record head = {what, offset, (uint32_t)strlen(path), (uint32_t)strlen(to), (uint32_t)length};
    struct iovec parts[] = {
        {&head, sizeof head}, {(void *)path, head.path}, {(void *)to, head.to}, {(void *)data, length}};
    int saved = errno;
    syscall(SYS_writev, log_to, parts, 4);
    errno = saved;
}

/* One change: counted, perhaps the last, perhaps failed, else made and told. `made` >= 0 says it was made. */
#define CHANGE(kind, made, call, told)                 \
    do {                                               \
        pthread_mutex_lock(&turn);                     \
        int64_t change = ++knobs->calls;               \
        kill_if(change, 0);                            \
        made = fails(kind) ? -1 : (call);              \
        if (made >= 0) { told; }                       \
        kill_if(change, 1);                            \
        pthread_mutex_unlock(&turn);                   \
    } while (0)

/* --- writes ----------------------------------------------------------------------------------------------------- */

static size_t cut(size_t size) {
    return size > 1 && knobs->shorter && strikes(WRITES) ? 1 + (size_t)(knobs->seed >> 33) % (size - 1) : size;
}

EXPORT ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset) {
    char path[PATH_MAX];
    ssize_t made;
    if (!ours(file, path)) return syscall(SYS_pwrite64, file, data, size, offset);
    CHANGE(WRITES, made, syscall(SYS_pwrite64, file, data, cut(size), offset),
           tell('w', path, "", offset, data, (size_t)made));
    return made;
}

EXPORT ssize_t pwrite(int file, const void *data, size_t size, off_t offset) {
    return pwrite64(file, data, size, offset);
}

EXPORT ssize_t write(int file, const void *data, size_t size) {
    char path[PATH_MAX];
    ssize_t made;
    if (!ours(file, path)) return syscall(SYS_write, file, data, size);
    CHANGE(WRITES, made, syscall(SYS_write, file, data, cut(size)),
           tell('w', path, "", syscall(SYS_lseek, file, 0, SEEK_CUR) - made, data, (size_t)made));
    return made;
}

EXPORT int ftruncate64(int file, off64_t size) {
    char path[PATH_MAX];
    int made;
    if (!ours(file, path)) return (int)syscall(SYS_ftruncate, file, size);
    CHANGE(SIZES, made, (int)syscall(SYS_ftruncate, file, size), tell('t', path, "", size, "", 0));
    return made;
}

EXPORT int ftruncate(int file, off_t size) { return ftruncate64(file, size); }

EXPORT int posix_fallocate64(int file, off64_t offset, off64_t size) {
    char path[PATH_MAX];
    int made;
    if (!ours(file, path)) return syscall(SYS_fallocate, file, 0, offset, size) ? errno : 0;
    CHANGE(SIZES, made, (int)syscall(SYS_fallocate, file, 0, offset, size), tell('t', path, "", offset + size, "", 0));
    return made < 0 ? errno : 0;
}

EXPORT int posix_fallocate(int file, off_t offset, off_t size) { return posix_fallocate64(file, offset, size); }

/* --- flushes ---------------------------------------------------------------------------------------------------- */

static int flush(long how, int file) {
    char path[PATH_MAX];
    int made;
    if (!ours(file, path)) return (int)syscall(how, file);
    int64_t longer = flush_us + knobs->flush_us;
    struct timespec nap = {longer / 1000000, longer % 1000000 * 1000};
    if (longer) nanosleep(&nap, NULL);
    CHANGE(FLUSHES, made, knobs->lie ? 0 : (int)syscall(how, file), if (!knobs->lie) tell('s', path, "", 0, "", 0));
    if (made < 0) tell('f', path, "", 0, "", 0);
    return made;
}

EXPORT int fsync(int file) { return flush(SYS_fsync, file); }
EXPORT int fdatasync(int file) { return flush(SYS_fdatasync, file); }

/* --- names ------------------------------------------------------------------------------------------------------ */

static int opened(const char *path, int flags, int mode) {
    int made, lacking;
    if (path[0] != '/' || !below(path) || !(flags & (O_CREAT | O_TRUNC)))
        return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    CHANGE(NAMES, made,
           (lacking = (int)syscall(SYS_faccessat, AT_FDCWD, path, F_OK),
            (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode)),
           if (lacking) tell('c', path, "", 0, "", 0); else if (flags & O_TRUNC) tell('t', path, "", 0, "", 0));
    return made;
}

EXPORT int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;
    va_end(rest);
    return opened(path, flags, mode);
}

EXPORT int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;
    va_end(rest);
    return opened(path, flags, mode);
}

EXPORT int rename(const char *path, const char *to) {
    int made;
    if (!below(path)) return (int)syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, to, 0);
    CHANGE(NAMES, made, (int)syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, to, 0), tell('r', path, to, 0, "", 0));
    return made;
}

EXPORT int unlink(const char *path) {
    int made;
    if (!below(path)) return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    CHANGE(NAMES, made, (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0), tell('u', path, "", 0, "", 0));
    return made;
}

EXPORT int mkdir(const char *path, mode_t mode) {
    int made;
    if (!below(path)) return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    CHANGE(NAMES, made, (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode), tell('m', path, "", 0, "", 0));
    return made;
}

/* --- reads ------------------------------------------------------------------------------------------------------ */

static int unreadable(int file) {
    char path[PATH_MAX];
    return (knobs->kinds & READS) && ours(file, path) && fails(READS);
}

EXPORT ssize_t pread64(int file, void *data, size_t size, off64_t offset) {
    return unreadable(file) ? -1 : syscall(SYS_pread64, file, data, size, offset);
}

EXPORT ssize_t pread(int file, void *data, size_t size, off_t offset) { return pread64(file, data, size, offset); }

EXPORT ssize_t read(int file, void *data, size_t size) {
    return unreadable(file) ? -1 : syscall(SYS_read, file, data, size);
}
