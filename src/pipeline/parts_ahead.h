// The parts of a folder one after the other, the next few of them read meanwhile: in a bucket reading is
// mostly waiting.
//
//   PartsAhead parts(folder, names, PartColumns::kRows);
//   for (const std::string& name : names) auto part = parts.Next();
//
// Threads: one user; it has some of its own. Memory: kAhead parts of those columns, and their files while
// they are read.
#pragma once

#include <cstddef>
#include <deque>
#include <future>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/guard.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/folder.h"

namespace fruits {

class PartsAhead {
 public:
  static constexpr std::size_t kAhead = 4;

  PartsAhead(const Folder& folder, const std::vector<std::string>& names, PartColumns columns)
      : folder_(folder), names_(names), columns_(columns) {}

  // As ReadFeaturePart of the next name; not beyond the last.
  Result<FeaturePart> Next() {
    while (begun_ < names_.size() && reading_.size() < kAhead) Begin(names_[begun_++]);
    Result<FeaturePart> part = reading_.front().get();
    reading_.pop_front();
    return part;
  }

 private:
  void Begin(const std::string& name) {
    reading_.push_back(std::async(std::launch::async, [this, name] {
      return Guard([&] { return ReadFeaturePart(folder_, name, columns_); });
    }));
  }

  const Folder& folder_;
  const std::vector<std::string> names_;
  const PartColumns columns_;
  std::size_t begun_ = 0;
  std::deque<std::future<Result<FeaturePart>>> reading_;  // their destruction waits
};

}  // namespace fruits
