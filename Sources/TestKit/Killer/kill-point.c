// Loaded into a program (LD_PRELOAD) to end it with SIGKILL at a chosen point: before, within or after its Nth effect on
// the world, which is a write to a regular file or a socket, a sync, a truncation, a rename or a removal.
//
//   KILL_COUNT=FILE   where the number of effects is kept, as a 64-bit number, even of a program that was killed
//   KILL_AT=N         at which effect; 0 or nothing: none, only counted
//   KILL_HOW=HOW      before | within (half of what was to be written) | after
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static _Atomic unsigned long long *count;
static unsigned long long at;
static enum { BEFORE, WITHIN, AFTER } how;

__attribute__((constructor)) static void begin(void) {
    const char *file = getenv("KILL_COUNT"), *text = getenv("KILL_AT"), *way = getenv("KILL_HOW");
    if (text) at = strtoull(text, NULL, 10);
    if (way) how = !strcmp(way, "within") ? WITHIN : !strcmp(way, "after") ? AFTER : BEFORE;
    static _Atomic unsigned long long own;
    count = &own;
    if (!file) return;
    int descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0 || syscall(SYS_ftruncate, descriptor, 8) != 0) return;
    void *shared = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (shared != MAP_FAILED) count = shared;
}

static void end(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

// Not standard streams, not the descriptors by which threads wake each other.
static int matters(int descriptor) {
    struct stat status;
    if (descriptor <= 2 || fstat(descriptor, &status) != 0) return 0;
    return S_ISREG(status.st_mode) || S_ISSOCK(status.st_mode);
}

// Whether this effect is the one.
static int is_it(void) {
    if (!count) return 0;
    unsigned long long number = atomic_fetch_add(count, 1) + 1;
    return at && number == at;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define EFFECT(call, half)                 \
    do {                                   \
        if (!is_it()) return call;         \
        if (how == WITHIN) { half; }       \
        if (how == AFTER) { (void)(call); } \
        end();                             \
    } while (0);                           \
    return -1

ssize_t write(int d, const void *b, size_t n) {
    static __typeof__(&write) real;
    if (!real) real = REAL(write);
    if (!matters(d)) return real(d, b, n);
    EFFECT(real(d, b, n), (void)!real(d, b, n / 2));
}
ssize_t pwrite(int d, const void *b, size_t n, off_t o) {
    static __typeof__(&pwrite) real;
    if (!real) real = REAL(pwrite);
    if (!matters(d)) return real(d, b, n, o);
    EFFECT(real(d, b, n, o), (void)!real(d, b, n / 2, o));
}
ssize_t pwrite64(int d, const void *b, size_t n, off64_t o) {
    static __typeof__(&pwrite64) real;
    if (!real) real = REAL(pwrite64);
    if (!matters(d)) return real(d, b, n, o);
    EFFECT(real(d, b, n, o), (void)!real(d, b, n / 2, o));
}
ssize_t send(int d, const void *b, size_t n, int f) {
    static __typeof__(&send) real;
    if (!real) real = REAL(send);
    if (!matters(d)) return real(d, b, n, f);
    EFFECT(real(d, b, n, f), (void)!real(d, b, n / 2, f));
}
int fsync(int d) {
    static __typeof__(&fsync) real;
    if (!real) real = REAL(fsync);
    EFFECT(real(d), (void)0);
}
int fdatasync(int d) {
    static __typeof__(&fdatasync) real;
    if (!real) real = REAL(fdatasync);
    EFFECT(real(d), (void)0);
}
int ftruncate(int d, off_t n) {
    static __typeof__(&ftruncate) real;
    if (!real) real = REAL(ftruncate);
    EFFECT(real(d, n), (void)0);
}
int ftruncate64(int d, off64_t n) {
    static __typeof__(&ftruncate64) real;
    if (!real) real = REAL(ftruncate64);
    EFFECT(real(d, n), (void)0);
}
int rename(const char *a, const char *b) {
    static __typeof__(&rename) real;
    if (!real) real = REAL(rename);
    EFFECT(real(a, b), (void)0);
}
int unlink(const char *p) {
    static __typeof__(&unlink) real;
    if (!real) real = REAL(unlink);
    EFFECT(real(p), (void)0);
}
