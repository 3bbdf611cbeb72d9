#include "completion.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "c_memory.hpp"
#include "simulator/core.hpp"
#include "switch.h"

namespace {

using Words = std::vector<std::string>;
constexpr std::size_t kMostWords = 10;

struct Completion {
  std::mutex mutex;
  std::vector<Words> lines;
  std::map<std::string, switch_console_complete_callback_t> functions;
};

Completion& completion() {
  static Completion instance;
  return instance;
}

Words split(const char* text) {
  std::istringstream in(text);
  Words words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

switch_status_t list_uuid(const char*, const char* last_word,
                          switch_console_callback_match_t** matches) {
  switch_console_callback_match_t* all = switch_core_session_findall();
  if (all == nullptr) return SWITCH_STATUS_FALSE;
  const std::string start = last_word == nullptr ? "" : last_word;
  for (const auto* node = all->head; node != nullptr; node = node->next) {
    if (std::string(node->val).starts_with(start)) switch_console_push_match(matches, node->val);
  }
  switch_console_free_matches(&all);
  return *matches == nullptr ? SWITCH_STATUS_FALSE : SWITCH_STATUS_SUCCESS;
}

template <typename Plain>
Plain* zeroed() {
  return static_cast<Plain*>(std::calloc(1, sizeof(Plain)));  // NOLINT: the C side frees it
}

}  // namespace

std::size_t simulator::completions_registered() {
  const std::lock_guard lock(completion().mutex);
  return completion().lines.size();
}

void simulator::start_completion() {
  switch_console_add_complete_func("::console::list_uuid", list_uuid);
}

void simulator::forget_completions() {
  const std::lock_guard lock(completion().mutex);
  completion().lines.clear();
  completion().functions.clear();
}

std::vector<std::string> simulator::completions() {
  const std::lock_guard lock(completion().mutex);
  std::vector<std::string> lines;
  for (const Words& words : completion().lines) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
    lines.push_back(line);
  }
  return lines;
}

switch_status_t switch_console_set_complete(const char* string) {
  if ((switch_core_flags() & SCF_USE_SQL) == 0 || string == nullptr) return SWITCH_STATUS_FALSE;
  Words words = split(string);
  if (words.empty()) return SWITCH_STATUS_FALSE;
  const std::string verb = words.front();
  words.erase(words.begin());
  if (words.size() > kMostWords) words.resize(kMostWords);

  const std::lock_guard lock(completion().mutex);
  if (verb == "add" || verb == "stickyadd") {
    completion().lines.push_back(words);
    return SWITCH_STATUS_SUCCESS;
  }
  if (verb != "del" || words.empty()) return SWITCH_STATUS_FALSE;
  std::erase_if(completion().lines, [&](const Words& line) {
    return words.front() == "*" ||
           (words.size() <= line.size() && std::equal(words.begin(), words.end(), line.begin()));
  });
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_console_add_complete_func(const char* name,
                                                 switch_console_complete_callback_t cb) {
  const std::lock_guard lock(completion().mutex);
  completion().functions[name] = cb;
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_console_del_complete_func(const char* name) {
  const std::lock_guard lock(completion().mutex);
  completion().functions.erase(name);
  return SWITCH_STATUS_SUCCESS;
}

switch_status_t switch_console_run_complete_func(const char* func, const char* line,
                                                 const char* last_word,
                                                 switch_console_callback_match_t** matches) {
  const std::lock_guard lock(completion().mutex);  // held during the call, as in the real core
  const auto found = completion().functions.find(func);
  if (found == completion().functions.end()) return SWITCH_STATUS_FALSE;
  return found->second(line, last_word, matches);
}

void switch_console_push_match(switch_console_callback_match_t** matches, const char* new_val) {
  if (*matches == nullptr) *matches = zeroed<switch_console_callback_match_t>();
  auto* node = zeroed<switch_console_callback_match_node_t>();
  node->val = simulator::c_string(new_val).release();
  if ((*matches)->head == nullptr) {
    (*matches)->head = node;
  } else {
    (*matches)->end->next = node;
  }
  (*matches)->end = node;
  ++(*matches)->count;
}

void switch_console_free_matches(switch_console_callback_match_t** matches) {
  using simulator::FreeMemory;
  if (*matches == nullptr) return;
  const std::unique_ptr<switch_console_callback_match_t, FreeMemory> dying(*matches);
  *matches = nullptr;
  for (auto* node = dying->head; node != nullptr;) {
    const std::unique_ptr<switch_console_callback_match_node_t, FreeMemory> current(node);
    const simulator::CString value(node->val);
    node = node->next;
  }
}
