#include "stream/registry.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "stream/engine_fixture.hpp"

namespace audio_stream::stream {
namespace {

using Names = std::vector<std::string>;

/// Streams need an engine. The registry under test is another one.
class RegistryTest : public test::EngineTest {
 protected:
  std::shared_ptr<Stream> stream(const std::string& call, const std::string& name) {
    auto made = engine_->create({call, name}, options("ws://127.0.0.1/"), 8000,
                                std::make_unique<test::FakeCall::Port>(call_));
    EXPECT_TRUE(made);
    engine_->discard(*made);
    return *made;
  }

  test::FakeCall& call_ = call("call");
  void TearDown() override {
    registry_.reset();  // streams must not outlive their engine
    EngineTest::TearDown();
  }

  std::unique_ptr<Registry> registry_ = std::make_unique<Registry>();
};

TEST_F(RegistryTest, FindsAStreamByItsCallAndName) {
  const auto one = stream("a", "x");
  const auto two = stream("b", "x");
  EXPECT_TRUE(registry_->add(one));
  EXPECT_TRUE(registry_->add(two));
  EXPECT_EQ(registry_->find("a", "x"), one);
  EXPECT_EQ(registry_->find("b", "x"), two);
  EXPECT_EQ(registry_->find("a", "y"), nullptr);
  EXPECT_EQ(registry_->find("x", "a"), nullptr);
  EXPECT_EQ(registry_->find("", ""), nullptr);
}

TEST_F(RegistryTest, ANameInUseIsRefused) {
  const auto one = stream("a", "x");
  EXPECT_TRUE(registry_->add(one));
  EXPECT_FALSE(registry_->add(stream("a", "x")));
  EXPECT_EQ(registry_->find("a", "x"), one);
}

TEST_F(RegistryTest, OnlyOneTakeOfANameSucceeds) {
  const auto one = stream("a", "x");
  registry_->add(one);
  EXPECT_EQ(registry_->take("a", "x"), one);
  EXPECT_EQ(registry_->take("a", "x"), nullptr);
  EXPECT_EQ(registry_->find("a", "x"), nullptr);
  EXPECT_TRUE(registry_->add(stream("a", "x")));
}

TEST_F(RegistryTest, AnEndedStreamDoesNotRemoveItsSuccessor) {
  const auto former = stream("a", "x");
  const auto successor = stream("a", "x");
  registry_->add(former);
  registry_->take("a", "x");
  registry_->add(successor);
  registry_->remove(former);
  EXPECT_EQ(registry_->find("a", "x"), successor);
  registry_->remove(successor);
  EXPECT_EQ(registry_->find("a", "x"), nullptr);
  registry_->remove(successor);
}

TEST_F(RegistryTest, NamesAreThoseOfTheCallInOrder) {
  for (const auto& [call, name] :
       {std::pair{"b", "two"}, std::pair{"b", "one"}, std::pair{"a", "x"}, std::pair{"bb", "y"},
        std::pair{"c", "z"}}) {
    registry_->add(stream(call, name));
  }
  EXPECT_EQ(registry_->names("b"), (Names{"one", "two"}));
  EXPECT_EQ(registry_->names("a"), Names{"x"});
  EXPECT_TRUE(registry_->names("d").empty());
}

TEST_F(RegistryTest, OnlyOneOfManyThreadsTakesAName) {
  for (int round = 0; round < 50; ++round) {
    registry_->add(stream("a", "x"));
    std::atomic<int> got{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        if (registry_->take("a", "x")) ++got;
      });
    }
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(got.load(), 1);
  }
}

}  // namespace
}  // namespace audio_stream::stream
