// The names of a folder while nobody else writes there: listed once, kept up by what is written and removed.
//
//   names.Begin(listed);
//   names.Add("features/part");
//   if (auto known = names.Contains("run.json")) ...   // none: ask the server
//
// Threads: any. Memory: the names, some 100 bytes each.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fruits::io {

class KnownNames {
 public:
  // From now on they are known.
  void Begin(std::vector<std::string> names) {
    const std::lock_guard lock(mutex_);
    names_ = std::set<std::string, std::less<>>(names.begin(), names.end());
  }
  void End() {
    const std::lock_guard lock(mutex_);
    names_.reset();
  }
  void Add(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (names_) names_->emplace(name);
  }
  void Remove(std::string_view name) {
    const std::lock_guard lock(mutex_);
    if (names_) names_->erase(std::string(name));
  }
  std::optional<bool> Contains(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    return names_ ? std::optional(names_->contains(name)) : std::nullopt;
  }
  std::optional<std::vector<std::string>> Below(std::string_view prefix) const {
    const std::lock_guard lock(mutex_);
    if (!names_) return std::nullopt;
    std::vector<std::string> names;
    for (auto name = names_->lower_bound(prefix); name != names_->end() && name->starts_with(prefix); ++name)
      names.push_back(*name);
    return names;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<std::set<std::string, std::less<>>> names_;
};

}  // namespace fruits::io
