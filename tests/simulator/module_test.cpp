// Loading, using and unloading modules.
#include <cstdlib>
#include <thread>

#include "fixture.hpp"
#include "module_linked_in.hpp"

namespace simulator::testing {
namespace {

class Modules : public CoreTest {
 protected:
  Modules() {
    linked_in().loads = linked_in().shutdowns = linked_in().runs = 0;
    linked_in().load_result = SWITCH_STATUS_SUCCESS;
    linked_in().in_api = {};
  }
  switch_status_t load(const char* name) {
    return switch_loadable_module_load_module(MODULE_DIRECTORY, name, SWITCH_TRUE, &error);
  }
  switch_status_t unload(const char* name) {
    return switch_loadable_module_unload_module(MODULE_DIRECTORY, name, SWITCH_FALSE, &error);
  }
  const char* error = nullptr;
};

TEST_F(Modules, LoadFromTheExecutableItself) {
  ASSERT_EQ(load("mod_linked_in"), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(switch_loadable_module_exists("mod_linked_in"), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(load("mod_linked_in"), SWITCH_STATUS_FALSE);
  EXPECT_STREQ(error, "Module already loaded");
  const Reply reply = api("linked_in", "  some words \n");
  EXPECT_EQ(reply.status, SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(reply.text, "+OK [some words]\n") << "stripped of blanks around it";
  while (linked_in().runs == 0) std::this_thread::yield();
  EXPECT_EQ(unload("mod_linked_in"), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(linked_in().shutdowns, 1);
  EXPECT_EQ(linked_in().runs, 1);
  EXPECT_EQ(unload("mod_linked_in"), SWITCH_STATUS_FALSE);
  EXPECT_STREQ(error, "No such module!");
  EXPECT_EQ(api("linked_in", "").text, "INVALID COMMAND!\n");
}

TEST_F(Modules, LoadFromAFileAndStartAfreshEachTime) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(load("mod_shared"), SWITCH_STATUS_SUCCESS) << error;
    EXPECT_EQ(api("shared", "").text, "1");
    EXPECT_EQ(api("shared", "").text, "2");
    EXPECT_EQ(unload("mod_shared"), SWITCH_STATUS_SUCCESS);
  }
}

// Without the fixture, which looks at the core's pools before there is a module.
TEST(ModulesDeathTest, MayStillBeLoadedWhenTheProcessExits) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const Core core;
        const char* error = nullptr;
        const auto status =
            switch_loadable_module_load_module(MODULE_DIRECTORY, "mod_shared", SWITCH_TRUE, &error);
        std::exit(status == SWITCH_STATUS_SUCCESS ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Modules, AreRefusedWhenBuiltForAnotherSwitch) {
  EXPECT_EQ(load("mod_outdated"), SWITCH_STATUS_GENERR);
  EXPECT_STREQ(error, "module load file routine returned an error");
  EXPECT_EQ(load("mod_absent"), SWITCH_STATUS_GENERR);
}

TEST_F(Modules, AreRefusedWhenTheirLoadFails) {
  linked_in().load_result = SWITCH_STATUS_GENERR;
  EXPECT_EQ(load("mod_linked_in"), SWITCH_STATUS_GENERR);
  EXPECT_EQ(switch_loadable_module_exists("mod_linked_in"), SWITCH_STATUS_FALSE);
}

TEST_F(Modules, AreNotUnloadedWhileLocked) {
  ASSERT_EQ(load("mod_linked_in"), SWITCH_STATUS_SUCCESS);
  switch_thread_rwlock_t* lock = linked_in().module_interface->rwlock;
  switch_thread_rwlock_rdlock(lock);
  EXPECT_EQ(unload("mod_linked_in"), SWITCH_STATUS_FALSE);
  EXPECT_STREQ(error, "Module in use.");
  EXPECT_EQ(linked_in().shutdowns, 0);
  EXPECT_EQ(api("linked_in", "x").text, "+OK [x]\n") << "it goes on";
  std::thread([lock] { switch_thread_rwlock_unlock(lock); }).join();
  EXPECT_EQ(unload("mod_linked_in"), SWITCH_STATUS_SUCCESS);
}

TEST_F(Modules, AreNotUnloadedByTheirOwnCommand) {
  ASSERT_EQ(load("mod_linked_in"), SWITCH_STATUS_SUCCESS);
  switch_status_t inside = SWITCH_STATUS_SUCCESS;
  linked_in().in_api = [&] { inside = unload("mod_linked_in"); };
  api("linked_in", "x");
  EXPECT_EQ(inside, SWITCH_STATUS_FALSE);
  EXPECT_EQ(unload("mod_linked_in"), SWITCH_STATUS_SUCCESS);
}

TEST(ModulesAtShutdown, AreShutDownEvenWhenBusy) {
  linked_in().shutdowns = 0;
  linked_in().in_api = {};
  linked_in().load_result = SWITCH_STATUS_SUCCESS;
  {
    const Core core;
    const char* error = nullptr;
    switch_loadable_module_load_module("", "mod_linked_in", SWITCH_FALSE, &error);
  }
  EXPECT_EQ(linked_in().shutdowns, 1);
  EXPECT_EQ(census().modules, 0U);
}

TEST_F(Modules, ComplainOfACommandThatFails) {
  ASSERT_EQ(load("mod_linked_in"), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(api("linked_in", "fail").text, "+OK [fail]\nCOMMAND RETURNED ERROR!\n");
  EXPECT_EQ(unload("mod_linked_in"), SWITCH_STATUS_SUCCESS);
}

TEST_F(Modules, RunApplicationsOnTheSessionThread) {
  ASSERT_EQ(load("mod_linked_in"), SWITCH_STATUS_SUCCESS);
  CallOptions options;
  options.variables = {{"colour", "green"}};
  Call call(options);
  EXPECT_EQ(call.run_application("linked_in", "a ${colour} $thing ${absent}{\"j\":1}"),
            SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(linked_in().app_data, "a green $thing {\"j\":1}");
  EXPECT_EQ(linked_in().session, call.session());
  call.run_application("absent", "");
  EXPECT_TRUE(call.wait_until_over(kPatience)) << "an unknown application ends the call";
  EXPECT_EQ(call.run_application("linked_in", ""), SWITCH_STATUS_FALSE);
  EXPECT_EQ(unload("mod_linked_in"), SWITCH_STATUS_SUCCESS);
}

TEST_F(Modules, RunInTheHooksOfEarlyMediaAndOfTheAnswer) {
  ASSERT_EQ(load("mod_linked_in"), SWITCH_STATUS_SUCCESS);
  int api_calls = 0;
  linked_in().in_api = [&] { ++api_calls; };
  CallOptions options;
  options.media = Media::none;
  options.variables = {{"execute_on_media", "linked_in media"},
                       {"execute_on_answer", "linked_in answer"},
                       {"api_on_media", "linked_in x"},
                       {"api_on_answer", "linked_in x"}};
  Call call(options);
  EXPECT_EQ(switch_channel_pre_answer(call.channel()), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(linked_in().app_data, "media");
  EXPECT_EQ(api_calls, 1);
  call.answer();
  EXPECT_EQ(linked_in().app_data, "answer") << "the media was there before";
  EXPECT_EQ(api_calls, 2);
  linked_in().in_api = {};
  EXPECT_EQ(unload("mod_linked_in"), SWITCH_STATUS_SUCCESS);
}

}  // namespace
}  // namespace simulator::testing
