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

/// Setup and teardown of every contract test. It loads the module and records its events. At the
/// end it unloads the module and checks that no stream, socket, thread or file of it is left.
class ContractTest : public ::testing::Test {
 protected:
  ContractTest();
  void TearDown() override;

 private:
  test::LeakWatch watch_;  // made before the module is loaded

 protected:
  EventRecorder events;
};

}  // namespace contract
