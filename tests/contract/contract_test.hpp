#pragma once

#include <gtest/gtest.h>

#include "call.hpp"
#include "recorder.hpp"
#include "support/leak_watch.hpp"
#include "support/raw_server.hpp"
#include "support/signal.hpp"
#include "support/web_socket_server.hpp"
#include "switch_host.hpp"

namespace contract {

inline constexpr const char* kOk = "+OK Success\n";

/// What every contract test begins and ends with: the module is loaded, events are taken down, and
/// when the module is unloaded again nothing of it may be left: no stream, socket, thread or file.
class ContractTest : public ::testing::Test {
 protected:
  ContractTest();
  void TearDown() override;

 private:
  test::LeakWatch watch_;  // begins before the module is loaded

 protected:
  EventRecorder events;
};

}  // namespace contract
