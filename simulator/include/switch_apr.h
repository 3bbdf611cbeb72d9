/* Read/write locks and time. Locks come from a pool and die with it. */
#ifndef SWITCH_APR_H
#define SWITCH_APR_H

SWITCH_BEGIN_EXTERN_C

typedef int64_t switch_time_t;          /* microseconds since the epoch */
typedef int64_t switch_interval_time_t; /* microseconds */

typedef struct fspr_thread_rwlock_t switch_thread_rwlock_t;

/* Like pthread locks with default attributes, which the real core uses: readers go first, a thread
 * may nest read locks, and any thread may give one back. Unlocking what nobody holds aborts. */
SWITCH_DECLARE(switch_status_t)
switch_thread_rwlock_create(switch_thread_rwlock_t** rwlock, switch_memory_pool_t* pool);
SWITCH_DECLARE(switch_status_t) switch_thread_rwlock_rdlock(switch_thread_rwlock_t* rwlock);
SWITCH_DECLARE(switch_status_t) switch_thread_rwlock_tryrdlock(switch_thread_rwlock_t* rwlock);
SWITCH_DECLARE(switch_status_t) switch_thread_rwlock_wrlock(switch_thread_rwlock_t* rwlock);
SWITCH_DECLARE(switch_status_t) switch_thread_rwlock_trywrlock(switch_thread_rwlock_t* rwlock);
SWITCH_DECLARE(switch_status_t) switch_thread_rwlock_unlock(switch_thread_rwlock_t* rwlock);

SWITCH_DECLARE(switch_time_t) switch_time_now(void);
SWITCH_DECLARE(void) switch_sleep(switch_interval_time_t t);
#define switch_yield(ms) switch_sleep(ms);

SWITCH_END_EXTERN_C

#endif
