// Stands in for mod_audio_stream in callsim's tests: understands its commands and fires its events,
// but knows no network. The URL tells how the "server" behaves:
//   ws://refuse        -ERR            ws://unreachable   a final error event
//   ws://hangup        connects and disconnects at once    anything else: connects, echoes texts
// Without a mix it answers with a -USAGE.
#include <mutex>
#include <set>
#include <sstream>
#include <string>

#include "switch.h"

SWITCH_BEGIN_EXTERN_C
SWITCH_MODULE_LOAD_FUNCTION(mod_audio_stream_load);
SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_audio_stream_shutdown);
SWITCH_MODULE_DEFINITION(mod_audio_stream, mod_audio_stream_load, mod_audio_stream_shutdown,
                         nullptr);
SWITCH_END_EXTERN_C

namespace {

std::mutex mutex;
std::set<std::string> streaming;

void emit(const std::string& uuid, const char* name, const std::string& body, bool final) {
  switch_event_t* event = nullptr;
  const std::string subclass = std::string("mod_audio_stream::") + name;
  switch_event_create_subclass(&event, SWITCH_EVENT_CUSTOM, subclass.c_str());
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Unique-ID", uuid.c_str());
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Stream-Name", "default");
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Stream-Final",
                                 final ? "true" : "false");
  switch_event_add_body(event, "%s", body.c_str());
  switch_event_fire(&event);
}

std::string start(const std::string& uuid, const std::string& url, const std::string& rest) {
  if (rest.empty()) return "-USAGE: start needs a mix type. Syntax: <uuid> start <ws-url> <mix>";
  if (url.find("refuse") != std::string::npos) return "-ERR refused";
  if (url.find("unreachable") != std::string::npos) {
    emit(uuid, "error", R"({"status":"error"})", true);
    return "+OK Success";
  }
  emit(uuid, "connect", R"({"status":"connected"})", false);
  emit(uuid, "json", rest, false);
  if (url.find("hangup") != std::string::npos) {
    emit(uuid, "disconnect", R"({"status":"disconnected"})", true);
  } else {
    const std::lock_guard lock(mutex);
    streaming.insert(uuid);
  }
  return "+OK Success";
}

std::string obey(const std::string& line) {
  std::istringstream in(line);
  std::string uuid;
  std::string verb;
  std::string first;
  std::string rest;
  in >> uuid >> verb >> first;
  std::getline(in >> std::ws, rest);
  if (verb == "start") return start(uuid, first, rest);
  const std::lock_guard lock(mutex);
  if (!streaming.contains(uuid)) return "-ERR no stream";
  if (verb == "send_text") emit(uuid, "json", first, false);
  if (verb == "stop") {
    streaming.erase(uuid);
    emit(uuid, "disconnect", R"({"status":"disconnected"})", true);
  }
  return "+OK Success";
}

SWITCH_STANDARD_API(run_api) {
  static_cast<void>(session);
  stream->write_function(stream, "%s\n", obey(cmd).c_str());
  return SWITCH_STATUS_SUCCESS;
}

SWITCH_STANDARD_APP(run_app) {
  const std::string line = std::string(switch_core_session_get_uuid(session)) + " " + data;
  switch_channel_set_variable(switch_core_session_get_channel(session), "audio_stream_result",
                              obey(line).c_str());
}

}  // namespace

SWITCH_MODULE_LOAD_FUNCTION(mod_audio_stream_load) {
  *module_interface = switch_loadable_module_create_module_interface(pool, modname);
  switch_api_interface_t* api = nullptr;
  switch_application_interface_t* app = nullptr;
  SWITCH_ADD_API(api, "uuid_audio_stream", "a test", run_api, "");
  switch_xml_t configuration = nullptr;
  if (switch_xml_t root = switch_xml_open_cfg("audio_stream.conf", &configuration, nullptr)) {
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_NOTICE, "configured %s\n",
                      switch_xml_attr_soft(configuration, "description"));
    switch_xml_free(root);
  }
  SWITCH_ADD_APP(app, "audio_stream", "a test", "a test", run_app, "", SAF_SUPPORT_NOMEDIA);
  return SWITCH_STATUS_SUCCESS;
}

SWITCH_MODULE_SHUTDOWN_FUNCTION(mod_audio_stream_shutdown) {
  return SWITCH_STATUS_SUCCESS;
}
