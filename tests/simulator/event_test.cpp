// Events: headers, delivery, subclasses.
#include <future>

#include "fixture.hpp"

namespace simulator::testing {
namespace {

class Events : public CoreTest {
 protected:
  static switch_event_t* custom(const char* subclass = "test::event") {
    switch_event_t* event = nullptr;
    switch_event_create_subclass(&event, SWITCH_EVENT_CUSTOM, subclass);
    return event;
  }
};

/// Collects what is delivered while it lives.
class Listener {
 public:
  explicit Listener(const char* subclass, switch_event_types_t id = SWITCH_EVENT_CUSTOM) {
    switch_event_bind_removable("test", id, subclass, on_event, this, &node_);
  }
  ~Listener() { switch_event_unbind(&node_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  std::vector<std::string> bodies;
  std::vector<std::string> values;  // of the header "n"
  std::thread::id thread;

 private:
  static void on_event(switch_event_t* event) {
    auto& self = *static_cast<Listener*>(event->bind_user_data);
    self.thread = std::this_thread::get_id();
    self.bodies.emplace_back(switch_str_nil(switch_event_get_body(event)));
    self.values.emplace_back(switch_event_get_header_nil(event, "n"));
  }
  switch_event_node_t* node_ = nullptr;
};

TEST_F(Events, KnowHeadersWhateverTheirCase) {
  switch_event_t* event = custom();
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "Stream-Name", "one");
  switch_event_add_header(event, SWITCH_STACK_BOTTOM, "Count", "%d", 7);
  EXPECT_STREQ(switch_event_get_header(event, "stream-name"), "one");
  EXPECT_STREQ(switch_event_get_header(event, "COUNT"), "7");
  EXPECT_STREQ(switch_event_get_header(event, "Event-Name"), "CUSTOM");
  EXPECT_STREQ(switch_event_get_header(event, "Event-Subclass"), "test::event");
  EXPECT_EQ(switch_event_get_header(event, "absent"), nullptr);
  switch_event_destroy(&event);
  EXPECT_EQ(event, nullptr);
}

TEST_F(Events, KeepRepeatedHeadersAndFindTheFirst) {
  switch_event_t* event = custom();
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "x", "1");
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "X", "2");
  EXPECT_STREQ(switch_event_get_header(event, "x"), "1");
  int count = 0;
  for (auto* header = event->headers; header != nullptr; header = header->next) {
    if (strcasecmp(header->name, "x") == 0) ++count;
  }
  EXPECT_EQ(count, 2);
  EXPECT_EQ(switch_event_del_header(event, "x"), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_event_get_header(event, "x"), nullptr);
  switch_event_destroy(&event);
}

TEST_F(Events, LoseAHeaderSetToNothing) {
  switch_event_t* event = custom();
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "x", "1");
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "x", "");
  EXPECT_EQ(switch_event_get_header(event, "x"), nullptr);
  EXPECT_EQ(switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "x", nullptr),
            SWITCH_STATUS_GENERR);
  switch_event_destroy(&event);
}

TEST_F(Events, PushValuesIntoAnArray) {
  switch_event_t* event = custom();
  switch_event_add_header_string(event, SWITCH_STACK_PUSH, "x", "1");
  switch_event_add_header_string(event, SWITCH_STACK_PUSH, "x", "2");
  EXPECT_STREQ(switch_event_get_header(event, "x"), "ARRAY::1|:2");
  EXPECT_STREQ(switch_event_get_header_idx(event, "x", 1), "2");
  EXPECT_EQ(switch_event_get_header_idx(event, "x", 2), nullptr);
  switch_event_destroy(&event);
}

