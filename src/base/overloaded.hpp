#pragma once

namespace audio_stream::base {

/// A variant's visitor, built from one lambda for each alternative.
template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace audio_stream::base
