/* What an application or a command does with a call. */
#ifndef SWITCH_IVR_H
#define SWITCH_IVR_H

SWITCH_BEGIN_EXTERN_C

/* Variables: the leg that a leg is bridged to, and where it was sent. */
#define SWITCH_BRIDGE_VARIABLE "bridge_to"
#define SWITCH_TRANSFER_SOURCE_VARIABLE "transfer_source"

/* Sends the call through a dialplan. The leg that it is bridged to is hung up, unless CF_REDIRECT
 * says that it is transferred too. Here no dialplan runs: the call only gets its new destination.
 */
SWITCH_DECLARE(switch_status_t)
switch_ivr_session_transfer(switch_core_session_t* session, const char* extension,
                            const char* dialplan, const char* context);

SWITCH_END_EXTERN_C

#endif