TEST_F(Events, AreCopiedWhole) {
  switch_event_t* event = custom();
  switch_event_add_header_string(event, SWITCH_STACK_BOTTOM, "x", "1");
  switch_event_add_header_string(event, SWITCH_STACK_PUSH, "list", "a");
  switch_event_add_header_string(event, SWITCH_STACK_PUSH, "list", "b");
  switch_event_add_body(event, "%s", "text with 100%");
  switch_event_t* copy = nullptr;
  ASSERT_EQ(switch_event_dup(&copy, event), SWITCH_STATUS_SUCCESS);
  switch_event_destroy(&event);
  EXPECT_EQ(copy->event_id, SWITCH_EVENT_CUSTOM);
  EXPECT_STREQ(copy->subclass_name, "test::event");
  EXPECT_STREQ(switch_event_get_header(copy, "x"), "1");
  EXPECT_STREQ(switch_event_get_header_idx(copy, "list", 1), "b");
  EXPECT_STREQ(switch_event_get_body(copy), "text with 100%");
  switch_event_destroy(&copy);
}

TEST_F(Events, HaveASubclassOnlyWhenCustom) {
  switch_event_t* event = nullptr;
  EXPECT_EQ(switch_event_create_subclass(&event, SWITCH_EVENT_CHANNEL_HANGUP, "x"),
            SWITCH_STATUS_GENERR);
  EXPECT_EQ(event, nullptr);
}

TEST_F(Events, ArriveInOrderOnAnotherThread) {
  Listener listener("test::event");
  for (int i = 0; i < 500; ++i) {
    switch_event_t* event = custom();
    switch_event_add_header(event, SWITCH_STACK_BOTTOM, "n", "%d", i);
    EXPECT_EQ(switch_event_fire(&event), SWITCH_STATUS_SUCCESS);
    EXPECT_EQ(event, nullptr);
  }
  wait_for_events();
  ASSERT_EQ(listener.values.size(), 500U);
  for (std::size_t i = 0; i < 500; ++i) EXPECT_EQ(listener.values[i], std::to_string(i));
  EXPECT_NE(listener.thread, std::this_thread::get_id());
}

TEST_F(Events, ReachOnlyWhoWantsThem) {
  Listener mine("test::event");
  Listener other("test::other");
  Listener any(nullptr);
  Listener everything(nullptr, SWITCH_EVENT_ALL);
  switch_event_t* event = custom();
  switch_event_fire(&event);
  wait_for_events();
  EXPECT_EQ(mine.bodies.size(), 1U);
  EXPECT_EQ(other.bodies.size(), 0U);
  EXPECT_EQ(any.bodies.size(), 1U);
  EXPECT_GE(everything.bodies.size(), 1U);
}

TEST_F(Events, BlockWhoFiresIntoAFullQueue) {
  std::promise<void> gate;
  std::shared_future<void> opened = gate.get_future().share();
  switch_event_node_t* node = nullptr;
  switch_event_bind_removable(
      "test", SWITCH_EVENT_CUSTOM, "test::gate",
      [](switch_event_t* event) {
        static_cast<std::shared_future<void>*>(event->bind_user_data)->wait();
      },
      &opened, &node);
  switch_event_t* first = custom("test::gate");
  switch_event_fire(&first);
  std::atomic<int> fired{0};
  std::thread flood([&] {
    for (int i = 0; i < 10100; ++i) {
      switch_event_t* event = custom();
      switch_event_fire(&event);  // NOLINT(bugprone-lambda-function-name)
      ++fired;
    }
  });
  while (fired < 9990) std::this_thread::yield();
  EXPECT_LE(fired, 10001);
  gate.set_value();
  flood.join();
  EXPECT_EQ(fired, 10100);
  wait_for_events();
  switch_event_unbind(&node);
}

