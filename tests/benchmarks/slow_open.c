/* Preloaded by the benchmark: every open of a file whose path holds "bonehold-bench" takes BENCH_OPEN_US longer, as
   on a network file system. It lets Bonehold and its peer meet the same delay without one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void delay(const char *path) {
    const char *us = getenv("BENCH_OPEN_US");
    if (us && path && strstr(path, "bonehold-bench"))
        usleep((useconds_t)atoi(us));
}

#define MODE(flags, last)                                     \
    mode_t mode = 0;                                          \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                    \
        va_list list;                                         \
        va_start(list, last);                                 \
        mode = va_arg(list, mode_t);                          \
        va_end(list);                                         \
    }

#define OPEN(name)                                            \
    int name(const char *path, int flags, ...) {              \
        MODE(flags, flags)                                    \
        delay(path);                                          \
        int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); \
        return next(path, flags, mode);                       \
    }

#define OPENAT(name)                                          \
    int name(int folder, const char *path, int flags, ...) {  \
        MODE(flags, flags)                                    \
        delay(path);                                          \
        int (*next)(int, const char *, int, ...) = dlsym(RTLD_NEXT, #name); \
        return next(folder, path, flags, mode);               \
    }

#define FOPEN(name)                                           \
    FILE *name(const char *path, const char *how) {           \
        delay(path);                                          \
        FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, #name); \
        return next(path, how);                               \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
FOPEN(fopen)
FOPEN(fopen64)
