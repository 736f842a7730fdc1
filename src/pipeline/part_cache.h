// The last few feature parts that were read, by number: rows asked for in catalog order find their part here.
// Asked once for each of its good rows, a part goes when it has been used up: where parts do not interleave,
// one is held. Where nearly all rows are asked for in catalog order, the next kAhead parts are read
// meanwhile, the first ones from the start. Threads: one user, and kAhead of its own. Memory: kCachedBytes of
// features and what belongs to them, or one part; and the parts read ahead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <future>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/folder.h"

namespace fruits {

class PartCache {
 public:
  enum class Order { kAny, kCatalog };
  // `names` may grow while this lives.
  PartCache(const Folder& folder, const std::vector<std::string>& names, PartColumns columns, Order order)
      : folder_(folder),
        names_(names),
        columns_(columns),
        ahead_end_(order == Order::kCatalog ? names.size() : 0) {
    ReadAhead();
  }
  Result<const FeaturePart*> Get(std::uint32_t part);  // good until the next Get

 private:
  // A handful of whole parts, or many small ones of runs that each brought a few photos.
  static constexpr std::size_t kCachedBytes = 32 << 20;
  static constexpr std::size_t kAhead = 2;
  static std::size_t BytesOf(const FeaturePart& part);
  const Folder& folder_;
  const std::vector<std::string>& names_;
  const PartColumns columns_;
  struct Cached {
    std::uint32_t number = 0;
    std::size_t asked = 0;
    FeaturePart part;
  };
  Result<FeaturePart> Read(std::uint32_t part);
  void ReadAhead();

  std::list<Cached> parts_;  // latest first
  const std::size_t ahead_end_;
  std::size_t ahead_first_ = 0;                         // the number of ahead_.front()
  std::deque<std::future<Result<FeaturePart>>> ahead_;  // their destruction waits
};

}  // namespace fruits
