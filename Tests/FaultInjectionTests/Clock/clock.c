// A wall clock that a test sets while a program runs. Preloaded, it adds the seconds that a file
// holds (EXPORTBENCH_CLOCK: 8 bytes, shared with the test) to what the kernel says. The monotonic
// clock goes on as it is, as it does when somebody sets a machine's clock. Whoever waits until a moment
// of the wall clock waits as long as it meant to.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long long *ahead;

__attribute__((constructor)) static void begin(void) {
  const char *name = getenv("EXPORTBENCH_CLOCK");
  int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *page = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) ahead = page;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (syscall(SYS_clock_gettime, clock, now) != 0) return -1;
  int is_wall = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
  if (is_wall && ahead) now->tv_sec += *ahead;
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

typedef int timed_wait(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

int pthread_cond_timedwait(
    pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
    const struct timespec *restrict until) {
  static timed_wait *real;
  // The oldest of that name is for programs of another century.
  if (!real) real = (timed_wait *)dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  if (!real) real = (timed_wait *)dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  struct timespec kernels = *until;
  // The monotonic clock has not come so far: no machine has been up for thirty years.
  if (ahead && kernels.tv_sec > 1000000000) kernels.tv_sec -= *ahead;
  return real(condition, mutex, &kernels);
}
