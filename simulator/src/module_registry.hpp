// The modules loaded, and finding what they offer.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "switch.h"

namespace simulator {

/// An interface in use: its module cannot be unloaded meanwhile.
template <typename Interface>
class InterfaceInUse {
 public:
  InterfaceInUse() = default;
  /// Takes over read locks on the module and on the interface.
  explicit InterfaceInUse(Interface* locked) : interface_(locked) {}
  ~InterfaceInUse() {
    if (interface_ == nullptr) return;
    switch_thread_rwlock_unlock(interface_->rwlock);
    switch_thread_rwlock_unlock(interface_->parent->rwlock);
  }
  InterfaceInUse(InterfaceInUse&& other) noexcept : interface_(other.interface_) {
    other.interface_ = nullptr;
  }
  InterfaceInUse(const InterfaceInUse&) = delete;
  InterfaceInUse& operator=(const InterfaceInUse&) = delete;
  InterfaceInUse& operator=(InterfaceInUse&&) = delete;
  explicit operator bool() const { return interface_ != nullptr; }
  const Interface* operator->() const { return interface_; }

 private:
  Interface* interface_ = nullptr;
};

InterfaceInUse<switch_api_interface_t> find_api(const std::string& name);
InterfaceInUse<switch_application_interface_t> find_application(const std::string& name);

std::size_t modules_loaded();
/// Shuts every module down, busy or not, and unloads it.
void shut_modules_down();

}  // namespace simulator
