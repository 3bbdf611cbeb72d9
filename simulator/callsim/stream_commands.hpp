// The commands callsim gives the module.
#pragma once

#include <string>
#include <vector>

#include "simulator/call.hpp"

namespace callsim {

/// The words of a start command, and what they tell.
class StartWords {
 public:
  explicit StartWords(const std::vector<std::string>& words);
  [[nodiscard]] const std::string& line() const { return line_; }  ///< all of them
  [[nodiscard]] const std::string& mix() const { return mix_; }    ///< mono unless told otherwise
  /// The "name=..." option with a blank after it, for further commands; empty if there is none.
  [[nodiscard]] const std::string& name_option() const { return name_option_; }

 private:
  std::string line_;
  std::string mix_ = "mono";
  std::string name_option_;
};

/// Starts a stream by API command or, if asked, by dialplan application; returns the reply.
std::string start_stream(simulator::Call& call, const StartWords& words, bool as_application);
std::string stop_stream(simulator::Call& call, const StartWords& words);
/// Whether a reply says that a command was refused.
bool is_refusal(const std::string& reply);

}  // namespace callsim
