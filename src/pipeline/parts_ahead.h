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
#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/folder.h"

namespace fruits {

class PartsAhead {
 public:
  static constexpr std::size_t kAhead = 4;

  // `check` is asked about each part in its thread; its error is the part's.
  using Check = std::function<Status(const std::string& name, const FeaturePart& part)>;

  PartsAhead(const Folder& folder, const std::vector<std::string>& names, PartColumns columns,
             Check check = {})
      : folder_(folder), names_(names), columns_(columns), check_(std::move(check)) {}

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
      return Guard([&]() -> Result<FeaturePart> {
        FRUITS_TRY(FeaturePart part, ReadFeaturePart(folder_, name, columns_));
        if (check_) FRUITS_CHECK(check_(name, part));
        return part;
      });
    }));
  }

  const Folder& folder_;
  const std::vector<std::string> names_;
  const PartColumns columns_;
  const Check check_;
  std::size_t begun_ = 0;
  std::deque<std::future<Result<FeaturePart>>> reading_;  // their destruction waits
};

}  // namespace fruits
