/* Small helpers. */
#ifndef SWITCH_UTILS_H
#define SWITCH_UTILS_H

SWITCH_BEGIN_EXTERN_C

#define SWITCH_SMAX 32767
#define SWITCH_SMIN -32768
#define switch_normalize_to_16bit(n) \
  if (n > SWITCH_SMAX)               \
    n = SWITCH_SMAX;                 \
  else if (n < SWITCH_SMIN)          \
    n = SWITCH_SMIN;

static inline int _zstr(const char* s) {
  return !s || *s == '\0';
}
#define zstr(x) _zstr(x)

#define switch_safe_free(it) \
  if (it) {                  \
    free(it);                \
    it = NULL;               \
  }
#define switch_str_nil(s) (s ? s : "")

#define switch_test_flag(obj, flag) ((obj)->flags & flag)
#define switch_set_flag(obj, flag) (obj)->flags |= (flag)
#define switch_clear_flag(obj, flag) (obj)->flags &= ~(flag)

SWITCH_DECLARE(switch_bool_t) switch_is_number(const char* str);
SWITCH_DECLARE(char*) switch_uuid_str(char* buf, switch_size_t len);
SWITCH_DECLARE(char*)
switch_copy_string(char* dst, const char* src, switch_size_t dst_size);

static inline switch_bool_t switch_true(const char* expr) {
  return (expr &&
          (!strcasecmp(expr, "yes") || !strcasecmp(expr, "on") || !strcasecmp(expr, "true") ||
           !strcasecmp(expr, "t") || !strcasecmp(expr, "enabled") || !strcasecmp(expr, "active") ||
           !strcasecmp(expr, "allow") || (switch_is_number(expr) && atoi(expr))))
             ? SWITCH_TRUE
             : SWITCH_FALSE;
}
static inline int switch_false(const char* expr) {
  return expr && (!strcasecmp(expr, "no") || !strcasecmp(expr, "off") ||
                  !strcasecmp(expr, "false") || !strcasecmp(expr, "f") ||
                  !strcasecmp(expr, "disabled") || !strcasecmp(expr, "inactive") ||
                  !strcasecmp(expr, "disallow") || (switch_is_number(expr) && !atoi(expr)));
}

SWITCH_END_EXTERN_C

#endif
