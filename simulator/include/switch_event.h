/* Events. */
#ifndef SWITCH_EVENT_H
#define SWITCH_EVENT_H

SWITCH_BEGIN_EXTERN_C

struct switch_event_header {
  char* name;
  char* value;
  char** array;
  int idx;
  unsigned long hash;
  struct switch_event_header* next;
};

struct switch_event {
  switch_event_types_t event_id;
  switch_priority_t priority;
  char* owner;
  char* subclass_name;
  switch_event_header_t* headers;
  switch_event_header_t* last_header;
  char* body;
  void* bind_user_data;
  void* event_user_data;
  unsigned long key;
  struct switch_event* next;
  int flags;
};

typedef enum {
  EF_UNIQ_HEADERS = (1 << 0),
  EF_NO_CHAT_EXEC = (1 << 1),
  EF_DEFAULT_ALLOW = (1 << 2)
} switch_event_flag_t;

#define SWITCH_EVENT_SUBCLASS_ANY NULL

SWITCH_DECLARE(switch_status_t)
switch_event_create_subclass_detailed(const char* file, const char* func, int line,
                                      switch_event_t** event, switch_event_types_t event_id,
                                      const char* subclass_name);
#define switch_event_create_subclass(_e, _eid, _sn)                                           \
  switch_event_create_subclass_detailed(__FILE__, (const char*)__SWITCH_FUNC__, __LINE__, _e, \
                                        _eid, _sn)
#define switch_event_create(event, id) \
  switch_event_create_subclass(event, id, SWITCH_EVENT_SUBCLASS_ANY)
SWITCH_DECLARE(void) switch_event_destroy(switch_event_t** event);
#define switch_event_safe_destroy(_event) \
  if (_event) switch_event_destroy(&_event)
SWITCH_DECLARE(switch_status_t) switch_event_dup(switch_event_t** event, switch_event_t* todup);

/* An empty value removes the header, as in the real core. */
SWITCH_DECLARE(switch_status_t)
switch_event_add_header(switch_event_t* event, switch_stack_t stack, const char* header_name,
                        const char* fmt, ...) PRINTF_FUNCTION(4, 5);
SWITCH_DECLARE(switch_status_t)
switch_event_add_header_string(switch_event_t* event, switch_stack_t stack, const char* header_name,
                               const char* data);
SWITCH_DECLARE(switch_status_t)
switch_event_del_header_val(switch_event_t* event, const char* header_name, const char* val);
#define switch_event_del_header(_e, _h) switch_event_del_header_val(_e, _h, NULL)
SWITCH_DECLARE(switch_event_header_t*)
switch_event_get_header_ptr(switch_event_t* event, const char* header_name);
SWITCH_DECLARE(char*)
switch_event_get_header_idx(switch_event_t* event, const char* header_name, int idx);
#define switch_event_get_header(_e, _h) switch_event_get_header_idx(_e, _h, -1)
#define switch_event_get_header_nil(e, h) switch_str_nil(switch_event_get_header(e, h))

SWITCH_DECLARE(switch_status_t)
switch_event_add_body(switch_event_t* event, const char* fmt, ...) PRINTF_FUNCTION(2, 3);
SWITCH_DECLARE(switch_status_t) switch_event_set_body(switch_event_t* event, const char* body);
SWITCH_DECLARE(char*) switch_event_get_body(switch_event_t* event);

/* Firing hands the event over and nulls the pointer; a full queue blocks the caller. Delivery is in
 * order, on the dispatch thread. */
SWITCH_DECLARE(switch_status_t)
switch_event_fire_detailed(const char* file, const char* func, int line, switch_event_t** event,
                           void* user_data);
#define switch_event_fire(event) \
  switch_event_fire_detailed(__FILE__, (const char*)__SWITCH_FUNC__, __LINE__, event, NULL)
#define switch_event_fire_data(event, data) \
  switch_event_fire_detailed(__FILE__, (const char*)__SWITCH_FUNC__, __LINE__, event, data)

SWITCH_DECLARE(switch_status_t)
switch_event_bind(const char* id, switch_event_types_t event, const char* subclass_name,
                  switch_event_callback_t callback, void* user_data);
SWITCH_DECLARE(switch_status_t)
switch_event_bind_removable(const char* id, switch_event_types_t event, const char* subclass_name,
                            switch_event_callback_t callback, void* user_data,
                            switch_event_node_t** node);
SWITCH_DECLARE(switch_status_t) switch_event_unbind(switch_event_node_t** node);
SWITCH_DECLARE(switch_status_t) switch_event_unbind_callback(switch_event_callback_t callback);

SWITCH_DECLARE(switch_status_t)
switch_event_reserve_subclass_detailed(const char* owner, const char* subclass_name);
SWITCH_DECLARE(switch_status_t)
switch_event_free_subclass_detailed(const char* owner, const char* subclass_name);
#define switch_event_reserve_subclass(subclass_name) \
  switch_event_reserve_subclass_detailed(__FILE__, subclass_name)
#define switch_event_free_subclass(subclass_name) \
  switch_event_free_subclass_detailed(__FILE__, subclass_name)

SWITCH_DECLARE(const char*) switch_event_name(switch_event_types_t event);
SWITCH_DECLARE(switch_status_t) switch_event_running(void);

SWITCH_END_EXTERN_C

#endif
