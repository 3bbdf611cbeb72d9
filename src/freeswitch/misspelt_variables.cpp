#include "freeswitch/misspelt_variables.hpp"

#include "base/redacted.hpp"
#include "control/parameters.hpp"

namespace audio_stream::freeswitch {
namespace {

/// The channel's variables. The core keeps them locked while this object lives.
class VariableList {
 public:
  explicit VariableList(switch_channel_t* channel)
      : channel_{channel}, first_{switch_channel_variable_first(channel)} {}
  VariableList(const VariableList&) = delete;
  VariableList& operator=(const VariableList&) = delete;
  ~VariableList() { switch_channel_variable_last(channel_); }

  [[nodiscard]] const switch_event_header_t* first() const { return first_; }

 private:
  switch_channel_t* channel_;
  switch_event_header_t* first_;
};

}  // namespace

std::vector<std::string> misspelt_variables(switch_channel_t* channel) {
  std::vector<std::string> warnings;
  const VariableList variables{channel};
  for (const auto* each = variables.first(); each != nullptr; each = each->next) {
    if (const auto meant = control::variable_meant_by(each->name)) {
      // The value is not shown: it may be a secret.
      warnings.push_back("there is no variable " + base::quoted(each->name) + ": left out. Is it " +
                         std::string{*meant} + "?");
    }
  }
  return warnings;
}

}  // namespace audio_stream::freeswitch
