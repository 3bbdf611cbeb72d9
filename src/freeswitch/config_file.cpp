#include "freeswitch/config_file.hpp"

#include <switch.h>

#include <cstdlib>
#include <memory>
#include <type_traits>
#include <vector>

#include "base/redacted.hpp"

namespace audio_stream::freeswitch {
namespace {

constexpr const char* kName = "audio_stream.conf";

struct FreeXml {
  void operator()(switch_xml_t xml) const noexcept { switch_xml_free(xml); }
};

struct FreeText {
  void operator()(char* text) const noexcept { std::free(text); }  // NOLINT: the core allocates it
};

std::vector<control::ConfigurationFile::Entry> entries_of(switch_xml_t section) {
  std::vector<control::ConfigurationFile::Entry> entries;
  for (switch_xml_t param = switch_xml_child(section, "param"); param != nullptr;
       param = switch_xml_next(param)) {
    entries.push_back({switch_xml_attr_soft(param, "name"), switch_xml_attr_soft(param, "value")});
  }
  return entries;
}

}  // namespace

std::optional<control::ConfigurationFile> read_config_file() {
  switch_xml_t configuration = nullptr;
  const std::unique_ptr<std::remove_pointer_t<switch_xml_t>, FreeXml> root{
      switch_xml_open_cfg(kName, &configuration, nullptr)};
  if (!root || configuration == nullptr) return std::nullopt;
  control::ConfigurationFile file;
  file.name = std::string{kName} + ".xml";
  file.settings = entries_of(switch_xml_child(configuration, "settings"));
  for (switch_xml_t profile =
           switch_xml_child(switch_xml_child(configuration, "profiles"), "profile");
       profile != nullptr; profile = switch_xml_next(profile)) {
    file.profiles.push_back({switch_xml_attr_soft(profile, "name"), entries_of(profile)});
  }
  if (switch_xml_t dialects = switch_xml_child(configuration, "dialects"); dialects != nullptr) {
    const std::unique_ptr<char, FreeText> text{switch_xml_toxml(dialects, SWITCH_FALSE)};
    if (text) file.dialects = text.get();
  }
  return file;
}

tl::expected<void, std::string> reload_xml() {
  const char* error = nullptr;
  if (switch_xml_reload(&error) == SWITCH_STATUS_SUCCESS) return {};
  return tl::unexpected(base::redacted(error == nullptr ? "?" : error));
}

}  // namespace audio_stream::freeswitch
