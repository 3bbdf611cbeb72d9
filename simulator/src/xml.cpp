// Configuration files, read with expat.
#include <expat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "global_variables.hpp"
#include "switch.h"
#include "xml.hpp"

namespace {

struct Node : switch_xml {
  Node(const char* tag, const char** attributes) : switch_xml{}, tag_text(tag) {
    for (; *attributes != nullptr; ++attributes) attribute_texts.emplace_back(*attributes);
    for (std::string& text : attribute_texts) attribute_pointers.push_back(text.data());
    attribute_pointers.push_back(nullptr);
    name = tag_text.data();
    attr = attribute_pointers.data();
    txt = content.data();
  }
  std::string tag_text;
  std::vector<std::string> attribute_texts;
  std::vector<char*> attribute_pointers;
  std::string content;
  std::size_t offset = 0;  // in the parent's content
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char character : text) {
    if (character == '&') {
      out += "&amp;";
    } else if (character == '<') {
      out += "&lt;";
    } else if (character == '>') {
      out += "&gt;";
    } else if (character == '"') {
      out += "&quot;";
    } else {
      out += character;
    }
  }
  return out;
}

/// Appends the element as XML.
void write(const Node& node, std::string& out) {
  out += "<" + node.tag_text;
  for (std::size_t i = 0; i + 1 < node.attribute_texts.size(); i += 2) {
    out += " " + node.attribute_texts[i] + "=\"" + escaped(node.attribute_texts[i + 1]) + "\"";
  }
  out += ">";
  const std::string_view content{node.content};
  std::size_t written = 0;
  for (switch_xml_t child = node.child; child != nullptr; child = child->ordered) {
    const auto& element = static_cast<const Node&>(*child);
    out += escaped(content.substr(written, element.offset - written));
    written = element.offset;
    write(element, out);
  }
  out += escaped(content.substr(written)) + "</" + node.tag_text + ">";
}

/// Owns a tree.
struct Document {
  std::vector<std::unique_ptr<Node>> nodes;
  std::vector<Node*> open;

  void begin(const char* tag, const char** attributes) {
    nodes.push_back(std::make_unique<Node>(tag, attributes));
    Node* node = nodes.back().get();
    if (!open.empty()) link(*open.back(), node);
    open.push_back(node);
  }

 private:
  static void link(Node& parent, Node* node) {
    node->parent = &parent;
    node->offset = parent.content.size();
    if (parent.child == nullptr) {
      parent.child = node;
      return;
    }
    switch_xml_t last = parent.child;
    while (last->ordered != nullptr) last = last->ordered;
    last->ordered = node;
    // `sibling` joins the first of each name, `next` those of one name.
    for (switch_xml_t head = parent.child;; head = head->sibling) {
      if (std::strcmp(head->name, node->name) == 0) {
        while (head->next != nullptr) head = head->next;
        head->next = node;
        return;
      }
      if (head->sibling == nullptr) {
        head->sibling = node;
        return;
      }
    }
  }
};

struct Trees {
  std::mutex mutex;
  std::map<switch_xml_t, std::unique_ptr<Document>> open;
};

Trees& trees() {
  static Trees instance;
  return instance;
}

struct FreeParser {
  void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
};

Document& document_of(void* data) {
  return *static_cast<Document*>(data);
}

/// "error" gets what is wrong with the text.
std::unique_ptr<Document> parse(const std::string& text, const std::string& file,
                                std::string* error = nullptr) {
  auto document = std::make_unique<Document>();
  const std::unique_ptr<std::remove_pointer_t<XML_Parser>, FreeParser> parser(
      XML_ParserCreate("UTF-8"));
  XML_SetUserData(parser.get(), document.get());
  XML_SetElementHandler(
      parser.get(),
      [](void* data, const char* tag, const char** attributes) {
        document_of(data).begin(tag, attributes);
      },
      [](void* data, const char*) {
        Node& node = *document_of(data).open.back();
        node.txt = node.content.data();
        document_of(data).open.pop_back();
      });
  XML_SetCharacterDataHandler(parser.get(), [](void* data, const char* content, int length) {
    document_of(data).open.back()->content.append(content, static_cast<std::size_t>(length));
  });
  if (XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), 1) == XML_STATUS_ERROR) {
    switch_log_printf(SWITCH_CHANNEL_LOG, SWITCH_LOG_ERROR, "Error in %s, line %lu: %s\n",
                      file.c_str(), XML_GetCurrentLineNumber(parser.get()),
                      XML_ErrorString(XML_GetErrorCode(parser.get())));
    if (error != nullptr) {
      *error = "[error near line " + std::to_string(XML_GetCurrentLineNumber(parser.get())) +
               "]: " + XML_ErrorString(XML_GetErrorCode(parser.get()));
    }
    return nullptr;
  }
  return document;
}

