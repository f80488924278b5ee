/* A lock of one word, asleep in the kernel only when it is held for long. */
#ifndef DATA_RECORD_LOCK_H
#define DATA_RECORD_LOCK_H

#include "data/record/sys.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

/* Zero-filled it is open. Not a pthread_mutex_t, because that one need not be. Keeps errno. */
struct lock {
    _Atomic uint32_t word; /* 0 open, 1 taken, 2 taken and someone may be asleep */
};

static inline void lock_wait(struct lock *lock)
{
    enum { SPINS = 100 };
    int saved = errno;
    for (int i = 0; i < SPINS; i++) {
        uint32_t open = 0;
        if (atomic_compare_exchange_weak_explicit(&lock->word, &open, 1, memory_order_acquire,
                                                  memory_order_relaxed))
            return;
    }
    while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0)
        sys_futex_wait(&lock->word, 2);
    errno = saved;
}

static inline void lock_take(struct lock *lock)
{
    uint32_t open = 0;
    if (!atomic_compare_exchange_strong_explicit(&lock->word, &open, 1, memory_order_acquire,
                                                 memory_order_relaxed))
        lock_wait(lock);
}

static inline void lock_release(struct lock *lock)
{
    if (atomic_exchange_explicit(&lock->word, 0, memory_order_release) == 2) {
        int saved = errno;
        sys_futex_wake_one(&lock->word);
        errno = saved;
    }
}

#endif
