#pragma once

#include <switch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace contract {

/// What is said on one leg.
struct Speech {
  enum class Kind : std::uint8_t { nobody, silence, tone };
  Kind kind = Kind::nobody;
  double hertz = 0;

  static Speech nobody() { return {}; }
  static Speech silence() { return {Kind::silence, 0}; }
  static Speech tone(double hertz) { return {Kind::tone, hertz}; }
};

/// With bypass and proxy the media does not pass the switch, or not decoded.
enum class Media : std::uint8_t { answered, early, none, bypass, proxy };

struct CallShape {
  std::uint32_t rate_hz = 8000;
  Speech caller = Speech::silence();
  Speech callee = Speech::nobody();
  Media media = Media::answered;
  std::map<std::string, std::string> variables = {};
};

/// A call on the switch under test; hangs up at the end of its scope. Test threads only.
class Call {
 public:
  explicit Call(const CallShape& shape = {});
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[nodiscard]] const std::string& uuid() const;

  /// Runs `uuid_audio_stream <uuid> <words>`.
  std::string api(const std::string& words) const;
  void set_variable(const std::string& name, const std::string& value) const;
  [[nodiscard]] std::string variable(const std::string& name) const;
  /// From now on `speech` is what the caller hears.
  void callee_says(const Speech& speech);
  void hold(bool on);
  /// An application reads the call at another rate than its codec's, as "record" does; and no more.
  void push_read_codec(std::uint32_t rate_hz);
  void pop_read_codec();
  /// A re-INVITE brings a codec that the switch has no decoder for, and passes through.
  void pass_codec_through();
  /// Runs a dialplan application on the call's own thread and waits for it.
  void run_application(const std::string& name, const std::string& data);
  /// Hangs up and waits until the session is gone.
  void hangup();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace contract
