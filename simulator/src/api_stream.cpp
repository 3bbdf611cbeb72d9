// The memory stream an API command writes its reply to, and running such a command.
#include <cstring>

#include "c_memory.hpp"
#include "simulator/core.hpp"
#include "switch.h"

switch_status_t switch_console_stream_raw_write(switch_stream_handle_t* handle, uint8_t* data,
                                                switch_size_t datalen) {
  const switch_size_t need = handle->data_len + datalen + 1;
  if (need > handle->data_size) {
    const switch_size_t size = need + handle->alloc_chunk;
    void* bigger = std::realloc(handle->data, size);  // NOLINT(cppcoreguidelines-*)
    if (bigger == nullptr) return SWITCH_STATUS_MEMERR;
    handle->data = bigger;
    handle->data_size = size;
  }
  auto* text = static_cast<char*>(handle->data);
  std::memcpy(text + handle->data_len, data, datalen);
  handle->data_len += datalen;
  text[handle->data_len] = '\0';
  handle->end = text + handle->data_len;
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_console_stream_write(switch_stream_handle_t* handle, const char* fmt, ...) {
  va_list arguments;
  va_start(arguments, fmt);
  std::string text = simulator::print(fmt, arguments);
  va_end(arguments);
  return switch_console_stream_raw_write(handle, reinterpret_cast<uint8_t*>(text.data()),
                                         text.size());
}

simulator::Reply simulator::api(const std::string& command, const std::string& arguments,
                                switch_core_session_t* session) {
  Reply reply{SWITCH_STATUS_FALSE, {}};
  on_switch_thread([&] {
    switch_stream_handle_t stream;
    SWITCH_STANDARD_STREAM(stream);  // NOLINT: the C interface's own memory
    reply.status = switch_api_execute(command.c_str(), arguments.c_str(), session, &stream);
    const CString text(static_cast<char*>(stream.data));
    reply.text = text.get();
  });
  return reply;
}
