// Reading configuration files.
#include <filesystem>
#include <fstream>

#include "fixture.hpp"

namespace simulator::testing {
namespace {

/// A configuration directory that goes away again.
class ConfDir {
 public:
  ConfDir() : path(std::filesystem::temp_directory_path() / unique()) {
    std::filesystem::create_directories(path / "autoload_configs");
  }
  ~ConfDir() { std::filesystem::remove_all(path); }
  ConfDir(const ConfDir&) = delete;
  ConfDir& operator=(const ConfDir&) = delete;
  void write(const char* file, const char* text) const {
    std::ofstream(path / "autoload_configs" / file) << text;
  }
  const std::filesystem::path path;

 private:
  static std::string unique() {
    std::array<char, SWITCH_UUID_FORMATTED_LENGTH + 1> text{};
    return switch_uuid_str(text.data(), text.size());
  }
};

TEST(Xml, OpensAConfiguration) {
  const ConfDir conf;
  conf.write("audio_stream.conf.xml", R"(<configuration name="audio_stream.conf" description="d">
      <settings>
        <param name="a" value="1"/>
        <other/>
        <param name="b" value="$${place}"/>
      </settings>
      <text>hello &amp; bye</text>
    </configuration>)");
  CoreOptions options;
  options.conf_dir = conf.path;
  const Core core(options);
  switch_core_set_variable("place", "here");

  switch_xml_t node = nullptr;
  switch_xml_t root = switch_xml_open_cfg("audio_stream.conf", &node, nullptr);
  ASSERT_NE(root, nullptr);
  ASSERT_NE(node, nullptr);
  switch_xml_t settings = switch_xml_child(node, "settings");
  std::vector<std::string> seen;
  for (switch_xml_t param = switch_xml_child(settings, "param"); param != nullptr;
       param = switch_xml_next(param)) {
    seen.push_back(std::string(switch_xml_attr_soft(param, "name")) + "=" +
                   switch_xml_attr_soft(param, "value"));
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a=1", "b=here"}));
  EXPECT_STREQ(switch_xml_txt(switch_xml_child(node, "text")), "hello & bye");
  EXPECT_STREQ(switch_xml_attr_soft(node, "absent"), "");
  EXPECT_EQ(switch_xml_attr(node, "absent"), nullptr);
  EXPECT_EQ(switch_xml_child(node, "absent"), nullptr);
  EXPECT_EQ(switch_xml_child(nullptr, "absent"), nullptr);
  EXPECT_STREQ(switch_xml_attr(switch_xml_find_child(settings, "param", "name", "b"), "value"),
               "here");
  switch_xml_free(root);
}

TEST(Xml, FindsNothingWhereThereIsNothing) {
  const ConfDir conf;
  conf.write("broken.conf.xml", "<configuration name='broken.conf'><oops>");
  CoreOptions options;
  options.conf_dir = conf.path;
  const Core core(options);
  switch_xml_t node = nullptr;
  EXPECT_EQ(switch_xml_open_cfg("absent.conf", &node, nullptr), nullptr);
  EXPECT_EQ(switch_xml_open_cfg("broken.conf", &node, nullptr), nullptr);
  EXPECT_EQ(node, nullptr);
}

TEST(Xml, KeepsFilesInMemoryUntilTheyAreReadAnew) {
  const auto description = [] {
    switch_xml_t node = nullptr;
    switch_xml_t root = switch_xml_open_cfg("a.conf", &node, nullptr);
    const std::string text = switch_xml_attr_soft(node, "description");
    switch_xml_free(root);
    return text;
  };
  const ConfDir conf;
  conf.write("a.conf.xml", "<configuration name='a.conf' description='first'/>");
  CoreOptions options;
  options.conf_dir = conf.path;
  const Core core(options);
  const char* error = nullptr;
  EXPECT_EQ(description(), "first");
  conf.write("a.conf.xml", "<configuration name='a.conf' description='second'/>");
  EXPECT_EQ(description(), "first");
  EXPECT_EQ(switch_xml_reload(&error), SWITCH_STATUS_SUCCESS);
  EXPECT_EQ(description(), "second");
  conf.write("a.conf.xml", "<configuration name='a.conf'><oops>");
  EXPECT_EQ(switch_xml_reload(&error), SWITCH_STATUS_GENERR);
  EXPECT_EQ(std::string{error}.substr(0, 18), "[error near line 1");
  EXPECT_EQ(description(), "second");
}

}  // namespace
}  // namespace simulator::testing
