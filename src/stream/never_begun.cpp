#include "stream/never_begun.hpp"

#include "transport/errors.hpp"

namespace audio_stream::stream {
namespace {

Totals totals_of(EndReason why, std::chrono::milliseconds waited) {
  Totals totals;
  totals.reason = why;
  totals.duration = static_cast<std::uint64_t>(waited.count());
  return totals;
}

/// As in the events of a stream: only if there are several.
std::string reported_url(const control::Options& options) {
  return options.further_urls.empty() ? std::string{} : options.endpoint.url.display();
}

}  // namespace

Event never_begun(EndReason why, const control::Options& options,
                  std::chrono::milliseconds waited) {
  const transport::Closure closure{
      1006, transport::reason_of(1006) + ": stopped before the call had media", false};
  const Totals totals = totals_of(why, waited);
  return {EventKind::disconnect, disconnect_body(closure, reported_url(options), &totals), true};
}

Event never_begun(const std::string& failure, const control::Options& options,
                  std::chrono::milliseconds waited) {
  const Totals totals = totals_of(EndReason::network, waited);
  return {
      EventKind::error,
      error_body({transport::ErrorCode::timeout, 0, failure}, reported_url(options), 0, 0, &totals),
      true};
}

}  // namespace audio_stream::stream
