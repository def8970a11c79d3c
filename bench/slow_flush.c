/* Delays every flush of a file by CUSTODYD_FLUSH_US microseconds: the disk of a small station, on any machine.
 * Loaded by LD_PRELOAD; a flush then takes its own time and the delay, whether asked for by Python or by SQLite. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static struct timespec delay;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void prepare(void)
{
    const char *given = getenv("CUSTODYD_FLUSH_US");
    long us = given ? strtol(given, NULL, 10) : 0;
    delay.tv_sec = us / 1000000;
    delay.tv_nsec = us % 1000000 * 1000;
    *(void **)&real_fsync = dlsym(RTLD_NEXT, "fsync");
    *(void **)&real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
}

static int slowly(int (*flush)(int), int descriptor)
{
    int result = flush(descriptor), error = errno;
    struct timespec left = delay;
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
    errno = error;
    return result;
}

int fsync(int descriptor) { return slowly(real_fsync, descriptor); }

int fdatasync(int descriptor) { return slowly(real_fdatasync, descriptor); }