/// $${name} stands for a global variable, as the real core's preprocessor has it.
std::string preprocessed(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const auto start = text.find("$${", at);
    const auto end = start == std::string::npos ? start : text.find('}', start);
    if (end == std::string::npos) return out + text.substr(at);
    out += text.substr(at, start - at);
    out += simulator::global_variable(text.substr(start + 3, end - start - 3)).value_or("");
    at = end + 1;
  }
}

/// The text of each configuration file when it was read; nothing for a file that did not exist.
struct Files {
  std::mutex mutex;
  std::map<std::filesystem::path, std::optional<std::string>> texts;
};

Files& files() {
  static Files instance;
  return instance;
}

std::optional<std::string> on_disk(const std::filesystem::path& file) {
  const std::ifstream in(file);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::optional<std::string> in_memory(const std::filesystem::path& file) {
  const std::lock_guard lock(files().mutex);
  const auto found = files().texts.find(file);
  if (found != files().texts.end()) return found->second;
  return files().texts.emplace(file, on_disk(file)).first->second;
}

switch_xml_t kept(std::unique_ptr<Document> document) {
  if (!document) return nullptr;
  switch_xml_t root = document->nodes.front().get();
  const std::lock_guard lock(trees().mutex);
  trees().open.emplace(root, std::move(document));
  return root;
}

switch_xml_t find_configuration(switch_xml_t node, const char* name) {
  if (std::strcmp(node->name, "configuration") == 0 &&
      std::strcmp(switch_xml_attr_soft(node, "name"), name) == 0) {
    return node;
  }
  for (switch_xml_t child = node->child; child != nullptr; child = child->ordered) {
    if (switch_xml_t found = find_configuration(child, name)) return found;
  }
  return nullptr;
}

}  // namespace

void simulator::forget_configuration_files() {
  const std::lock_guard lock(files().mutex);
  files().texts.clear();
}

switch_xml_t switch_xml_parse_file_simple(const char* file) {
  const auto text = on_disk(file);
  return text ? kept(parse(preprocessed(*text), file)) : nullptr;
}

switch_status_t switch_xml_reload(const char** err) {
  static thread_local std::string error;
  const std::lock_guard lock(files().mutex);
  for (const auto& [file, text] : files().texts) {
    const auto now = on_disk(file);
    if (now && !parse(preprocessed(*now), file, &error)) {
      *err = error.c_str();
      return SWITCH_STATUS_GENERR;
    }
  }
  files().texts.clear();
  *err = "Success";
  return SWITCH_STATUS_SUCCESS;
}

switch_xml_t switch_xml_open_cfg(const char* file_path, switch_xml_t* node, switch_event_t*) {
  *node = nullptr;
  if (zstr(SWITCH_GLOBAL_dirs.conf_dir)) return nullptr;
  const std::filesystem::path conf = SWITCH_GLOBAL_dirs.conf_dir;
  const std::string name = file_path;
  for (const auto& file : {conf / "autoload_configs" / (name + ".xml"), conf / (name + ".xml"),
                           conf / "freeswitch.xml"}) {
    const auto text = in_memory(file);
    switch_xml_t root = text ? kept(parse(preprocessed(*text), file)) : nullptr;
    if (root == nullptr) continue;
    *node = find_configuration(root, file_path);
    if (*node != nullptr) return root;
    switch_xml_free(root);
  }
  return nullptr;
}

switch_xml_t switch_xml_child(switch_xml_t xml, const char* name) {
  switch_xml_t child = xml == nullptr ? nullptr : xml->child;
  while (child != nullptr && std::strcmp(child->name, name) != 0) child = child->sibling;
  return child;
}

switch_xml_t switch_xml_find_child(switch_xml_t node, const char* childname, const char* attrname,
                                   const char* value) {
  switch_xml_t child = switch_xml_child(node, childname);
  if (attrname == nullptr || value == nullptr) return child;
  while (child != nullptr && strcasecmp(switch_xml_attr_soft(child, attrname), value) != 0) {
    child = child->next;
  }
  return child;
}

const char* switch_xml_attr(switch_xml_t xml, const char* attr) {
  if (xml == nullptr || attr == nullptr) return nullptr;
  for (char** each = xml->attr; *each != nullptr; each += 2) {
    if (std::strcmp(each[0], attr) == 0) return each[1];
  }
  return nullptr;
}

const char* switch_xml_attr_soft(switch_xml_t xml, const char* attr) {
  const char* value = switch_xml_attr(xml, attr);
  return value == nullptr ? "" : value;
}

char* switch_xml_toxml(switch_xml_t xml, switch_bool_t prn_header) {
  std::string text = prn_header == SWITCH_TRUE ? "<?xml version=\"1.0\"?>\n" : "";
  if (xml != nullptr) write(static_cast<const Node&>(*xml), text);
  return strdup(text.c_str());
}

void switch_xml_free(switch_xml_t xml) {
  const std::lock_guard lock(trees().mutex);
  trees().open.erase(xml);
}