TEST(EventsAfterShutdown, AreDropped) {
  { const Core core; }
  switch_event_t* event = nullptr;
  switch_event_create_subclass(&event, SWITCH_EVENT_CUSTOM, "test::late");
  EXPECT_EQ(switch_event_fire(&event), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(event, nullptr);
}

TEST_F(Events, CarryTheChannelAndItsVariables) {
  CallOptions options;
  options.caller_id_number = "4711";
  options.variables = {{"colour", "green"}};
  Call call(options);
  switch_event_t* event = custom();
  switch_channel_event_set_data(call.channel(), event);
  EXPECT_STREQ(switch_event_get_header(event, "Unique-ID"), call.uuid().c_str());
  EXPECT_STREQ(switch_event_get_header(event, "Channel-Name"), "simulator/4711");
  EXPECT_STREQ(switch_event_get_header(event, "Caller-Caller-ID-Number"), "4711");
  EXPECT_STREQ(switch_event_get_header(event, "Answer-State"), "answered");
  EXPECT_STREQ(switch_event_get_header(event, "Channel-Read-Codec-Rate"), "8000");
  EXPECT_STREQ(switch_event_get_header(event, "variable_colour"), "green");
  switch_event_destroy(&event);

  switch_event_create(&event, SWITCH_EVENT_CODEC);  // no custom event: the basic set only
  switch_channel_event_set_data(call.channel(), event);
  EXPECT_STREQ(switch_event_get_header(event, "Unique-ID"), call.uuid().c_str());
  EXPECT_EQ(switch_event_get_header(event, "variable_colour"), nullptr);
  switch_event_destroy(&event);
}

TEST_F(Events, TellOfACallsLife) {
  Listener hangup(nullptr, SWITCH_EVENT_CHANNEL_HANGUP);
  Listener complete(nullptr, SWITCH_EVENT_CHANNEL_HANGUP_COMPLETE);
  Listener start(nullptr, SWITCH_EVENT_MEDIA_BUG_START);
  Listener stop(nullptr, SWITCH_EVENT_MEDIA_BUG_STOP);
  {
    Call call;
    Probe probe;
    probe.add(call.session(), 0);
    call.hangup();
  }
  wait_for_events();
  EXPECT_EQ(hangup.bodies.size(), 1U);
  EXPECT_EQ(complete.bodies.size(), 1U);
  EXPECT_EQ(start.bodies.size(), 1U);
  EXPECT_EQ(stop.bodies.size(), 1U);
}

TEST_F(Events, ReserveASubclassForOneOwner) {
  EXPECT_EQ(switch_event_reserve_subclass_detailed("a", "test::mine"), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(census().subclasses, before.subclasses + 1);
  EXPECT_EQ(switch_event_reserve_subclass_detailed("b", "test::mine"), SWITCH_STATUS_INUSE);
  EXPECT_EQ(switch_event_free_subclass_detailed("a", "test::mine"), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_event_free_subclass_detailed("a", "test::mine"), SWITCH_STATUS_FALSE);
}

TEST_F(Events, LetASubclassBeReservedThatAListenerAskedFor) {
  Listener listener("test::asked");
  EXPECT_EQ(switch_event_reserve_subclass_detailed("a", "test::asked"), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_event_reserve_subclass_detailed("b", "test::asked"), SWITCH_STATUS_INUSE);
  EXPECT_EQ(switch_event_free_subclass_detailed("a", "test::asked"), SWITCH_STATUS_FALSE)
      << "it goes back to the listener";
  EXPECT_EQ(switch_event_reserve_subclass_detailed("b", "test::asked"), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_event_free_subclass_detailed("b", "test::asked"), SWITCH_STATUS_FALSE);
}

class EventsDeathTest : public Events {};

TEST_F(EventsDeathTest, AbortWhereUnbindingInACallbackWouldDeadlock) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        static switch_event_node_t* node = nullptr;
        switch_event_bind_removable(
            "test", SWITCH_EVENT_CUSTOM, "test::event",
            [](switch_event_t*) { switch_event_unbind(&node); }, nullptr, &node);
        switch_event_t* event = custom();
        switch_event_fire(&event);
        wait_for_events();
      },
      "switch_event_unbind while this thread holds the event bindings' lock");
}

}  // namespace
}  // namespace simulator::testing
