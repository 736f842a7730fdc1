// The last few feature parts that were read, by number: rows asked for in catalog order find their part here.
// Asked once for each of its good rows, a part goes when it has been used up: where parts do not interleave,
// one is held. Threads: one user. Memory: kCachedBytes of features and what belongs to them, or one part.
#pragma once

#include <cstddef>
#include <cstdint>
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
  // `names` may grow while this lives.
  PartCache(const Folder& folder, const std::vector<std::string>& names, PartColumns columns)
      : folder_(folder), names_(names), columns_(columns) {}
  Result<const FeaturePart*> Get(std::uint32_t part);  // good until the next Get

 private:
  // A handful of whole parts, or many small ones of runs that each brought a few photos.
  static constexpr std::size_t kCachedBytes = 32 << 20;
  static std::size_t BytesOf(const FeaturePart& part);
  const Folder& folder_;
  const std::vector<std::string>& names_;
  const PartColumns columns_;
  struct Cached {
    std::uint32_t number = 0;
    std::size_t asked = 0;
    FeaturePart part;
  };
  std::list<Cached> parts_;  // latest first
};

}  // namespace fruits
