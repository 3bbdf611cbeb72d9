/* Linkage, compiler attributes and the basic integer types. */
#ifndef SWITCH_PLATFORM_H
#define SWITCH_PLATFORM_H

#define SWITCH_DECLARE(type) __attribute__((visibility("default"))) type
#define SWITCH_DECLARE_NONSTD(type) __attribute__((visibility("default"))) type
#define SWITCH_DECLARE_DATA __attribute__((visibility("default")))
#define SWITCH_MOD_DECLARE(type) __attribute__((visibility("default"))) type
#define SWITCH_MOD_DECLARE_NONSTD(type) __attribute__((visibility("default"))) type
#define SWITCH_MOD_DECLARE_DATA __attribute__((visibility("default")))
#define SWITCH_THREAD_FUNC

#define PRINTF_FUNCTION(fmtstr, vars) __attribute__((format(printf, fmtstr, vars)))
#define __SWITCH_FUNC__ (const char*)__func__

#define switch_assert(expr) assert(expr)

#define SWITCH_PATH_SEPARATOR "/"
#define SWITCH_INT64_T_FMT "ld"
#define SWITCH_UINT64_T_FMT "lu"
#define SWITCH_SIZE_T_FMT "lu"
#define SWITCH_SSIZE_T_FMT "ld"
#define SWITCH_TIME_T_FMT SWITCH_INT64_T_FMT

SWITCH_BEGIN_EXTERN_C
typedef uint8_t switch_byte_t;
typedef uintptr_t switch_size_t;
typedef intptr_t switch_ssize_t;
SWITCH_END_EXTERN_C

#endif
