// Calls of the simulator.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "call.hpp"
#include "simulator/call.hpp"
#include "switch_host.hpp"

namespace contract {
namespace {

simulator::AudioSource words(double hertz) {
  constexpr std::uint32_t kRate = 8000;
  constexpr std::size_t kWord = std::size_t{kRate} * Speech::kWordMs / 1000;
  std::vector<std::int16_t> pcm(2 * kWord);
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    const double amplitude = i < kWord ? 80 : 8000;
    pcm[i] = static_cast<std::int16_t>(
        amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / kRate));
  }
  return simulator::AudioSource::samples(pcm, kRate).repeated();
}

simulator::AudioSource source_of(const Speech& speech) {
  switch (speech.kind) {
    case Speech::Kind::nobody:
      return simulator::AudioSource::none();
    case Speech::Kind::silence:
      return simulator::AudioSource::silence();
    case Speech::Kind::tone:
      return simulator::AudioSource::tone(speech.hertz);
    case Speech::Kind::words:
      return words(speech.hertz);
  }
  return simulator::AudioSource::none();
}

simulator::Media media_of(Media media) {
  switch (media) {
    case Media::answered:
      return simulator::Media::answered;
    case Media::early:
      return simulator::Media::early;
    case Media::none:
      return simulator::Media::none;
    case Media::bypass:
      return simulator::Media::bypass;
    case Media::proxy:
      return simulator::Media::proxy;
  }
  return simulator::Media::none;
}

simulator::CallOptions options_of(const CallShape& shape) {
  simulator::CallOptions options;
  options.rate = shape.rate_hz;
  options.media = media_of(shape.media);
  options.variables = shape.variables;
  options.read = source_of(shape.caller);
  options.write = source_of(shape.callee);
  return options;
}

}  // namespace

bool switch_keeps_threads() {
  return false;
}

bool switch_uses_operator_new() {
  return true;
}

// Console completion uses the core's database.
switch_core_flag_t core_flags() {
  return SCF_USE_SQL;
}

class Call::Impl {
 public:
  explicit Impl(const CallShape& shape) : call{options_of(shape)} {}
  simulator::Call call;
  std::future<void> unread;                  // waits on the session's thread for `read`
  std::optional<std::promise<void>> read{};  // destroyed first, which ends that wait too
};

Call::Call(const CallShape& shape) : impl_{std::make_unique<Impl>(shape)} {}
Call::~Call() = default;

const std::string& Call::uuid() const {
  return impl_->call.uuid();
}

std::string Call::api(const std::string& words) const {
  return contract::api(uuid() + " " + words);
}

void Call::set_variable(const std::string& name, const std::string& value) const {
  switch_channel_set_variable(impl_->call.channel(), name.c_str(), value.c_str());
}

std::string Call::variable(const std::string& name) const {
  const char* value = switch_channel_get_variable(impl_->call.channel(), name.c_str());
  return value == nullptr ? "" : value;
}

void Call::callee_says(const Speech& speech) {
  impl_->call.set_write_source(source_of(speech));
}

void Call::bridge(bool on) {
  callee_says(on ? Speech::silence() : Speech::nobody());
}

void Call::hold(bool on) {
  impl_->call.hold(on);
}

void Call::answer() {
  impl_->call.answer();
}

void Call::pre_answer() {
  switch_channel_pre_answer(impl_->call.channel());
}

void Call::set_read(bool on) {
  if (on) {
    impl_->read.reset();
    impl_->unread.wait();
    return;
  }
  impl_->read.emplace();
  std::promise<void> stopped;
  auto has_stopped = stopped.get_future();
  impl_->unread = std::async(std::launch::async,
                             [&call = impl_->call, read = impl_->read->get_future().share(),
                              stopped = std::make_shared<std::promise<void>>(std::move(stopped))] {
                               call.run_on_session_thread([read, stopped] {
                                 stopped->set_value();
                                 read.wait();
                               });
                             });
  has_stopped.wait();
}

void Call::push_read_codec(std::uint32_t rate_hz) {
  impl_->call.push_read_codec(rate_hz);
}

void Call::pop_read_codec() {
  impl_->call.pop_read_codec();
}

void Call::pass_codec_through() {
  impl_->call.set_codec(8000, 20, 1, "G729");
}

void Call::run_application(const std::string& name, const std::string& data) {
  impl_->call.run_application(name, data);
}

void Call::hangup() {
  if (impl_->read) set_read(true);
  impl_->call.hangup();
}

}  // namespace contract
