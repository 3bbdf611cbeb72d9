#pragma once

#include <switch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace contract {

/// What one leg speaks.
struct Speech {
  enum class Kind : std::uint8_t { nobody, silence, tone, words };
  Kind kind = Kind::nobody;
  double hertz = 0;

  static Speech nobody() { return {}; }
  static Speech silence() { return {Kind::silence, 0}; }
  static Speech tone(double hertz) { return {Kind::tone, hertz}; }
  /// The tone in words of kWordMs, and between them a hum that is 40 dB lower. A caller alone.
  static Speech words(double hertz) { return {Kind::words, hertz}; }
  static constexpr std::uint32_t kWordMs = 800;
};

/// With bypass the media does not pass the switch. With proxy it passes without being decoded.
enum class Media : std::uint8_t { answered, early, none, bypass, proxy };

struct CallShape {
  std::uint32_t rate_hz = 8000;
  Speech caller = Speech::silence();
  Speech callee = Speech::nobody();
  Media media = Media::answered;
  std::map<std::string, std::string> variables = {};
};

/// A call on the switch under test. The destructor hangs up. Test threads only.
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
  /// From now on the caller hears `speech`.
  void callee_says(const Speech& speech);
  /// A callee who says nothing joins the call, or leaves it.
  void bridge(bool on);
  void hold(bool on);
  /// It is answered, by whoever is called.
  void answer();
  /// Brings early media.
  void pre_answer();
  /// Something in the switch reads the call, as usual, or nothing does.
  void set_read(bool on);
  /// Simulates an application that reads the call at another rate than its codec's, as "record"
  /// does.
  void push_read_codec(std::uint32_t rate_hz);
  void pop_read_codec();
  /// Simulates a re-INVITE with a codec that the switch cannot decode and passes through.
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
