// Who owns which subclass of CUSTOM events.
#pragma once

#include <cstddef>

namespace simulator {

/// A binder asks for a subclass nobody has reserved yet: it is kept for whoever reserves it.
void keep_subclass_for_listener(const char* binder, const char* subclass);
std::size_t subclasses_reserved();  ///< those kept for listeners not counted
void forget_subclasses();

}  // namespace simulator
