#include "switch_thread.hpp"

#include <cstddef>
#include <stdexcept>
#include <utility>

#include "simulator/core.hpp"
#include "switch.h"
#include "violation.hpp"

namespace simulator {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kSanitizerFactor = 4;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
constexpr std::size_t kSanitizerFactor = 4;
#else
constexpr std::size_t kSanitizerFactor = 1;
#endif
#else
constexpr std::size_t kSanitizerFactor = 1;
#endif
constexpr std::size_t kStackBytes = kSanitizerFactor * SWITCH_THREAD_STACKSIZE;

}  // namespace

SwitchThread::SwitchThread(std::function<void()> task) : task_(std::move(task)) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  const int result = pthread_create(&thread_, &attributes, &SwitchThread::run, this);
  pthread_attr_destroy(&attributes);
  if (result != 0) throw std::runtime_error("no thread to be had");
}

SwitchThread::~SwitchThread() {
  pthread_join(thread_, nullptr);
}

void* SwitchThread::run(void* self) {
  guarded("a thread of the switch", [self] { static_cast<SwitchThread*>(self)->task_(); });
  return nullptr;
}

void on_switch_thread(const std::function<void()>& task) {
  const SwitchThread thread(task);
}

}  // namespace simulator
