#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/wait.hpp"
#include "switch_host.hpp"

namespace contract {
namespace {

constexpr const char* kModule = "mod_audio_stream";

// The modules that calls need. The host skips those it does not have (the simulator has none).
constexpr const char* kConfiguration = R"(<?xml version="1.0"?>
<document type="freeswitch/xml">
  <section name="configuration">
    <configuration name="switch.conf">
      <settings>
        <!-- Without it a FreeSWITCH that is stopped in its first quarter of a second hangs. -->
        <param name="1ms-timer" value="true"/>
        <param name="sessions-per-second" value="1000"/>
      </settings>
    </configuration>
    <configuration name="modules.conf">
      <modules>
        <load module="mod_commands"/>
        <load module="mod_dptools"/>
        <load module="mod_loopback"/>
        <load module="mod_tone_stream"/>
      </modules>
    </configuration>
    <X-PRE-PROCESS cmd="include" data="autoload_configs/*.xml"/>
  </section>
  <section name="dialplan"><context name="default"/></section>
</document>
)";

std::string& root() {
  static std::string path;
  return path;
}

/// The core owns the string and releases it with free().
void set_dir(char*& dir, const std::string& path) {
  std::filesystem::create_directories(path);
  std::free(dir);  // NOLINT: the core allocated it with malloc()
  dir = ::strdup(path.c_str());
}

std::filesystem::path configuration_file() {
  return root() + "/conf/autoload_configs/audio_stream.conf.xml";
}

/// What the command reloadxml does.
void reload_xml() {
  const char* error = nullptr;
  switch_xml_reload(&error);
}

void make_root() {
  std::array<char, 64> name{"/tmp/contract-tests-XXXXXX"};
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  root() = name.data();
  std::filesystem::create_directories(configuration_file().parent_path());
  std::ofstream{root() + "/conf/freeswitch.xml"} << kConfiguration;
}

/// Starts the core with all its output in a temporary folder.
bool start_core() {
  switch_core_set_globals();
  set_dir(SWITCH_GLOBAL_dirs.conf_dir, root() + "/conf");
  set_dir(SWITCH_GLOBAL_dirs.log_dir, root() + "/log");
  set_dir(SWITCH_GLOBAL_dirs.run_dir, root() + "/run");
  set_dir(SWITCH_GLOBAL_dirs.db_dir, root() + "/db");
  set_dir(SWITCH_GLOBAL_dirs.temp_dir, root() + "/temp");
  const char* error = nullptr;
  if (switch_core_init_and_modload(core_flags(), SWITCH_FALSE, &error) == SWITCH_STATUS_SUCCESS) {
    return true;
  }
  static_cast<void>(
      std::fprintf(stderr, "the switch did not start: %s\n", error == nullptr ? "?" : error));
  return false;
}

}  // namespace

const std::string& temp_dir() {
  static const std::string path = root() + "/temp";
  return path;
}

std::vector<std::string> temp_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator{temp_dir()}) {
    files.push_back(entry.path().filename().string());
  }
  return files;
}

std::string api(const std::string& line) {
  switch_stream_handle_t stream{};
  // NOLINTBEGIN(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): the core's own macros
  SWITCH_STANDARD_STREAM(stream);
  switch_api_execute("uuid_audio_stream", line.c_str(), nullptr, &stream);
  std::string reply = stream.data == nullptr ? "" : static_cast<const char*>(stream.data);
  switch_safe_free(stream.data);
  // NOLINTEND(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
  return reply;
}

void write_configuration(const std::string& text) {
  std::ofstream{configuration_file()} << text;
}

void configure(const std::string& text) {
  write_configuration(text);
  reload_xml();
}

void remove_configuration() {
  if (std::filesystem::remove(configuration_file())) reload_xml();
}

std::string load_module() {
  const char* error = nullptr;
  // The module is linked into this program. The core looks here before it looks for a file.
  const auto status =
      switch_loadable_module_load_module(root().c_str(), kModule, SWITCH_TRUE, &error);
  if (status == SWITCH_STATUS_SUCCESS) return "";
  return error == nullptr ? "refused without a reason" : error;
}

std::string unload_module(bool force) {
  const char* error = nullptr;
  const auto status = switch_loadable_module_unload_module(
      root().c_str(), kModule, force ? SWITCH_TRUE : SWITCH_FALSE, &error);
  if (status == SWITCH_STATUS_SUCCESS) return "";
  return error == nullptr ? "refused without a reason" : error;
}

std::string unload_idle_module() {
  std::string refusal;
  static_cast<void>(test::eventually([&] { return (refusal = unload_module()).empty(); }));
  return refusal;
}

int in_switch(const std::function<int()>& body) {
  make_root();
  if (!start_core()) return 1;
  const int result = body();
  switch_core_destroy();
  std::filesystem::remove_all(root());
  return result;
}

}  // namespace contract
