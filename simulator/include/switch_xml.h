/* Configuration files. */
#ifndef SWITCH_XML_H
#define SWITCH_XML_H

SWITCH_BEGIN_EXTERN_C

struct switch_xml {
  char* name;
  char** attr;          /* name, value, name, value, ..., NULL */
  char* txt;            /* never NULL */
  switch_xml_t next;    /* next of the same name at this level */
  switch_xml_t sibling; /* next of another name at this level */
  switch_xml_t ordered; /* next at this level, in document order */
  switch_xml_t child;   /* first below, in document order */
  switch_xml_t parent;
};

/* Opens <conf_dir>/autoload_configs/<file_path>.xml (or <conf_dir>/<file_path>.xml), or that
 * <configuration name="file_path"> inside <conf_dir>/freeswitch.xml. Returns the tree to
 * switch_xml_free(), with *node at the <configuration>. The first
 * opening keeps the file in memory until switch_xml_reload(). */
SWITCH_DECLARE(switch_xml_t)
switch_xml_open_cfg(const char* file_path, switch_xml_t* node, switch_event_t* params);
/* Reads the files again. If one is broken, all stay in memory as they were, and *err says what is
 * wrong. */
SWITCH_DECLARE(switch_status_t) switch_xml_reload(const char** err);
SWITCH_DECLARE(switch_xml_t) switch_xml_parse_file_simple(const char* file);
SWITCH_DECLARE(switch_xml_t) switch_xml_child(switch_xml_t xml, const char* name);
SWITCH_DECLARE(switch_xml_t)
switch_xml_find_child(switch_xml_t node, const char* childname, const char* attrname,
                      const char* value);
#define switch_xml_next(xml) ((xml) ? xml->next : NULL)
#define switch_xml_name(xml) ((xml) ? xml->name : NULL)
#define switch_xml_txt(xml) ((xml) ? xml->txt : "")
SWITCH_DECLARE(const char*) switch_xml_attr(switch_xml_t xml, const char* attr);
SWITCH_DECLARE(const char*) switch_xml_attr_soft(switch_xml_t xml, const char* attr);
/* The element as XML, to be given to free(). */
SWITCH_DECLARE(char*) switch_xml_toxml(switch_xml_t xml, switch_bool_t prn_header);
SWITCH_DECLARE(void) switch_xml_free(switch_xml_t xml);

SWITCH_END_EXTERN_C

#endif
