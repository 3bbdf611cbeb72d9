/*
 * The simulator's stand-in for FreeSWITCH's <switch.h>: the part of the 1.10 interface a streaming
 * module and its tests use, with the real names, signatures and values, so that code compiled
 * against it compiles unchanged against FreeSWITCH. Binary compatibility is NOT offered: only the
 * members and enumerators named here exist, and SWITCH_API_VERSION differs, so a real core refuses
 * a module built against it.
 */
#ifndef SWITCH_H
#define SWITCH_H

#ifdef __cplusplus
#define SWITCH_BEGIN_EXTERN_C extern "C" {
#define SWITCH_END_EXTERN_C }
#else
#define SWITCH_BEGIN_EXTERN_C
#define SWITCH_END_EXTERN_C
#endif

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* The order matters: each builds on the ones before. */
/* clang-format off */
#include "switch_platform.h"
#include "switch_types.h"
#include "switch_channel_flags.h"
#include "switch_event_types.h"
#include "switch_causes.h"
#include "switch_apr.h"
#include "switch_core.h"
#include "switch_media_bug.h"
#include "switch_frame.h"
#include "switch_module_interfaces.h"
#include "switch_loadable_module.h"
#include "switch_console.h"
#include "switch_utils.h"
#include "switch_channel.h"
#include "switch_ivr.h"
#include "switch_event.h"
#include "switch_log.h"
#include "switch_xml.h"
/* clang-format on */

#endif
